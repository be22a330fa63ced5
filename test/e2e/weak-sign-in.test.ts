import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authentication } from '../servers/postgres-messages.ts';
import { type Rogue, type RoguePostgres, roguePostgres } from '../servers/rogue-postgres.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const PASSWORD = 'copper tidal raven';

describe('the page and a server with a weak sign-in', () => {
  const folder = dataFolder();
  let program: Started;
  let open: OpenPage;
  let page: Page;
  let server: RoguePostgres | undefined;

  beforeAll(async () => {
    program = await startQuerytape(folder);
  });
  beforeEach(async () => {
    open = await OpenPage.open(program.url);
    page = open.page;
  });
  afterEach(async () => {
    await open?.close();
    await server?.close();
    expect(open.complaints).toEqual([]);
  });
  afterAll(async () => {
    await program?.stop();
    removeFolder(folder);
  });

  /** Tests a new connection to a server that speaks first; its form, with what the test said. */
  async function tested(rogue: Rogue): Promise<Locator> {
    server = await roguePostgres(rogue);
    await page.getByRole('button', { name: 'New connection' }).first().press('Enter');
    const form = page.getByRole('dialog', { name: 'New connection' });
    const fields = { Name: 'weak', Host: '127.0.0.1', Port: String(server.port), Database: 'd', User: 'u' };
    for (const [label, value] of Object.entries({ ...fields, Password: PASSWORD }))
      await form.getByLabel(label, { exact: true }).fill(value);
    await form.getByRole('button', { name: 'Test' }).press('Enter');
    return form;
  }

  it('a hostile server: one that asks for the password as it is gets none, and the page says what to do', async () => {
    const form = await tested(async (peer) => {
      peer.send(authentication(3));
      await peer.next();
    });
    await form.getByText('The password was not sent.').waitFor();
    await form.getByText('Use the TLS mode “Verify CA and name”').waitFor();
    expect(server!.passwords).toEqual([]);
    expect(await form.innerText()).not.toContain(PASSWORD);
  });

  it('a hostile server: one that asks for an MD5 hash on loopback gets it, and the page warns that it can be guessed from', async () => {
    const form = await tested(async (peer) => {
      peer.send(authentication(5, 'salt'));
      await peer.next();
      peer.greet();
      await peer.serve(() => undefined);
    });
    await form.getByText('The server asked for an MD5 hash of the password').waitFor();
    await form.getByText('SCRAM-SHA-256 is safer').waitFor();
    expect(server!.passwords).toHaveLength(1);
  });
});
