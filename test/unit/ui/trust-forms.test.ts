import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { Profile } from '../../../src/events/profile.ts';
import {
  draftOf,
  ENGINES,
  emptyForm,
  errorsOf,
  formOf,
  missing,
  type ProfileDraft,
  secretsOf,
  withEngine,
  withWay,
} from '../../../src/ui/connection-form.ts';
import { reachedFacts } from '../../../src/ui/reached-words.ts';
import {
  figureOf,
  type Policy,
  pathOf,
  policyOf,
  settingsErrors,
  settingsForm,
} from '../../../src/ui/settings-model.ts';

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
  colour: 'teal',
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

  it('sends a secret only as it was meant', () => {
    const form = emptyForm();
    expect(secretsOf(form)).toEqual({});
    expect(secretsOf({ ...form, password: 'x' })).toEqual({ password: 'x' });
    expect(secretsOf({ ...form, password: 'x', forgetPassword: true })).toEqual({ password: 'x' });
    expect(secretsOf({ ...form, forgetPassword: true })).toEqual({ password: null });
    expect(secretsOf({ ...form, password: 'x', askPassword: true })).toEqual({});
  });

  it('says at once what is missing', () => {
    expect(Object.keys(missing({ ...emptyForm(), name: ' ', host: '', port: '70000' }))).toEqual([
      'name',
      'target.host',
      'target.port',
    ]);
    expect(missing({ ...emptyForm(), name: 'a', way: 'socket', host: 'db' })).toHaveProperty(['target.host']);
    expect(missing({ ...emptyForm(), name: 'a' })).toEqual({});
  });

  it('puts each error at its field, and keeps those that have none', () => {
    const errors = [
      { field: 'target.port', code: 'x', message: 'Too big.' },
      { field: 'tags.0', code: 'x', message: 'Too long.' },
      { field: 'ssh.host', code: 'x', message: 'Unknown.' },
    ];
    expect(errorsOf({ code: 'profile.invalid', message: '', errors }, ['target.port', 'tags'])).toEqual({
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

const RULE = {
  confirmDangerous: true,
  blockDangerous: false,
  readOnlyByDefault: false,
  statementTimeoutMs: 30_000,
  rowsMax: 0,
  concurrentQueries: 4,
  idleInTransactionMs: 1500,
};
const POLICY: Policy = {
  environments: { development: RULE, staging: RULE, production: { ...RULE, blockDangerous: true } },
  autoLockMinutes: 15,
  tapeDays: 0,
  history: true,
  historyDays: 30,
};

describe('the settings', () => {
  it('give back the policy they show', () => {
    expect(policyOf(settingsForm(POLICY))).toEqual({ policy: POLICY });
  });

  it('show a limit that is none as empty, and time in seconds', () => {
    const form = settingsForm(POLICY);
    expect(form[pathOf('staging', 'rowsMax')]).toBe('');
    expect(form[pathOf('staging', 'statementTimeoutMs')]).toBe('30');
    expect(form[pathOf('staging', 'idleInTransactionMs')]).toBe('1.5');
  });

  it.each([
    ['', 1, 0],
    ['10 000', 1, 10_000],
    ['0.5', 1000, 500],
    ['0.5', 1, null],
    ['-1', 1, null],
    ['ten', 1, null],
    ['1e9', 1, null],
  ])('read %j by %i as %s', (typed, scale, value) => {
    expect(figureOf(typed, scale)).toBe(value);
  });

  it('say all that is wrong at once', () => {
    const form = { ...settingsForm(POLICY), tapeDays: 'long', [pathOf('production', 'rowsMax')]: '-1' };
    const said = policyOf(form);
    expect('errors' in said && Object.keys(said.errors)).toEqual([
      'environments.production.rowsMax',
      'tapeDays',
    ]);
  });

  it('put the program’s errors at their fields', () => {
    const errors = [
      { field: 'policy.tapeDays', code: 'x', message: 'Too many.' },
      { field: 'colour', code: 'x', message: 'Unknown.' },
    ];
    expect(settingsErrors({ code: 'policy.invalid', message: '', errors }, settingsForm(POLICY))).toEqual({
      fields: { tapeDays: 'Too many.' },
      rest: ['colour: Unknown.'],
    });
  });
});
