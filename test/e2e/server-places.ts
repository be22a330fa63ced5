import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProfileDraft, Target, Tls } from '../../src/events/profile.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { roguePostgres } from '../servers/rogue-postgres.ts';
import { makeSshd, type Sshd } from '../servers/sshd.ts';
import type { OpenPage } from './page.ts';
import { byPalette, type Place } from './place.ts';
import type { Scene } from './scene.ts';

/** Saves a profile in the vault and opens it as a user does. */
async function openSaved(
  { page }: OpenPage,
  scene: Scene,
  draft: ProfileDraft,
  password = '',
): Promise<void> {
  await scene.withVault();
  await scene.client.command({ type: 'profile.save', draft, secrets: { password } });
  await page.getByTestId('open-profile').filter({ hasText: draft.name }).press('Enter');
}

/** A profile of a server that is reached through an sshd alone; the server itself is never dialled. */
function throughSsh(name: string, sshd: Sshd): ProfileDraft {
  return {
    name,
    environment: 'production',
    readOnly: true,
    target: {
      engine: 'postgres',
      host: 'db.internal',
      port: 5432,
      user: 'app',
      database: 'shop',
      tls: { mode: 'disable' },
    },
    tunnel: {
      by: 'ssh',
      hostKeys: 'ask',
      hops: [{ host: sshd.host, port: sshd.port, user: sshd.user, auth: { by: 'keyboardInteractive' } }],
    },
  };
}

/** A profile of a server in production on this machine. */
function productionAt(name: string, port: number, tls: Tls): ProfileDraft {
  return {
    name,
    environment: 'production',
    readOnly: true,
    target: { engine: 'postgres', host: '127.0.0.1', port, user: 'app', database: 'shop', tls },
  };
}

/** Places that need more than the demo: other servers, a vault, a crash. In this order, because the last ones end what is open. */
export const SERVER_PLACES: readonly Place[] = [
  [
    'documents',
    async (open, scene) => {
      const { address, stop } = await obtainMongodb();
      scene.atEnd(stop);
      const { host, port, user } = address;
      const mongo = { directConnection: true, authSource: 'admin' };
      const target: Target = {
        engine: 'mongodb',
        host,
        port,
        user,
        database: 'shop',
        tls: { mode: 'disable' },
        mongo,
      };
      await openSaved(
        open,
        scene,
        { name: 'catalogue', environment: 'staging', readOnly: false, target },
        address.password,
      );
      await open.page.getByTestId('tree-shop.products').dblclick();
      await open.grid.getByText('9007199254740993').waitFor();
      await open.tab.getByRole('button', { name: 'Documents' }).click();
      await open.tab.locator('qt-documents .scroller').focus();
      await open.page.keyboard.press('ArrowRight');
      await open.tab.locator('qt-documents [role=row]').filter({ hasText: 'stock:' }).first().waitFor();
    },
  ],
  [
    'a document that is edited',
    async (open) => {
      await open.tab.getByRole('button', { name: 'Table' }).click();
      await open.cell(1, 4).dblclick();
      await open.page.keyboard.press('Control+a');
      await open.page.keyboard.type('7');
      await open.page.keyboard.press('Enter');
      await open.tab.getByTestId('edit-bar').filter({ hasText: '1 change' }).waitFor();
    },
  ],
  [
    'the question whether to trust a host key',
    async (open, scene) => {
      const sshd = await makeSshd();
      scene.atEnd(() => sshd.remove());
      await openSaved(open, scene, throughSsh('orders', sshd));
      await open.page.getByRole('dialog', { name: /^Trust / }).waitFor();
    },
  ],
  [
    'a host key that has changed',
    async (open, scene) => {
      const sshd = await makeSshd();
      scene.atEnd(() => sshd.remove());
      await appendFile(join(scene.folder, 'known_hosts'), sshd.known);
      await sshd.changeHostKeys();
      await openSaved(open, scene, throughSsh('billing', sshd));
      await open.page.getByRole('dialog', { name: /^The host key of .* has changed/ }).waitFor();
    },
  ],
  [
    'a server whose certificate is not trusted',
    async (open, scene) => {
      const { addressed, remove } = await makeCertificates('app');
      scene.atEnd(remove);
      const server = await roguePostgres(async (peer) => peer.end(), { tls: addressed });
      scene.atEnd(() => server.close());
      await openSaved(open, scene, productionAt('accounts', server.port, { mode: 'verify-full' }));
      await open.tab.getByTestId('not-open').filter({ hasText: 'UNABLE_TO_' }).waitFor();
    },
  ],
  [
    'a production connection that does not open',
    async (open, scene) => {
      await openSaved(open, scene, productionAt('archive', 1, { mode: 'disable' }));
      await open.tab.getByTestId('not-open').filter({ hasText: 'ECONNREFUSED' }).waitFor();
    },
  ],
  [
    'a locked vault',
    async ({ page }, { client }) => {
      await client.command({ type: 'vault.lock' });
      await page.getByTestId('vault-row').waitFor();
    },
  ],
  [
    'the passphrase of a locked vault',
    async ({ page }) => {
      await page.getByTestId('vault-row').click();
      await page.getByRole('dialog', { name: /vault/i }).waitFor();
    },
  ],
  [
    'a closed connection',
    async (open) => {
      await open.page.getByTestId('tab').first().click();
      await byPalette(open, 'Close Demo');
      await open.page
        .getByTestId('open-profile')
        .filter({ hasText: 'Demo' })
        .locator('.dot.hollow')
        .waitFor();
    },
  ],
  [
    'what a crash left behind',
    async (open, scene) => {
      await open.page.getByTestId('open-profile').filter({ hasText: 'Demo' }).press('Enter');
      await open.tab.locator('[data-testid=run-button]:not([data-blocked])').waitFor();
      // The tab that is open may have changes that are not saved.
      await open.page.getByTestId('new-tab').click();
      await open.run('begin; create temporary table scratch (n int); select pg_sleep(600)');
      await open.runButton.filter({ hasText: /running \d/ }).waitFor();
      await scene.crash();
      await scene.open.page.getByTestId('orphan').first().waitFor();
    },
  ],
];
