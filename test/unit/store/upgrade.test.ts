import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, STRICTEST_POLICY } from '../../../src/events/policy.ts';
import { Secret } from '../../../src/events/secret.ts';
import { apply, emptyState, STATE_VERSION } from '../../../src/events/views/state.ts';
import { PolicyFile } from '../../../src/store/policy.ts';
import { openSealedTexts } from '../../../src/store/sealed-texts.ts';
import { lineOf } from '../../../src/store/tape/line.ts';
import { openTape, verifyTape } from '../../../src/store/tape/tape.ts';
import { codeOf, madeVault, newFolder, openVault } from './vault/vault-support.ts';

const PASSPHRASE = 'gold that keeps its colour';
const GOLDEN = resolve(import.meta.dirname, '../../upgrade');
const EVERY_ENTRY = { search: '', profileId: null, outcome: null, before: null, count: 50 };

/** What each version's program left, beyond what all of them did; test/upgrade/README.md tells them apart. */
const VERSIONS = {
  vault: { hasTexts: false, hasTunnel: false },
  history: { hasTexts: true, hasTunnel: false },
  '0.2.0': { hasTexts: true, hasTunnel: true },
};

/** A copy of a golden folder, as narrow as the program makes its own. */
function copyOf(version: string): string {
  const folder = newFolder();
  cpSync(join(GOLDEN, version), folder, { recursive: true });
  for (const path of [...filesOf(folder), ...readdirSync(folder)].map((name) => join(folder, name)))
    chmodSync(path, statSync(path).isDirectory() ? 0o700 : 0o600);
  return folder;
}

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(folder, name)).isFile()).sort();
}

/** Every file with its bytes. */
function bytesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    filesOf(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

function openTexts(folder: string, vault: Awaited<ReturnType<typeof openVault>>) {
  const policy = () => ({ ...DEFAULT_POLICY, historyAgeMaxMs: null });
  return openSealedTexts({ folder, vault, policy, now: () => Date.now() });
}

function openWholeTape(folder: string) {
  const fold = { version: STATE_VERSION, initial: emptyState, apply };
  return openTape({ folder: join(folder, 'tape'), fold, ageMaxMs: () => Number.MAX_SAFE_INTEGER });
}

it('has a golden folder for each version', () => {
  const folders = readdirSync(GOLDEN).filter((name) => !['README.md', 'browser'].includes(name));
  expect(folders.sort()).toEqual(Object.keys(VERSIONS).sort());
});

describe.each(Object.entries(VERSIONS))(
  'the data folder of version %s',
  (version, { hasTexts, hasTunnel }) => {
    it('opens with every profile, secret, statement and draft', { tags: ['slow'] }, async () => {
      const folder = copyOf(version);
      const vault = await openVault(folder);
      expect(vault.state).toBe('locked');
      const texts = await openTexts(folder, vault);
      await vault.unlock(new Secret(PASSPHRASE));
      const [shop, stock, events, ...more] = vault.list();
      expect(more).toEqual([]);
      expect(shop).toMatchObject({
        name: 'Shop',
        environment: 'production',
        readOnly: true,
        target: { engine: 'postgres', host: 'db.example.com', port: 5432, tls: { mode: 'verify-full' } },
      });
      expect(shop?.tunnel).toEqual(
        hasTunnel
          ? expect.objectContaining({ hops: [expect.objectContaining({ user: 'jump' })] })
          : undefined,
      );
      expect(stock).toMatchObject({ name: 'Stock', environment: 'staging', target: { engine: 'mysql' } });
      expect(events).toMatchObject({ name: 'Events', target: { engine: 'mongodb', database: 'events' } });
      const secrets = vault.list().map(({ profileId }) => vault.secretNames(profileId));
      const text = (profileId: string, name: string) => vault.secret(profileId, name)?.reveal();
      const hasSsh = hasTunnel || !hasTexts;
      expect(secrets).toEqual([hasSsh ? ['password', 'ssh.0.password'] : ['password'], ['password'], []]);
      expect(text(shop!.profileId, 'password')).toBe('pass-postgres');
      expect(text(shop!.profileId, 'ssh.0.password')).toBe(hasSsh ? 'pass-ssh' : undefined);
      expect(text(stock!.profileId, 'password')).toBe('pass-mysql');
      const { entries, problems } = await texts.history.page(EVERY_ENTRY);
      const { drafts, problems: draftProblems } = await texts.drafts.list();
      await texts.close();
      expect([problems, draftProblems]).toEqual([[], []]);
      const said = entries.map((entry) => [entry.text, entry.outcome, entry.failure?.code]);
      const expected = [
        ['select * from no_such_table', 'failed', '42P01'],
        ["select 'golden' as metal", 'succeeded', undefined],
      ];
      expect(said).toEqual(hasTexts ? expected : []);
      expect(drafts.map((draft) => [draft.title, draft.text])).toEqual(
        hasTexts ? [['Draft of gold', 'select not_yet_run from drafts']] : [],
      );
    });

    it('has its policy', async () => {
      const { policy, problems } = (await PolicyFile.open({ folder: copyOf(version), env: {} })).loaded;
      expect(problems).toEqual([]);
      expect(policy.environments.staging.rowsMax).toBe(5000);
      expect(policy.historyAgeMaxMs).toBeNull();
      expect(policy.tapeAgeMaxMs).toBe(3650 * 24 * 3600 * 1000);
    });

    it('has a whole tape, which is folded and goes on', async () => {
      const folder = copyOf(version);
      const before = await verifyTape(join(folder, 'tape'));
      expect(before).toMatchObject({ ok: true, firstSeq: 1, damages: [] });
      expect(before.records).toBeGreaterThan(20);
      const tape = await openWholeTape(folder);
      expect(Object.values(tape.state.queries).map(({ outcome }) => outcome)).toEqual([
        'succeeded',
        'failed',
      ]);
      await tape.close();
      const after = await verifyTape(join(folder, 'tape'));
      expect(after).toMatchObject({ ok: true, firstSeq: 1 });
      expect(after.records).toBeGreaterThan(before.records);
    });
  },
);

it('saves into the vault of the first version, and opens it again', { tags: ['slow'] }, async () => {
  const folder = copyOf('vault');
  const vault = await openVault(folder);
  await vault.unlock(new Secret(PASSPHRASE));
  const [shop] = vault.list();
  await vault.save({ ...shop!, notes: 'Saved by a later version.' });
  const again = await openVault(folder);
  await again.unlock(new Secret(PASSPHRASE));
  expect(again.list().map(({ name, notes }) => [name, notes])).toEqual([
    ['Shop', 'Saved by a later version.'],
    ['Stock', undefined],
    ['Events', undefined],
  ]);
  expect(again.secret(shop!.profileId, 'password')?.reveal()).toBe('pass-postgres');
});

describe('a file that a newer version wrote', () => {
  it('is no vault to open or replace, and says to update', async () => {
    const folder = copyOf('0.2.0');
    const path = join(folder, 'vault.qtv');
    const lines = readFileSync(path, 'latin1').split('\n').slice(0, 3);
    const text = `${['querytape-vault 2', ...lines.slice(1)].join('\n')}\n`;
    writeFileSync(path, `${text}sha256 ${createHash('sha256').update(text).digest('hex')}\n`);
    const before = bytesOf(folder);
    const vault = await openVault(folder);
    expect(vault.problem).toMatchObject({
      code: 'vault.newer',
      message: expect.stringContaining('Update Querytape'),
    });
    expect(await codeOf(vault.unlock(new Secret(PASSPHRASE)))).toBe('vault.newer');
    expect(await codeOf(vault.create({ passphrase: new Secret(PASSPHRASE) }))).toBe('vault.newer');
    expect(bytesOf(folder)).toEqual(before);
  });

  it('is no tape to go on, and says to update', async () => {
    const folder = copyOf('0.2.0');
    const lines = readFileSync(join(folder, 'tape/00000001.jsonl'), 'utf8').split('\n');
    const newer = [lineOf(JSON.stringify({ tape: 2, anything: true })), ...lines.slice(1)].join('');
    // Its end looks torn, as it may by what this version knows.
    writeFileSync(join(folder, 'tape/00000001.jsonl'), `${newer}no line of today`);
    const before = bytesOf(folder);
    const refused = { code: 'tape.version', message: expect.stringContaining('Update Querytape') };
    await expect(openWholeTape(folder)).rejects.toMatchObject(refused);
    await expect(verifyTape(join(folder, 'tape'))).rejects.toMatchObject(refused);
    expect(bytesOf(folder)).toEqual(before);
  });

  it('stays in the history and among the drafts, and says to update', async () => {
    const folder = copyOf('0.2.0');
    for (const name of ['vault.qtv', 'vault.qtv.bak']) rmSync(join(folder, name));
    const [draft] = readdirSync(join(folder, 'drafts'));
    // Neither ends in a line feed, as if a newer format needed none.
    const newer = {
      'history/segment-000001.qth': 'querytape-history 2 ~',
      [`drafts/${draft}`]: 'querytape-draft 2\n~',
    };
    for (const [name, text] of Object.entries(newer)) writeFileSync(join(folder, name), text);
    const vault = await madeVault(folder);
    const texts = await openTexts(folder, vault);
    const draftOf = (tabId: string) => ({ tabId, profileId: 'demo', text: 'select 1' });
    await expect(texts.drafts.save(draftOf('tab-gold'))).rejects.toMatchObject({
      code: 'draft.newer',
      message: expect.stringContaining('Update Querytape'),
    });
    await texts.drafts.save(draftOf('tab-other'));
    const statement = { at: Date.now(), profileId: 'p', profileName: 'Shop', params: [], text: 'select 2' };
    texts.history.submitted([{ ...statement, queryId: 'q', environment: 'development' }]);
    const page = await texts.history.page(EVERY_ENTRY);
    const drafts = await texts.drafts.list();
    await texts.history.delete(['q']);
    await texts.close();
    expect(page.entries.map(({ text }) => text)).toEqual(['select 2']);
    expect(page.problems).toEqual([
      { code: 'history.newer', message: expect.stringMatching(/segment-000001.*Update Querytape/) },
    ]);
    expect(drafts.problems).toEqual([
      { code: 'draft.newer', message: expect.stringContaining('Update Querytape') },
    ]);
    expect(drafts.drafts.map(({ tabId }) => tabId)).toEqual(['tab-other']);
    expect(bytesOf(folder)).toMatchObject(newer);
  });

  it.each([
    ['public.key', 'querytape-text-key 2 anything\n'],
    ['private.key', 'querytape-private-text-key 2 anything\n'],
  ])('is no key to replace: %s', async (name, text) => {
    const folder = copyOf('0.2.0');
    const path = join(folder, 'history', name);
    expect(name === 'private.key' || existsSync(path)).toBe(true);
    writeFileSync(path, text);
    const before = bytesOf(folder);
    await expect(openTexts(folder, await openVault(folder))).rejects.toMatchObject({
      code: 'history.newer',
      message: expect.stringContaining('Update Querytape'),
    });
    expect(bytesOf(folder)).toEqual(before);
  });

  it('is no policy to guess at: the strictest holds, and what it has is left', async () => {
    const folder = copyOf('0.2.0');
    const text = '{ "vacuumAtNight": true, "autoLockMs": null }\n';
    writeFileSync(join(folder, 'policy.json'), text);
    const file = await PolicyFile.open({ folder, env: {} });
    expect(file.loaded.policy).toEqual(STRICTEST_POLICY);
    expect(file.loaded.problems).toMatchObject([{ pointer: '/vacuumAtNight', code: 'policy.unknown' }]);
    expect(await codeOf(file.save(DEFAULT_POLICY))).toBe('policy.broken');
    expect(readFileSync(join(folder, 'policy.json'), 'utf8')).toBe(text);
  });
});
