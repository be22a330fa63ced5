import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_POLICY,
  effective,
  POLICY_SETTINGS,
  type PolicySetting,
  type PolicyValue,
  STRICTEST_POLICY,
  settingOf,
  withSetting,
} from '../../../src/events/policy.ts';
import { whyNot } from '../../../src/events/policy-check.ts';
import { ENVIRONMENTS } from '../../../src/events/profile.ts';
import { configFolder, PolicyFile, resolvePolicy } from '../../../src/store/policy.ts';
import { FaultyDisk } from './tape/faulty-disk.ts';

const BEGIN = '<!-- The settings, as test/unit/store/policy.test.ts reads them from the source. -->\n';
const END = '<!-- The end of the settings. -->\n';

/** Each setting with what it may be, in the default policy and in the strictest. */
function settingsTable(): string {
  const rows = POLICY_SETTINGS.map(({ pointer, variable, rule }) => {
    const values =
      rule.kind === 'flag'
        ? 'true, false'
        : rule.kind === 'choice'
          ? rule.words.join(', ')
          : `${rule.min} … ${rule.max}${rule.none ? ', null' : ''}`;
    const [usual, strictest] = [DEFAULT_POLICY, STRICTEST_POLICY].map((policy) => settingOf(policy, pointer));
    return `| \`${pointer}\` | \`${variable}\` | ${values} | ${usual} | ${strictest} |\n`;
  });
  return `| place | variable | may be | default | strictest |\n|---|---|---|---|---|\n${rows.join('')}`;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-policy-'));
  folders.push(folder);
  return folder;
}

/** A folder with a policy file. */
function folderWith(text: string): string {
  const folder = newFolder();
  writeFileSync(join(folder, 'policy.json'), text);
  return folder;
}

function anyValue({ rule }: PolicySetting): fc.Arbitrary<PolicyValue> {
  if (rule.kind === 'flag') return fc.boolean();
  if (rule.kind === 'choice') return fc.constantFrom(...rule.words);
  return fc.oneof(fc.integer({ min: rule.min, max: rule.max }), ...(rule.none ? [fc.constant(null)] : []));
}
/** A value that the setting may have and that is not its default. */
function otherValue({ rule, pointer }: PolicySetting): PolicyValue {
  if (rule.kind === 'flag') return !settingOf(DEFAULT_POLICY, pointer);
  return rule.kind === 'choice' ? rule.words.at(-1)! : rule.max;
}
/** Any policy at all. */
const anyPolicy = fc
  .tuple(...POLICY_SETTINGS.map(anyValue))
  .map((values) =>
    POLICY_SETTINGS.reduce(
      (policy, { pointer }, i) => withSetting(policy, pointer, values[i]!),
      DEFAULT_POLICY,
    ),
  );

describe('the defaults', () => {
  it('are values that the rules allow, and so are the strictest', () => {
    for (const policy of [DEFAULT_POLICY, STRICTEST_POLICY])
      for (const { pointer, rule } of POLICY_SETTINGS)
        expect(whyNot(rule, settingOf(policy, pointer))).toBeNull();
    expect(POLICY_SETTINGS).toHaveLength(29);
  });

  it('get stricter from development to production, and the strictest is stricter than all', () => {
    const order = [
      ...ENVIRONMENTS.map((environment) => DEFAULT_POLICY.environments[environment]),
      STRICTEST_POLICY.environments.production,
    ];
    for (const [i, one] of order.slice(1).entries())
      for (const [name, value] of Object.entries(one)) {
        const before = order[i]![name as keyof typeof one];
        if (typeof value === 'boolean') expect(value || !before, name).toBe(true);
        else
          expect(value ?? Number.POSITIVE_INFINITY, name).toBeLessThanOrEqual(
            (before as number) ?? Number.POSITIVE_INFINITY,
          );
      }
  });

  it('are described in doc/policy.md', () => {
    const path = join(import.meta.dirname, '../../../doc/policy.md');
    const doc = readFileSync(path, 'utf8');
    const [before = '', rest = ''] = doc.split(BEGIN);
    const [list = '', after = ''] = rest.split(END);
    if (process.env.QUERYTAPE_UPDATE_DOC) writeFileSync(path, before + BEGIN + settingsTable() + END + after);
    else expect(list).toBe(settingsTable());
    const described = [...before.matchAll(/^\| `(\w+)` \| [^|]{10,} \|$/gm)].map(([, name]) => name);
    expect(described).toEqual([...new Set(POLICY_SETTINGS.map(({ pointer }) => pointer.split('/').at(-1)))]);
  });
});

describe('a policy', () => {
  it('is in force for its environment', () => {
    const policy = withSetting(DEFAULT_POLICY, '/environments/staging/rowsMax', 7);
    expect(effective(policy, 'staging')).toMatchObject({
      rowsMax: 7,
      historyEnabled: true,
      confirmDangerous: true,
    });
    expect(effective(policy, 'production').rowsMax).toBeNull();
    expect(effective(policy, 'staging')).not.toHaveProperty('environments');
  });

  it('comes back from its file as it was saved', async () => {
    await fc.assert(
      fc.asyncProperty(anyPolicy, async (policy) => {
        const folder = newFolder();
        const file = await PolicyFile.open({ folder, env: {} });
        await file.save(policy);
        const { loaded } = await PolicyFile.open({ folder, env: {} });
        expect(loaded.policy).toEqual(policy);
        expect(loaded.problems).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('is written small, to its owner alone, and in one piece', async () => {
    const folder = newFolder();
    const disk = new FaultyDisk();
    const file = await PolicyFile.open({ folder, env: {}, disk });
    await file.save(withSetting(DEFAULT_POLICY, '/environments/production/rowsMax', 5));
    const path = join(folder, 'policy.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ environments: { production: { rowsMax: 5 } } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(disk.log.slice(-4)).toEqual(['write', 'datasync', 'rename', 'syncFolder']);
    disk.fails.set('rename', 'EIO');
    await expect(file.save(DEFAULT_POLICY)).rejects.toMatchObject({ code: 'EIO' });
    expect((await file.load()).policy.environments.production.rowsMax).toBe(5);
  });

  it('is not there at first: the defaults hold', async () => {
    const { loaded } = await PolicyFile.open({ folder: join(newFolder(), 'none'), env: {} });
    expect(loaded).toMatchObject({ policy: DEFAULT_POLICY, problems: [] });
    expect(new Set(loaded.sources.values())).toEqual(new Set(['default']));
  });

  const wrong: [string, string, object[]][] = [
    ['no JSON', '{\n  "autoLockMs": 60000,\n}', [{ line: 3, code: 'policy.json' }]],
    [
      'a name twice',
      '{"historyEnabled": true,\n"historyEnabled": false}',
      [{ line: 2, code: 'policy.json' }],
    ],
    ['no object', '[]', [{ pointer: '', code: 'policy.type' }]],
    ['nothing in it', '', [{ line: 1, code: 'policy.json' }]],
    [
      'an unknown setting',
      '{\n\n"autolockMs": 1}',
      [{ pointer: '/autolockMs', line: 3, code: 'policy.unknown' }],
    ],
    [
      'an unknown environment',
      '{"environments":{"prod":{}}}',
      [{ pointer: '/environments/prod', code: 'policy.unknown' }],
    ],
    [
      'an unknown setting of an environment',
      '{"environments": {\n"production": {\n"blockDangeros": true}}}',
      [{ pointer: '/environments/production/blockDangeros', line: 3, code: 'policy.unknown' }],
    ],
    [
      'several wrong values',
      '{"environments": {"production": {"blockDangerous": "yes", "rowsMax": -1, "concurrentQueriesMax": null}},\n"autoLockMs": 1.5}',
      [
        { pointer: '/environments/production/blockDangerous', line: 1, code: 'policy.value' },
        { pointer: '/environments/production/rowsMax', line: 1, code: 'policy.value' },
        { pointer: '/environments/production/concurrentQueriesMax', line: 1, code: 'policy.value' },
        { pointer: '/autoLockMs', line: 2, code: 'policy.value' },
      ],
    ],
    [
      'a word that is none to choose',
      '{"logLevel": "Info"}',
      [
        {
          pointer: '/logLevel',
          line: 1,
          code: 'policy.value',
          message: expect.stringMatching(/^One of trace, debug, .* is expected here\.$/),
        },
      ],
    ],
    [
      'environments that are none',
      '{"environments": null}',
      [{ pointer: '/environments', code: 'policy.type' }],
    ],
    [
      'a prototype',
      '{"__proto__": {"historyEnabled": true}}',
      [{ pointer: '/__proto__', code: 'policy.unknown' }],
    ],
  ];
  for (const [what, text, problems] of wrong)
    it(`with ${what} makes the strictest hold, and says where`, async () => {
      const { loaded } = await PolicyFile.open({ folder: folderWith(text), env: {} });
      expect(loaded.problems).toMatchObject(problems);
      expect(loaded.policy).toEqual(STRICTEST_POLICY);
      expect(new Set(loaded.sources.values())).toEqual(new Set(['strictest']));
    });

  it('that can’t be read makes the strictest hold', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'policy.json'), Buffer.from([0x7b, 0xff, 0x7d]));
    expect((await PolicyFile.open({ folder, env: {} })).loaded).toMatchObject({
      policy: STRICTEST_POLICY,
      problems: [{ code: 'policy.file' }],
    });
    const file = join(newFolder(), 'policy.json');
    writeFileSync(file, '');
    const { loaded } = await PolicyFile.open({ folder: file, env: {} });
    expect(loaded).toMatchObject({ policy: STRICTEST_POLICY, problems: [{ code: 'policy.file' }] });
  });

  it('never gets more lenient by anything wrong in it', () => {
    const junk = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(junk, (text) => {
        const { policy, problems } = resolvePolicy(text, {});
        if (problems.length > 0) expect(policy).toEqual(STRICTEST_POLICY);
      }),
    );
  });
});

describe('the environment', () => {
  const env = {
    QUERYTAPE_POLICY_PRODUCTION_BLOCK_DANGEROUS: 'true',
    QUERYTAPE_POLICY_STAGING_STATEMENT_TIMEOUT_MS: ' None ',
    QUERYTAPE_POLICY_AUTO_LOCK_MS: '60000',
    HOME: '/x',
  };

  it('wins over the file, and says so', async () => {
    const folder = folderWith('{"autoLockMs": 20000, "historyEnabled": false}');
    const { loaded } = await PolicyFile.open({ folder, env });
    expect(loaded.problems).toEqual([]);
    expect(loaded.policy).toMatchObject({ autoLockMs: 60000, historyEnabled: false });
    expect(loaded.policy.environments.production.blockDangerous).toBe(true);
    expect(loaded.policy.environments.staging.statementTimeoutMs).toBeNull();
    expect(loaded.sources.get('/autoLockMs')).toBe('environment');
    expect(loaded.sources.get('/historyEnabled')).toBe('file');
    expect(loaded.sources.get('/tapeAgeMaxMs')).toBe('default');
  });

  it('can’t be edited away, and is not written to the file', async () => {
    const folder = folderWith('{"autoLockMs": 20000}');
    const file = await PolicyFile.open({ folder, env });
    const { policy } = file.loaded;
    await expect(file.save(withSetting(policy, '/autoLockMs', 70000))).rejects.toMatchObject({
      code: 'policy.setByEnvironment',
      message: expect.stringContaining('QUERYTAPE_POLICY_AUTO_LOCK_MS'),
    });
    await file.save(withSetting(policy, '/historyEnabled', false));
    expect(JSON.parse(readFileSync(file.path, 'utf8'))).toEqual({ autoLockMs: 20000, historyEnabled: false });
  });

  it('with a wrong word or an unknown name makes the strictest hold', () => {
    const cases: [string, string][] = [
      ['QUERYTAPE_POLICY_PRODUCTION_BLOCK_DANGEROS', 'true'],
      ['QUERYTAPE_POLICY_PRODUCTION_BLOCK_DANGEROUS', 'yes'],
      ['QUERYTAPE_POLICY_PRODUCTION_ROWS_MAX', '-1'],
      ['QUERYTAPE_POLICY_PRODUCTION_ROWS_MAX', '1e3'],
      ['QUERYTAPE_POLICY_PRODUCTION_CONCURRENT_QUERIES_MAX', 'none'],
      ['QUERYTAPE_POLICY_HISTORY_ENABLED', ''],
      ['QUERYTAPE_POLICY_LOG_LEVEL', 'none'],
      ['QUERYTAPE_POLICY_LOG_LEVEL', 'loud'],
      ['QUERYTAPE_POLICY_', '1'],
    ];
    for (const [variable, word] of cases) {
      const { policy, problems } = resolvePolicy('{"historyEnabled": true}', { [variable]: word });
      expect(policy).toEqual(STRICTEST_POLICY);
      expect(problems).toMatchObject([{ variable }]);
    }
  });

  it('says how a variable writes that there is no limit', () => {
    const { problems } = resolvePolicy(null, { QUERYTAPE_POLICY_PRODUCTION_ROWS_MAX: 'null' });
    expect(problems[0]?.message).toMatch(/, or none for no limit\.$/);
    const none = resolvePolicy(null, { QUERYTAPE_POLICY_PRODUCTION_ROWS_MAX: 'none' });
    expect(none.problems).toEqual([]);
  });

  it('has a variable for each setting', () => {
    for (const setting of POLICY_SETTINGS) {
      const { variable, pointer } = setting;
      const value = otherValue(setting);
      const { policy, setBy, problems } = resolvePolicy(null, { [variable]: String(value) });
      expect(problems).toEqual([]);
      expect(settingOf(policy, pointer)).toBe(value);
      expect([...setBy]).toEqual([[pointer, variable]]);
    }
  });
});

describe('the command line', () => {
  const overrides = [{ pointer: '/logLevel', value: 'trace', by: '--log-level' }];
  const env = { QUERYTAPE_POLICY_LOG_LEVEL: 'warn' };

  it('wins over variable and file, and says so', async () => {
    const { loaded } = await PolicyFile.open({ folder: folderWith('{"logLevel": "error"}'), env, overrides });
    expect(loaded.problems).toEqual([]);
    expect(loaded.policy).toEqual(withSetting(DEFAULT_POLICY, '/logLevel', 'trace'));
    expect(loaded.sources.get('/logLevel')).toBe('option');
    expect(loaded.setBy.get('/logLevel')).toBe('--log-level');
  });

  it('can’t be edited away, and is not written to the file', async () => {
    const file = await PolicyFile.open({ folder: folderWith('{"logLevel": "error"}'), env: {}, overrides });
    const { policy } = file.loaded;
    await expect(file.save(withSetting(policy, '/logLevel', 'info'))).rejects.toMatchObject({
      code: 'policy.setByEnvironment',
      message: expect.stringContaining('--log-level'),
    });
    await file.save(withSetting(policy, '/historyEnabled', false));
    expect(JSON.parse(readFileSync(file.path, 'utf8'))).toEqual({ logLevel: 'error', historyEnabled: false });
    expect(file.loaded.policy.logLevel).toBe('trace');
  });

  it('holds where the rest is the strictest', async () => {
    const { loaded } = await PolicyFile.open({ folder: folderWith('{"x": 1}'), env: {}, overrides });
    expect(loaded.problems).toHaveLength(1);
    expect(loaded.policy).toEqual(withSetting(STRICTEST_POLICY, '/logLevel', 'trace'));
    expect(new Set(loaded.sources.values())).toEqual(new Set(['strictest', 'option']));
  });
});

describe('saving a policy', () => {
  it('refuses a wrong one', async () => {
    const file = await PolicyFile.open({ folder: newFolder(), env: {} });
    await expect(file.save({ autoLockMs: 'soon', x: 1 })).rejects.toMatchObject({
      code: 'policy.invalid',
      problems: [{ pointer: '/autoLockMs' }, { pointer: '/x' }],
    });
    await expect(file.save(null)).rejects.toMatchObject({ code: 'policy.invalid' });
  });

  it('overwrites neither a change by another program nor a file that is broken', async () => {
    const folder = newFolder();
    const file = await PolicyFile.open({ folder, env: {} });
    writeFileSync(file.path, '{"historyEnabled": false}');
    await expect(file.save(DEFAULT_POLICY)).rejects.toMatchObject({ code: 'policy.changed' });
    expect(file.loaded.policy.historyEnabled).toBe(false);
    await file.save(DEFAULT_POLICY);
    rmSync(file.path);
    await expect(file.save(DEFAULT_POLICY)).rejects.toMatchObject({
      code: 'policy.changed',
      message: `${file.path} was deleted or moved by another program, so the defaults hold. Look at them, and save again.`,
    });
    await file.save(DEFAULT_POLICY);
    // Whether it was read since or not.
    writeFileSync(file.path, '{"historyEnabled": no}');
    await expect(file.save(DEFAULT_POLICY)).rejects.toMatchObject({ code: 'policy.broken' });
    await expect(file.save(DEFAULT_POLICY)).rejects.toMatchObject({ code: 'policy.broken' });
    expect(readFileSync(file.path, 'utf8')).toBe('{"historyEnabled": no}');
  });
});

describe('the config folder', () => {
  it('is what is asked for, or the platform’s', () => {
    expect(configFolder({ QUERYTAPE_CONFIG_DIR: '/c' })).toBe('/c');
    if (process.platform === 'linux') {
      expect(configFolder({ XDG_CONFIG_HOME: '/x' })).toBe('/x/querytape');
      expect(configFolder({ XDG_CONFIG_HOME: '' })).toMatch(/\/\.config\/querytape$/);
    }
  });
});
