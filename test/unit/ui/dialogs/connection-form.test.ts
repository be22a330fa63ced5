import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { ENGINES } from '../../../../src/events/engines/engine-name.ts';
import { Profile, type ProfileDraft, TLS_PASSPHRASE, type TlsMode } from '../../../../src/events/profile.ts';
import { errorsOf, wrongOf } from '../../../../src/ui/dialogs/connection-errors.ts';
import {
  type ConnectionForm,
  draftOf,
  emptyForm,
  formOf,
  secretsOf,
  TLS_WORDS,
  withDefaults,
  withEngine,
  withEnvironment,
  withWay,
} from '../../../../src/ui/dialogs/connection-form.ts';
import { SHOWN_FIELDS } from '../../../../src/ui/dialogs/connection-sections.ts';

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

describe('advice', () => {
  it('calls a TLS mode what the form calls it', () => {
    const folder = resolve(import.meta.dirname, '../../../../src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /(advice|weak-sign-in|credentials)\.ts$/.test(file),
    );
    const labels = Object.values(TLS_WORDS).map(({ label }) => `“${label}”`);
    let named = 0;
    for (const file of files) {
      const text = readFileSync(resolve(folder, file), 'utf8');
      for (const [, name] of text.matchAll(/(?:TLS mode(?: other than)?|weaker mode) (“[^”]*”|[a-z-]+)/g)) {
        named++;
        expect(labels, file).toContain(name);
      }
    }
    expect(named).toBeGreaterThan(10);
  });
});

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

  it('takes the other engine’s port, and keeps one that the user typed', () => {
    expect(withEngine(emptyForm('postgres'), 'mysql').port).toBe('3306');
    expect(withEngine({ ...emptyForm('postgres'), port: '6000' }, 'mysql').port).toBe('6000');
    expect(withEngine(withWay(emptyForm(), 'socket'), 'mongodb')).toMatchObject({
      way: 'network',
      host: 'localhost',
    });
  });

  it('has the host that was typed for a way again when the way is chosen again', () => {
    const typed = { ...emptyForm('postgres'), host: 'db.example' };
    const socket = withWay(typed, 'socket');
    expect(socket.host).toBe('/var/run/postgresql');
    expect(withWay(socket, 'network').host).toBe('db.example');
    const other = withWay({ ...socket, host: '/tmp/pg' }, 'network');
    expect(withWay(other, 'socket').host).toBe('/tmp/pg');
    expect(withEngine(socket, 'mongodb')).toMatchObject({ way: 'network', host: 'db.example' });
    expect(withEngine(socket, 'mysql').host).toBe('/var/run/mysqld');
    expect(withEngine({ ...socket, host: '/tmp/pg' }, 'mysql').host).toBe('/tmp/pg');
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
    // No TLS to this machine is not a choice for another; a verified mode stays.
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
    expect(secretsOf(form, [])).toEqual({});
    expect(secretsOf({ ...form, password: 'x' }, [])).toEqual({ password: 'x' });
    expect(secretsOf({ ...form, password: 'x', forgetPassword: true }, [])).toEqual({ password: 'x' });
    expect(secretsOf({ ...form, forgetPassword: true }, [])).toEqual({ password: null });
    expect(secretsOf({ ...form, password: 'x', askPassword: true }, [])).toEqual({});
  });

  it('sends the passphrase of a client’s key with that key, and forgets it without one', () => {
    const form = { ...formOf(DRAFT), keyPassphrase: 'x' };
    const stored = [TLS_PASSPHRASE];
    expect(secretsOf(form, [])).toEqual({ tlsPassphrase: 'x' });
    expect(secretsOf({ ...form, forgetKeyPassphrase: true }, stored)).toEqual({ tlsPassphrase: 'x' });
    expect(secretsOf({ ...form, keyPassphrase: '' }, stored)).toEqual({});
    expect(secretsOf({ ...form, keyPassphrase: '', forgetKeyPassphrase: true }, stored)).toEqual({
      tlsPassphrase: null,
    });
    for (const without of [{ certFile: '', keyFile: '' }, { tlsMode: 'disable' }] as const) {
      expect(secretsOf({ ...form, ...without }, stored)).toEqual({ tlsPassphrase: null });
      expect(secretsOf({ ...form, ...without }, [])).toEqual({});
    }
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

  it('follows its environment’s read-only default until the user changes it', () => {
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
