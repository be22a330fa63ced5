import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTimeOf } from '../../src/drivers/own-process.ts';
import type { ProfileDraft, Target } from '../../src/events/profile.ts';
import type { TunnelView } from '../../src/events/views/tunnel-view.ts';
import { Client } from '../../src/main/client.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { obtainMysql } from '../servers/mysql.ts';
import { obtainPostgres } from '../servers/postgres.ts';
import { makeSshKey } from '../servers/ssh-keys.ts';
import { makeSshd, type Sshd } from '../servers/sshd.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** Where a server is, and who signs in. */
interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

const PASSPHRASE = 'copper tidal raven mosaic';
const folder = dataFolder();
const keys = mkdtempSync(join(tmpdir(), 'querytape-day-'));
const stops: (() => Promise<unknown>)[] = [];
let sshd: Sshd;
let program: Started;
let client: Client;
let open: OpenPage;
/** The tunnel as the program was killed. */
let left: TunnelView;

const tls = { mode: 'disable' } as const;
const tunnel = async (): Promise<TunnelView> => Object.values((await client.state()).state.tunnels).at(-1)!;
const transaction = (text: string) =>
  open.page.getByTestId('transaction').filter({ hasText: text }).waitFor();

/** Opens a saved connection from the tree, and waits until its tab can run something. */
async function openProfile(name: string): Promise<void> {
  await open.page.getByTestId('open-profile').filter({ hasText: name }).press('Enter');
  await open.tab.locator('qt-toolbar').filter({ hasText: name }).waitFor();
  await open.tab.locator('[data-testid=run-button]:not([data-blocked])').waitFor();
}

/** Chooses a command by its name. */
async function choose(command: string): Promise<void> {
  await open.page.keyboard.press('Control+k');
  await open.page.keyboard.type(command);
  await open.page.getByRole('option', { name: command }).first().waitFor();
  await open.page.keyboard.press('Enter');
}

async function start(): Promise<void> {
  program = await startQuerytape(folder);
  client = new Client(program.url);
  open = await OpenPage.open(program.url);
}

beforeAll(async () => {
  const key = await makeSshKey(join(keys, 'key'));
  sshd = await makeSshd({ authorized: [key.line] });
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${sshd.port} ${sshd.hostKeys[0]!.line}\n`);
  const [postgres, mysql, mongodb] = await Promise.all([obtainPostgres(), obtainMysql(), obtainMongodb()]);
  stops.push(postgres.stop, mysql.stop, mongodb.stop);
  await start();
  await client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
  const save = (draft: object, password: string) =>
    client.command({ type: 'profile.save', draft: draft as ProfileDraft, secrets: { password } });
  const target = (engine: Target['engine'], { host, port, user, database }: Address): object => ({
    engine,
    host,
    port,
    user,
    database,
    tls,
  });
  const hop = { host: '127.0.0.1', port: sshd.port, user: sshd.user, auth: { by: 'key', keyFile: key.file } };
  const bastion = { by: 'ssh', backend: 'openssh', hostKeys: 'strict', hops: [hop] };
  const work = { environment: 'development', readOnly: false };
  const orders = target('postgres', postgres.address);
  const shop = target('mysql', { ...mysql.address, database: 'shop' });
  const mongo = { directConnection: true, authSource: 'admin' };
  const papers = { ...target('mongodb', { ...mongodb.address, database: 'shop' }), mongo };
  await save({ name: 'Orders', ...work, target: orders, tunnel: bastion }, postgres.address.password);
  await save({ name: 'Ledger', environment: 'production', target: orders }, postgres.address.password);
  await save({ name: 'Shop', ...work, target: shop }, mysql.address.password);
  await save({ name: 'Papers', ...work, target: papers }, mongodb.address.password);
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  for (const stop of stops) await stop();
  await sshd?.remove();
  removeFolder(folder);
  rmSync(keys, { recursive: true, force: true });
});

/**
 * A day of work on one page, in order: three engines, one of them through a bastion, a transaction, an edit, a cancel, a production
 * profile, the end of the program under a running statement, and the bundle and replay that say what happened.
 */
describe('a day of work', () => {
  it('begins behind a bastion: a table is made in a transaction, and a row of it edited in place', async () => {
    await openProfile('Orders');
    await open.page
      .locator('qt-status-bar')
      .getByText(/through/)
      .waitFor();
    await open.tab.getByTestId('begin').click();
    await transaction('transaction open');
    await open.complete(
      "create table day (id int primary key, name text); insert into day values (1, 'morning'), (2, 'noon')",
    );
    await open.tab.getByTestId('commit').click();
    await transaction('no transaction');
    await open.complete('select * from day order by id');
    await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
    await open.cell(2, 2).dblclick();
    await open.page.keyboard.type('afternoon');
    await open.page.keyboard.press('Enter');
    const edits = open.tab.getByTestId('edit-bar');
    await edits.filter({ hasText: '1 change' }).waitFor();
    await edits.getByRole('button', { name: 'Apply', exact: true }).click();
    await edits.filter({ hasText: /Applied\b/ }).waitFor();
    expect(await open.value('(select name from day where id = 2)')).toBe('afternoon');
  });

  it('cancels what takes too long, through the tunnel, when the server confirms', async () => {
    const [queryId] = await open.run('select pg_sleep(600) as day_cancelled');
    await client.until(({ queries }) => queries[queryId!]?.state === 'executing' || undefined);
    await open.page.keyboard.press('Control+.');
    expect(await open.ended([queryId!])).toMatchObject([{ outcome: 'cancelled' }]);
    const running =
      "(select count(*) from pg_stat_activity where state = 'active' and query like '%day_' || 'cancelled')";
    expect(await open.value(running)).toBe('0');
  });

  it('reads and writes on the other engines beside it', async () => {
    await openProfile('Shop');
    await open.complete('select name from customers where id = 1');
    await open.grid.getByText('Ada Lovelace').waitFor();
    await openProfile('Papers');
    await open.complete('db.day.insertOne({ _id: 1, exact: NumberLong("9007199254740993") })');
    await open.complete('db.day.find({})');
    await open.grid.getByText('9007199254740993').waitFor();
  });

  it('is kept from harming production, and names what refuses', async () => {
    await openProfile('Ledger');
    expect(await open.page.locator('qt-app').getAttribute('data-environment')).toBe('production');
    await open.complete('drop table day');
    await open.page.getByTestId('refusal').getByText('Read-only connection').waitFor();
    expect(await open.value("to_regclass('day') is not null")).toBe('t');
  });

  it('survives kill -9 under a running statement: nothing of ours is left, and the statement is found and ended', async () => {
    await open.page.locator('qt-tabs').getByRole('tab').first().click();
    await open.complete('set client_connection_check_interval = 0');
    const [queryId] = await open.run('select pg_sleep(600) as day_orphan');
    await client.until(({ queries }) => queries[queryId!]?.state === 'executing' || undefined);
    left = await tunnel();
    expect(left.processes.length).toBeGreaterThan(0);
    await open.close();
    await program.kill();
    await start();
    for (const { pid, startTime } of left.processes)
      await expect.poll(() => startTimeOf(pid)).not.toBe(startTime);
    const orphan = open.page.getByTestId('orphan');
    await orphan.filter({ hasText: /A connection in the locked vault[\s\S]*Unlock the vault/ }).waitFor();
    await open.page.getByRole('button', { name: 'Unlock the vault' }).click();
    const vault = open.page.getByRole('dialog', { name: 'Unlock the vault' });
    await vault.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await open.page.keyboard.press('Enter');
    await orphan.filter({ hasText: /Open Orders to look/ }).waitFor();
    await openProfile('Orders');
    await orphan.filter({ hasText: /Still running there since/ }).waitFor();
    await orphan.getByRole('button', { name: 'Cancel it' }).press('Enter');
    await orphan.filter({ hasText: 'Ended there. It may have completed before.' }).waitFor();
  });

  it('ends with a bundle that names nothing of it, and a replay that proves and explains it', async () => {
    const { page } = open;
    await choose('Export support bundle');
    const bundle = page.getByRole('dialog', { name: 'Export support bundle' });
    await bundle.getByTestId('bundle-figures').getByText('SHA256:').waitFor();
    const download = page.waitForEvent('download');
    await bundle.getByRole('button', { name: 'Download bundle' }).click();
    const file = join(keys, 'day.qtape');
    await (await download).saveAs(file);
    const inside = Buffer.concat(Object.values(unzipSync(readFileSync(file)))).toString();
    for (const secret of ['afternoon', 'day_orphan', 'Ledger', 'Papers', keys, PASSPHRASE])
      expect(inside).not.toContain(secret);
    await page.keyboard.press('Escape');
    await choose('Replay');
    await page.locator('qt-replay input[type=file]').setInputFiles(file);
    await page
      .getByTestId('replay-verdict')
      .filter({ hasText: /every state reproduced, chain intact\..*Signature checked/s })
      .waitFor();
    const causes = page.locator('qt-replay qt-diagnosis');
    await causes
      .getByText(/crash|killed/i)
      .first()
      .waitFor();
    expect(open.complaints).toEqual([]);
  });
});
