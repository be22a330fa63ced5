import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_POLICY, withSetting } from '../../../src/events/policy.ts';
import { Secret } from '../../../src/events/secret.ts';
import type { ConfigFact } from '../../../src/events/workspace.ts';
import { Config } from '../../../src/store/config.ts';
import { IMPORT_KEPT_MS, IMPORTS_KEPT_MAX } from '../../../src/store/limits.ts';
import { PolicyFile } from '../../../src/store/policy.ts';
import { type Disk, type DiskFile, nodeDisk } from '../../../src/store/tape/disk.ts';
import type { Vault } from '../../../src/store/vault/vault.ts';
import { codeOf, memoryKeychain, newFolder, openVault, passphrase } from './vault/vault-support.ts';

const PASSPHRASE = 'correct horse battery';
const draft = (more: object = {}) => ({
  name: 'Shop',
  target: {
    engine: 'postgres',
    host: 'db.example.com',
    port: 5432,
    database: 'shop',
    user: 'app',
    tls: { mode: 'verify-full' },
  },
  environment: 'PROD',
  ...more,
});

let folder: string;
let now: number;
let vault: Vault;
let policy: PolicyFile;
let config: Config;
let facts: ConfigFact[];

async function start(options: Parameters<typeof openVault>[1] = {}): Promise<void> {
  const disk = options.disk ?? nodeDisk;
  vault = await openVault(folder, { keychain: memoryKeychain().keychain, ...options });
  policy = await PolicyFile.open({ folder: join(folder, 'config'), env: {}, disk });
  let ids = 0;
  config = new Config({ vault, policy, now: () => now, newId: (kind) => `${kind}-${++ids}` });
  facts = [];
  config.onFact((fact) => facts.push(fact));
}

beforeEach(async () => {
  folder = newFolder();
  now = 1_000_000;
  await start();
});

const create = () => config.take({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
const refused = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code, errors }) => ({ code, errors }),
  );

describe('the vault', () => {
  it('is made, locked, unlocked and protected otherwise, each told as a fact', async () => {
    expect(config.vaultView()).toMatchObject({ state: 'absent', protection: null });
    await create();
    expect(config.vaultView()).toMatchObject({ state: 'unlocked', protection: 'passphrase' });
    await config.take({ type: 'vault.lock' });
    expect(
      await refused(config.take({ type: 'vault.unlock', passphrase: 'wrong horse battery' })),
    ).toMatchObject({
      code: 'vault.wrongPassphrase',
    });
    await config.take({ type: 'vault.unlock', passphrase: PASSPHRASE });
    const protect = { type: 'vault.protect', protection: { keychain: true } } as const;
    expect(await refused(config.take(protect))).toMatchObject({ code: 'vault.passphraseNeeded' });
    await config.take({ ...protect, current: PASSPHRASE });
    config.lock('idle');
    expect(facts).toEqual([
      { type: 'vault.unlocked', protection: 'passphrase' },
      { type: 'vault.created', protection: 'passphrase' },
      { type: 'vault.locked', reason: 'user' },
      { type: 'vault.unlocked', protection: 'passphrase' },
      { type: 'vault.protectionChanged', protection: 'keychain' },
      { type: 'vault.locked', reason: 'idle' },
    ]);
  });

  it('opens by itself where the keychain opens it, and not where a passphrase does', async () => {
    const { keychain } = memoryKeychain();
    await start({ keychain });
    await config.take({ type: 'vault.create', protection: { keychain: true } });
    await start({ keychain });
    expect(vault.state).toBe('locked');
    await config.openByKeychain();
    expect(vault.state).toBe('unlocked');
    await config.take({ type: 'vault.protect', protection: { passphrase: PASSPHRASE } });
    await start({ keychain });
    await config.openByKeychain();
    expect(vault.state).toBe('locked');
    await config.lookForKeychain();
    expect(config.vaultView().keychainAvailable).toBe(true);
  });

  it('that is damaged says so, and gives way only on request', async () => {
    await create();
    await config.take({ type: 'profile.save', draft: draft() });
    const file = join(folder, 'vault.qtv');
    const damaged = Buffer.from(readFileSync(file));
    damaged[damaged.length - 80]! ^= 1;
    writeFileSync(file, damaged);
    await start();
    expect(config.vaultView()).toMatchObject({ state: 'unreadable', problem: { code: 'vault.damaged' } });
    expect(await refused(create())).toMatchObject({ code: 'vault.damaged' });
    expect(readFileSync(file)).toEqual(damaged);
    await config.take({ type: 'vault.setAside' });
    expect(config.vaultView()).toMatchObject({ state: 'absent', problem: null });
    expect(await refused(config.take({ type: 'vault.setAside' }))).toMatchObject({ code: 'vault.absent' });
    await create();
    expect(facts.map(({ type }) => type)).toEqual(['vault.setAside', 'vault.unlocked', 'vault.created']);
  });
});

describe('a profile', () => {
  beforeEach(create);

  it('is refused with everything that is wrong with it, each at its field', async () => {
    const wrong = draft({
      environment: 'live?',
      target: { ...draft().target, port: 0, host: 'a b', tls: { mode: 'prefer' } },
    });
    const answer = await refused(config.take({ type: 'profile.save', draft: wrong }));
    expect(answer?.code).toBe('profile.invalid');
    expect(answer?.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'environment',
      'target.host',
      'target.port',
      'target.tls.mode',
    ]);
    await expect(config.take({ type: 'profile.save', draft: wrong })).rejects.toThrow(
      /^target\.host: .*\. 3 more fields are wrong\.$/,
    );
    await expect(config.take({ type: 'profile.save', draft: [] })).rejects.toThrow(
      /^Something with fields is expected here\.$/,
    );
    expect(vault.list()).toEqual([]);
  });

  it('names a file for TLS that can be read here, or is refused', async () => {
    const target = { ...draft().target, tls: { mode: 'verify-ca', caFile: join(folder, 'nothing.pem') } };
    expect(await refused(config.take({ type: 'profile.save', draft: draft({ target }) }))).toMatchObject({
      code: 'profile.invalid',
      errors: [{ field: 'target.tls.caFile', code: 'tls.file' }],
    });
  });

  it('is read-only where nothing says otherwise and the policy is so', async () => {
    const kept = async (more: object): Promise<boolean> => {
      const { profileId } = await config.take({ type: 'profile.save', draft: draft(more) });
      return vault.get(profileId!)!.readOnly;
    };
    expect(await kept({ name: 'a' })).toBe(true);
    expect(await kept({ name: 'b', readOnly: false })).toBe(false);
    expect(await kept({ name: 'c', environment: 'dev' })).toBe(false);
  });

  it('keeps a secret that is left out, forgets one that is null, and tells no fact of them', async () => {
    const { profileId } = await config.take({
      type: 'profile.save',
      draft: draft(),
      secrets: { password: 'canary-1', tlsPassphrase: 'canary-2' },
    });
    await config.take({ type: 'profile.save', profileId: profileId!, draft: draft({ notes: 'n' }) });
    expect(vault.password(profileId!)).toBe('canary-1');
    await config.take({
      type: 'profile.save',
      profileId: profileId!,
      draft: draft(),
      secrets: { password: null },
    });
    expect(vault.secretNames(profileId!)).toEqual(['tlsPassphrase']);
    expect(JSON.stringify(facts)).not.toMatch(/canary|example|Shop/);
    expect(facts.at(-1)).toEqual({
      type: 'profile.saved',
      profileId,
      engine: 'postgres',
      environment: 'production',
      readOnly: true,
    });
  });

  it('that is gone is not made again by saving it', async () => {
    const { profileId } = await config.take({ type: 'profile.save', draft: draft() });
    await config.take({ type: 'profile.delete', profileId: profileId! });
    expect(
      await refused(config.take({ type: 'profile.save', profileId: profileId!, draft: draft() })),
    ).toMatchObject({
      code: 'profile.unknown',
    });
  });

  it('is duplicated with its secrets under another name', async () => {
    const { profileId } = await config.take({
      type: 'profile.save',
      draft: draft(),
      secrets: { password: 'p' },
    });
    const copy = await config.take({ type: 'profile.duplicate', profileId: profileId! });
    expect(vault.get(copy.profileId!)?.name).toBe('Shop (2)');
    expect(vault.password(copy.profileId!)).toBe('p');
  });

  it('is tried with what was typed, else with what is kept', async () => {
    const { profileId } = await config.take({
      type: 'profile.save',
      draft: draft(),
      secrets: { password: 'kept' },
    });
    const tried = async (secrets?: Record<string, string | null>): Promise<string | undefined> => {
      const command = {
        type: 'profile.test',
        profileId: profileId!,
        draft: draft(),
        ...(secrets && { secrets }),
      } as const;
      return (await config.candidate(command)).secrets.get('password')?.reveal();
    };
    expect([await tried(), await tried({ password: 'typed' }), await tried({ password: null })]).toEqual([
      'kept',
      'typed',
      undefined,
    ]);
  });

  it('gives what is kept to the server alone that it was kept for', async () => {
    const { profileId } = await config.take({
      type: 'profile.save',
      draft: draft(),
      secrets: { password: 'kept', tlsPassphrase: 'too' },
    });
    const at = (changes: object) => draft({ target: { ...draft().target, ...changes } });
    const other = [
      at({ host: 'evil.example.com' }),
      at({ port: 5433 }),
      at({ tls: { mode: 'require' } }),
      at({ tls: { mode: 'verify-full', serverName: 'evil.example.com' } }),
    ];
    for (const changed of other)
      for (const type of ['profile.save', 'profile.test'] as const) {
        const command = { profileId: profileId!, draft: changed };
        const answer = await refused(
          type === 'profile.save'
            ? config.take({ type, ...command })
            : config.candidate({ type, ...command }),
        );
        expect(answer?.errors).toMatchObject([
          { field: 'secrets.password', code: 'secret.otherServer' },
          { field: 'secrets.tlsPassphrase', code: 'secret.otherServer' },
        ]);
      }
    expect(vault.get(profileId!)?.target.host).toBe('db.example.com');
    const secrets = { password: 'typed', tlsPassphrase: null };
    await config.take({
      type: 'profile.save',
      profileId: profileId!,
      draft: at({ tls: { mode: 'require' } }),
      secrets,
    });
    // More proof than before is no other server.
    await config.take({ type: 'profile.save', profileId: profileId!, draft: draft({ name: 'Other' }) });
    expect(vault.password(profileId!)).toBe('typed');
  });

  it('gives a hop’s secret to that hop alone, and the server’s through another way only where the server proves itself', async () => {
    const hop = (host: string) => ({ host, auth: { by: 'password' } });
    const via = (...hosts: string[]) => ({ by: 'ssh', hops: hosts.map(hop), hostKeys: 'strict' });
    let made = 0;
    const weak = { ...draft().target, tls: { mode: 'require' } };
    const of = async (tunnel: object | undefined, target: object = draft().target) => {
      const secrets = { password: 'db', 'ssh.0.password': 'one', 'ssh.1.password': 'two' };
      const saved = { ...draft({ name: `Shop ${++made}` }), target, ...(tunnel ? { tunnel } : {}) };
      const { profileId } = await config.take({ type: 'profile.save', draft: saved, secrets });
      return async (changed: object | undefined): Promise<string[]> => {
        const { tunnel: _, ...rest } = saved as { tunnel?: object };
        const now = { ...rest, ...(changed ? { tunnel: changed } : {}) };
        const answer = await refused(
          config.candidate({ type: 'profile.test', profileId: profileId!, draft: now }),
        );
        return (answer?.errors ?? []).map(({ field }: { field: string }) => field.replace('secrets.', ''));
      };
    };
    const strict = await of(via('a', 'b'));
    expect(await strict(via('a', 'b'))).toEqual([]);
    expect(await strict(undefined)).toEqual([]);
    expect(await strict(via('a', 'evil'))).toEqual(['ssh.1.password']);
    expect(await strict(via('evil', 'b'))).toEqual(['ssh.0.password', 'ssh.1.password']);
    const open = await of(via('a', 'b'), weak);
    expect(await open(via('a', 'b', 'c'))).toEqual(['password']);
    expect(await open({ by: 'command', argv: ['evil', '{localPort}'] })).toEqual(['password']);
    const direct = await of(undefined, weak);
    expect(await direct(via('a'))).toEqual(['password', 'ssh.0.password']);
    expect(await direct(undefined)).toEqual([]);
  });

  it('needs a vault that is unlocked', async () => {
    config.lock('user');
    expect(await refused(config.take({ type: 'profile.save', draft: draft() }))).toMatchObject({
      code: 'vault.locked',
    });
    expect(vault.list()).toEqual([]);
  });
});

describe('an import', () => {
  const read = (text: string) => config.take({ type: 'profile.import', source: 'url', text });
  beforeEach(create);

  it('gives drafts without secrets, which wait until the draft is saved', async () => {
    const { imported } = await read('postgres://app:c%40nary@db.example.com/shop');
    const [found] = imported!.drafts;
    expect(JSON.stringify(imported)).not.toContain('c@nary');
    expect(found).toMatchObject({
      secrets: ['password'],
      draft: { environment: 'production', readOnly: true },
    });
    const { profileId } = await config.take({
      type: 'profile.save',
      draft: found!.draft,
      importId: found!.importId,
    });
    expect(vault.password(profileId!)).toBe('c@nary');
  });

  it('gives its secrets to no other server than it found', async () => {
    const { imported } = await read('postgres://app:p@db.example.com/shop');
    const { draft: found, importId } = imported!.drafts[0]!;
    const { target } = found as ReturnType<typeof draft>;
    const command = { importId, draft: { ...(found as object), target: { ...target, host: 'evil' } } };
    expect(await refused(config.candidate({ type: 'profile.test', ...command }))).toMatchObject({
      errors: [{ field: 'secrets.password' }],
    });
    expect(
      (await config.candidate({ type: 'profile.test', ...command, secrets: { password: 'x' } })).secrets
        .get('password')
        ?.reveal(),
    ).toBe('x');
  });

  it('is saved whole, or not at all', async () => {
    const importIds = (await Promise.all(['a', 'a', 'b'].map((db) => read(`postgres://u:p@h/${db}`)))).map(
      ({ imported }) => imported!.drafts[0]!.importId,
    );
    expect(
      await refused(config.take({ type: 'profile.saveImported', importIds: [...importIds, 'import-99'] })),
    ).toMatchObject({ code: 'import.gone' });
    expect(vault.list()).toEqual([]);
    expect(await config.take({ type: 'profile.saveImported', importIds })).toEqual({ saved: 3 });
    expect(new Set(vault.list().map(({ name }) => name)).size).toBe(3);
  });

  it('is forgotten once it is saved, alone or with others', async () => {
    const found = async () => (await read('postgres://app:p@db.example.com/shop')).imported!.drafts[0]!;
    const one = await found();
    const alone = { type: 'profile.save', draft: one.draft, importId: one.importId } as const;
    const wiped: boolean[] = [];
    const wipe = vi.spyOn(Secret.prototype, 'wipe').mockImplementation(function (this: Secret) {
      wiped.push(this.equals(new Secret('p')));
    });
    await config.take(alone);
    wipe.mockRestore();
    // Its copy that was saved, and what waited.
    expect(wiped).toEqual([true, true]);
    expect(await refused(config.take(alone))).toMatchObject({ code: 'import.gone' });
    const importIds = [(await found()).importId, (await found()).importId];
    await config.take({ type: 'profile.saveImported', importIds });
    for (const importId of importIds)
      expect(
        await refused(config.take({ type: 'profile.saveImported', importIds: [importId] })),
      ).toMatchObject({ code: 'import.gone' });
    expect(vault.list()).toHaveLength(3);
  });

  it('is saved with its secrets though its time ends while the vault is written', async () => {
    const { imported } = await read('postgres://app:p@db.example.com/shop');
    const { importId } = imported!.drafts[0]!;
    const saving = config.take({ type: 'profile.saveImported', importIds: [importId] });
    now += IMPORT_KEPT_MS;
    config.sweep();
    expect(await saving).toEqual({ saved: 1 });
    expect(vault.password(vault.list()[0]!.profileId)).toBe('p');
  });

  it('takes no more connections than can wait, and says so', async () => {
    const text = Array.from({ length: IMPORTS_KEPT_MAX + 2 }, (_, i) => `h:5432:d${i}:u:p`).join('\n');
    const { imported } = await config.take({ type: 'profile.import', source: 'pgpass', text });
    const importIds = imported!.drafts.map(({ importId }) => importId);
    expect(importIds).toHaveLength(IMPORTS_KEPT_MAX);
    expect(imported!.notTaken).toEqual([
      { what: 'connections', why: expect.stringContaining(`There are ${IMPORTS_KEPT_MAX + 2}`) },
    ]);
    const saved = config.take({ type: 'profile.saveImported', importIds: importIds.slice(0, 2) });
    expect(await saved).toEqual({ saved: 2 });
  });

  it('is forgotten after a while, when many more were read, and when the vault locks', async () => {
    const again = async (forget: () => unknown): Promise<unknown> => {
      const { imported } = await read('postgres://u:p@h/d');
      const { draft: found, importId } = imported!.drafts[0]!;
      await forget();
      await config.take({ type: 'vault.unlock', passphrase: PASSPHRASE });
      return (await refused(config.take({ type: 'profile.save', draft: found, importId })))?.code;
    };
    expect(await again(() => undefined)).toBeUndefined();
    expect(
      await again(() => {
        now += IMPORT_KEPT_MS;
        config.sweep();
      }),
    ).toBe('import.gone');
    expect(await again(() => config.lock('idle'))).toBe('import.gone');
    expect(
      await again(async () => {
        const other = await openVault(folder);
        await other.unlock(passphrase());
        await other.changeProtection({ passphrase: passphrase() }, passphrase());
        expect(await codeOf(vault.refresh())).toBe('vault.changed');
      }),
    ).toBe('import.gone');
    expect(
      await again(async () => {
        for (let i = 0; i < IMPORTS_KEPT_MAX; i++) await read('postgres://u@h/d');
      }),
    ).toBe('import.gone');
  });
});

describe('the policy', () => {
  const pointer = '/environments/production/blockDangerous';

  it('is saved whole, and its changes are recorded', async () => {
    await config.take({ type: 'policy.save', policy: withSetting(DEFAULT_POLICY, pointer, true) });
    expect(config.policy).toMatchObject({ sources: { [pointer]: 'file' }, problems: [] });
    expect(facts).toEqual([
      { type: 'policy.changed', changes: [{ setting: pointer, value: true }], problems: 0 },
    ]);
  });

  it('that is not the default is recorded at the start', async () => {
    await config.take({ type: 'policy.save', policy: withSetting(DEFAULT_POLICY, pointer, true) });
    await start();
    expect(facts).toEqual([
      { type: 'policy.changed', changes: [{ setting: pointer, value: true }], problems: 0 },
    ]);
    writeFileSync(join(folder, 'config/policy.json'), '{');
    await start();
    expect(facts).toMatchObject([{ type: 'policy.changed', problems: 1 }]);
  });

  it('that a refused save finds in the file is recorded, as it holds from then on', async () => {
    await config.take({ type: 'policy.save', policy: DEFAULT_POLICY });
    const save = () => refused(config.take({ type: 'policy.save', policy: DEFAULT_POLICY }));
    writeFileSync(join(folder, 'config/policy.json'), '{"autoLockMs": 60000}');
    expect(await save()).toMatchObject({ code: 'policy.changed' });
    expect(facts).toEqual([
      { type: 'policy.changed', changes: [{ setting: '/autoLockMs', value: 60_000 }], problems: 0 },
    ]);
    writeFileSync(join(folder, 'config/policy.json'), '{');
    expect(await save()).toMatchObject({ code: 'policy.broken' });
    expect(facts[1]).toMatchObject({ problems: 1 });
    expect(facts[1]).toMatchObject({
      changes: expect.arrayContaining([{ setting: pointer, value: true }]),
    });
    expect(config.policy.policy.environments.production.blockDangerous).toBe(true);
    expect(await save()).toMatchObject({ code: 'policy.broken' });
    expect(facts).toHaveLength(2);
  });

  it('that is wrong is refused at its places', async () => {
    const wrong = withSetting(DEFAULT_POLICY, pointer, 'yes' as never);
    expect(await refused(config.take({ type: 'policy.save', policy: wrong }))).toMatchObject({
      code: 'policy.invalid',
      errors: [{ field: pointer, code: 'policy.value' }],
    });
    expect(facts).toEqual([]);
  });
});

describe('a full disk', () => {
  it('is said in words that say what to do, and changes nothing', async () => {
    let isFull = false;
    const disk: Disk = {
      ...nodeDisk,
      async open(path) {
        const file = await nodeDisk.open(path);
        const write: DiskFile['write'] = async (...part) => {
          if (isFull)
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
          return file.write(...part);
        };
        return { ...file, write };
      },
    };
    await start({ disk });
    await create();
    const { profileId } = await config.take({ type: 'profile.save', draft: draft() });
    isFull = true;
    const words = {
      code: 'ENOSPC',
      message: expect.stringContaining('The disk is full (ENOSPC). Make room on it.'),
    };
    const settings = withSetting(DEFAULT_POLICY, '/environments/production/blockDangerous', true);
    await expect(config.take({ type: 'policy.save', policy: settings })).rejects.toMatchObject(words);
    const renamed = { type: 'profile.save', profileId: profileId!, draft: draft({ name: 'Other' }) } as const;
    await expect(config.take(renamed)).rejects.toMatchObject(words);
    isFull = false;
    await start();
    await config.take({ type: 'vault.unlock', passphrase: PASSPHRASE });
    expect(vault.list().map(({ name }) => name)).toEqual(['Shop']);
    expect(policy.loaded.policy).toEqual(DEFAULT_POLICY);
  });
});
