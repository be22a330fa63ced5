import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, withSetting } from '../../../src/events/policy.ts';
import { Profile, type ProfileDraft, type TlsMode } from '../../../src/events/profile.ts';
import {
  type ConnectionForm,
  draftOf,
  ENGINES,
  emptyForm,
  errorsOf,
  formOf,
  secretsOf,
  withDefaults,
  withEngine,
  withEnvironment,
  withWay,
  wrongOf,
} from '../../../src/ui/dialogs/connection-form.ts';
import { SHOWN_FIELDS } from '../../../src/ui/dialogs/connection-sections.ts';
import {
  figureOf,
  pointerOf,
  policyOf,
  problemText,
  settingsErrors,
  settingsForm,
} from '../../../src/ui/dialogs/settings-model.ts';
import { reachedFacts } from '../../../src/ui/dialogs/test-result-text.ts';

const DRAFT: ProfileDraft = {
  name: 'shop',
  target: {
    engine: 'mongodb',
    host: 'cluster.example',
    port: 27017,
    database: 'shop',
    user: 'app',
    tls: { mode: 'verify-full', caFile: '/ca.pem', certFile: '/c.pem', keyFile: '/k.pem', serverName: 'db' },
    mongo: { srv: true, replicaSet: 'rs0', authSource: 'admin', authMechanism: 'SCRAM-SHA-256' },
  },
  environment: 'production',
  readOnly: true,
  folder: 'Shop',
  tags: ['billing', 'eu'],
  notes: 'Ask Ann.',
  colour: '#2fa39a',
  askPassword: true,
};

describe('a connection’s form', () => {
  it('gives back the draft it shows', () => {
    expect(draftOf(formOf(DRAFT))).toEqual(DRAFT);
  });

  it.each(ENGINES)('makes a profile of %s that the vocabulary knows', (engine) => {
    const { folder, tags, notes, colour, askPassword, ...profile } = draftOf({
      ...emptyForm(engine),
      name: 'a',
    });
    expect(Value.Check(Profile, { profileId: 'p', ...profile })).toBe(true);
    expect([folder, tags, notes, colour, askPassword]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('leaves out what does not count: MongoDB’s options elsewhere, files where nothing is verified', () => {
    const { target } = draftOf({ ...formOf(DRAFT), engine: 'postgres', tlsMode: 'disable' });
    expect(target.mongo).toBeUndefined();
    expect(target.tls).toEqual({ mode: 'disable' });
    expect(draftOf({ ...formOf(DRAFT), tlsMode: 'require' }).target.tls).toEqual({
      mode: 'require',
      certFile: '/c.pem',
      keyFile: '/k.pem',
    });
  });

  it('shows what there is of a draft that was imported in part', () => {
    expect(formOf({ target: { engine: 'mysql', host: 'db' } })).toMatchObject({
      engine: 'mysql',
      host: 'db',
      port: '3306',
      name: '',
    });
  });

  it('takes the other engine’s port, and keeps one of a person’s own', () => {
    expect(withEngine(emptyForm('postgres'), 'mysql').port).toBe('3306');
    expect(withEngine({ ...emptyForm('postgres'), port: '6000' }, 'mysql').port).toBe('6000');
    expect(withEngine(withWay(emptyForm(), 'socket'), 'mongodb')).toMatchObject({
      way: 'network',
      host: 'localhost',
    });
  });

  it('keeps a socket’s folder through the network and back only where it is one', () => {
    const socket = withWay(emptyForm(), 'socket');
    expect(socket.host).toBe('/var/run/postgresql');
    expect(withWay({ ...socket, host: '/tmp' }, 'socket').host).toBe('/tmp');
    expect(withWay({ ...emptyForm(), host: 'db' }, 'network').host).toBe('db');
  });

  it('a hostile server: a new connection is verified once its host is not this machine, until a mode was chosen', () => {
    const at = (host: string, more: Partial<ConnectionForm> = {}): string =>
      withDefaults({ ...emptyForm(), host, ...more }).tlsMode;
    expect(at('localhost')).toBe('disable');
    expect(at('/var/run/postgresql', { way: 'socket' })).toBe('disable');
    expect(at('db.example.com')).toBe('verify-full');
    expect(at('localhost', { engine: 'mongodb', hosts: 'db.example.com' })).toBe('verify-full');
    expect(at('localhost', { engine: 'mongodb', srv: true })).toBe('verify-full');
    const away = withDefaults({ ...emptyForm(), host: 'db.example.com' });
    expect(withDefaults({ ...away, host: '127.0.0.1' }).tlsMode).toBe('disable');
    const chosen = { ...away, tlsMode: 'require', tlsChosen: true } as const;
    expect(withDefaults({ ...chosen, host: 'db.example.org' }).tlsMode).toBe('require');
    // None of a connection to this machine is nobody's choice for another; a verified one stays what it is.
    const saved = (host: string, mode: TlsMode) => formOf({ target: { host, tls: { mode } } });
    expect(withDefaults({ ...saved('localhost', 'disable'), host: 'db.example.com' }).tlsMode).toBe(
      'verify-full',
    );
    expect(withDefaults({ ...saved('db.example.com', 'verify-full'), host: 'localhost' }).tlsMode).toBe(
      'verify-full',
    );
    expect(withDefaults({ ...saved('db.example.com', 'disable'), host: 'db.example.org' }).tlsMode).toBe(
      'disable',
    );
  });

  it('sends a secret only as it was meant', () => {
    const form = emptyForm();
    expect(secretsOf(form)).toEqual({});
    expect(secretsOf({ ...form, password: 'x' })).toEqual({ password: 'x' });
    expect(secretsOf({ ...form, password: 'x', forgetPassword: true })).toEqual({ password: 'x' });
    expect(secretsOf({ ...form, forgetPassword: true })).toEqual({ password: null });
    expect(secretsOf({ ...form, password: 'x', askPassword: true })).toEqual({});
  });

  it.each([
    [{ name: ' ', host: '', port: '70000' }, ['name', 'target.host', 'target.port']],
    [{ way: 'socket', host: 'db' }, ['target.host']],
    [{ tlsMode: 'require', keyFile: '/k.pem', certFile: 'c.pem' }, ['target.tls.certFile']],
    [{ tags: 'a, '.repeat(20), folder: 'a//b' }, ['folder']],
    [{ tags: 'x'.repeat(41) }, ['tags']],
    [{}, []],
  ] as const)('says at once what is wrong with %j', (changes, fields) => {
    const wrong = wrongOf({ ...emptyForm(), name: 'a', ...changes }, SHOWN_FIELDS);
    expect(Object.keys(wrong).sort()).toEqual(fields);
  });

  it('is read-only with its environment until a person says otherwise', () => {
    const defaults = { development: false, staging: false, production: true };
    const production = withEnvironment(emptyForm(), 'production', defaults);
    expect(production.readOnly).toBe(true);
    expect(withEnvironment(production, 'staging', defaults).readOnly).toBe(false);
    expect(withEnvironment({ ...production, readOnly: false }, 'staging', defaults).readOnly).toBe(false);
    expect(withEnvironment({ ...emptyForm(), readOnly: true }, 'staging', defaults).readOnly).toBe(true);
  });

  it('puts each error at its field, and keeps those that have none', () => {
    const errors = [
      { field: 'target.port', code: 'x', message: 'Too big.' },
      { field: 'tags.0', code: 'x', message: 'Too long.' },
      { field: 'ssh.host', code: 'x', message: 'Unknown.' },
    ];
    expect(errorsOf({ errors }, ['target.port', 'tags'])).toEqual({
      fields: { 'target.port': 'Too big.', tags: 'Too long.' },
      rest: ['ssh.host: Unknown.'],
    });
  });
});

describe('what a test reached', () => {
  const reached = {
    flavour: 'PostgreSQL',
    version: '18.4',
    encrypted: true,
    user: 'app',
    replica: null,
    canWrite: true,
    afterMs: 31,
    warnings: [],
  };

  it('is looked at twice where a read-only connection’s role may write, or nothing is encrypted', () => {
    const loud = (readOnly: boolean, changes = {}) =>
      reachedFacts({ ...reached, ...changes }, readOnly)
        .filter(({ tone }) => tone === 'waiting')
        .map(({ name }) => name);
    expect(loud(false)).toEqual([]);
    expect(loud(true)).toEqual(['May write']);
    expect(loud(true, { canWrite: false, encrypted: false })).toEqual(['On the way']);
  });

  it('says nothing of what the server does not say', () => {
    expect(reachedFacts(reached, false).map(({ name }) => name)).not.toContain('Part');
    expect(reachedFacts({ ...reached, canWrite: null }, true).at(-1)!.words).toBe('can’t be told cheaply');
  });
});

describe('the settings', () => {
  const rows = pointerOf('production', 'rowsMax');
  const timeout = pointerOf('staging', 'statementTimeoutMs');

  it('give back the policy they show', () => {
    const policy = withSetting(withSetting(DEFAULT_POLICY, rows, 500), '/historyEnabled', false);
    expect(policyOf(settingsForm(policy))).toEqual({ policy });
  });

  it('show a limit that is none as empty, and time in seconds', () => {
    const form = settingsForm(withSetting(DEFAULT_POLICY, timeout, 1500));
    expect([form[rows], form[timeout], form['/tapeAgeMaxMs']]).toEqual(['', '1.5', '90']);
  });

  it.each([
    ['', 1, null],
    ['10 000', 1, 10_000],
    ['0.5', 1000, 500],
    ['2.3', 1000, 2300],
    ['-1', 1, Number.NaN],
    ['ten', 1, Number.NaN],
    ['1e9', 1, Number.NaN],
  ])('read %j by %i as %s', (typed, scale, value) => {
    expect(figureOf(typed, scale)).toBe(value);
  });

  it('say all that is wrong at once, in the units that are typed', () => {
    const form = {
      ...settingsForm(DEFAULT_POLICY),
      [rows]: '0.5',
      [timeout]: '100000',
      '/tapeAgeMaxMs': '',
      '/autoLockMs': '0',
    };
    expect(policyOf(form)).toEqual({
      errors: {
        [timeout]: 'From 0.001 to 86\u202f400 s, or nothing: no limit.',
        [rows]: 'From 1 to 1\u202f000\u202f000\u202f000 rows, or nothing: no limit.',
        '/autoLockMs': 'From 0.2 to 1\u202f440 minutes, or nothing: never.',
        '/tapeAgeMaxMs': 'From 1 to 3\u202f650 days.',
      },
    });
  });

  it('put the program’s errors at their fields', () => {
    const errors = [
      { field: '/tapeAgeMaxMs', code: 'x', message: 'Too many.' },
      { field: '/colour', code: 'x', message: 'Unknown.' },
    ];
    const form = settingsForm(DEFAULT_POLICY);
    expect(settingsErrors({ code: 'policy.invalid', message: '', errors }, form)).toEqual({
      fields: { '/tapeAgeMaxMs': 'Too many.' },
      rest: ['/colour: Unknown.'],
    });
  });

  it.each([
    [{ pointer: '/rowsMox', line: 3 }, 'Line 3, /rowsMox: No such.'],
    [{ pointer: '', variable: 'QUERYTAPE_POLICY_X' }, 'QUERYTAPE_POLICY_X: No such.'],
    [{ pointer: '' }, 'No such.'],
  ])('say where a problem is: %j', (place, words) => {
    expect(problemText({ code: 'policy.unknown', message: 'No such.', ...place })).toBe(words);
  });
});
