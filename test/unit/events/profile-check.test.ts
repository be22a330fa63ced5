import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentNamed } from '../../../src/events/environment-name.ts';
import { Profile } from '../../../src/events/profile.ts';
import { checkDraft, checkProfile } from '../../../src/events/profile-check.ts';

const good = {
  profileId: 'p-1',
  name: 'Shop',
  target: {
    engine: 'postgres',
    host: 'db.example.com',
    port: 5432,
    database: 'shop',
    user: 'app',
    tls: { mode: 'verify-full' },
  },
  environment: 'production',
  readOnly: true,
};

/** `good` with a value put at a dotted place. */
function withValue(field: string, value: unknown): unknown {
  const copy = structuredClone(good) as never;
  const names = field.split('.');
  let at = copy as Record<string, never>;
  for (const name of names.slice(0, -1)) at = at[name] ??= {} as never;
  at[names.at(-1)!] = value as never;
  return copy;
}

function errorsOf(input: unknown): string[] {
  const checked = checkProfile(input);
  return 'errors' in checked ? checked.errors.map(({ field, code }) => `${field} ${code}`) : [];
}

function profileOf(input: unknown): Profile {
  const checked = checkProfile(input);
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
  return checked.profile;
}

describe('a profile', () => {
  it('is taken as it is', () => {
    expect(profileOf(good)).toEqual(good);
    const full = {
      ...good,
      folder: 'Work/Shop',
      tags: ['eu', 'main'],
      notes: 'Two\nlines\tand a tab',
      colour: '#aa3311',
      askPassword: true,
    };
    expect(profileOf(full)).toEqual(full);
  });

  it('is tidied where only its spelling differs', () => {
    expect(
      profileOf({
        ...good,
        name: '  Shop ',
        environment: ' PRODUCTION ',
        colour: '#AA3311',
        folder: ' Work / Shop ',
        tags: ['eu', ' eu', 'eu '],
        notes: '',
        askPassword: false,
        readOnly: undefined,
        target: { ...good.target, port: ' 5432 ', host: '[::1]', engine: 'Postgres', user: null },
      }),
    ).toEqual({
      ...good,
      colour: '#aa3311',
      folder: 'Work/Shop',
      tags: ['eu'],
      readOnly: false,
      target: { ...good.target, host: '::1', user: '' },
    });
  });

  it('is refused with everything that is wrong at once', () => {
    const wrong = {
      name: '',
      target: {
        engine: 'oracle',
        host: '-oProxyCommand=x',
        port: 70000,
        user: 'a?b',
        tls: { mode: 'prefer' },
      },
      environment: 'prodction',
      readOnly: 'yes',
      colour: 'red',
      sslmode: 'require',
    };
    expect(errorsOf(wrong).sort()).toEqual([
      'colour field.format',
      'environment environment.unknown',
      'name field.missing',
      'profileId field.missing',
      'readOnly field.type',
      'sslmode field.unknown',
      'target.engine engine.unknown',
      'target.host host.dash',
      'target.port port.range',
      'target.tls.mode mode.unknown',
      'target.user name.options',
    ]);
    const checked = checkProfile(wrong);
    for (const { message } of 'errors' in checked ? checked.errors : [])
      expect(message).toMatch(/^[A-Zap].*\.$/);
  });

  const cases: [string, unknown, string | null][] = [
    ['target.port', 1, null],
    ['target.port', 65535, null],
    ['target.port', 0, 'port.range'],
    ['target.port', 65536, 'port.range'],
    ['target.port', -1, 'port.range'],
    ['target.port', 5432.5, 'port.range'],
    ['target.port', '5432; drop', 'port.range'],
    ['target.port', '0x50', 'port.range'],
    ['target.port', null, 'field.missing'],
    ['target.port', true, 'port.range'],
    ['target.host', 'localhost', null],
    ['target.host', 'db_1.intern', null],
    ['target.host', 'bücher.example', null],
    ['target.host', 'example.com.', null],
    ['target.host', '10.0.0.1', null],
    ['target.host', '::1', null],
    ['target.host', 'fe80::1%eth0', null],
    ['target.host', '::ffff:10.0.0.1', null],
    ['target.host', '/var/run/postgresql', null],
    ['target.host', '/tmp/mysql.sock', null],
    ['target.host', '', 'field.missing'],
    ['target.host', 'a b', 'host.invalid'],
    ['target.host', 'a\0b', 'field.control'],
    ['target.host', 'a\nb', 'field.control'],
    ['target.host', 'a,b', 'host.list'],
    ['target.host', 'a?sslmode=disable', 'host.options'],
    ['target.host', 'a&sslmode=disable', 'host.options'],
    ['target.host', '/tmp?sslmode=disable', 'host.options'],
    ['target.host', '/tmp,evil', 'host.options'],
    ['target.host', 'a:5432', 'host.port'],
    ['target.host', '[::1]:5432', 'host.port'],
    ['target.host', 'me@a', 'host.user'],
    ['target.host', 'postgres://a', 'host.url'],
    ['target.host', '-h', 'host.dash'],
    ['target.host', 'a..b', 'host.invalid'],
    ['target.host', '1::2::3', 'host.invalid'],
    ['target.host', ':::', 'host.invalid'],
    ['target.host', '1:2:3', 'host.invalid'],
    ['target.host', 'a'.repeat(256), 'field.long'],
    ['target.host', '\u202ecba', 'field.control'],
    ['target.host', 'db\u200b.example', 'field.control'],
    ['target.host', 'p\u0430ypal.example', 'host.mixed'],
    ['target.host', '\u03bfracle.example', 'host.mixed'],
    ['target.host', 'x\u0561.example', 'host.mixed'],
    ['target.host', 'データbase.example', null],
    ['target.host', 'пример.example', null],
    ['target.host', '\uff44b.example', 'host.form'],
    ['target.host', 'db\u00b2.example', 'host.form'],
    ['target.user', 'ad\u200bmin', 'field.control'],
    ['target.user', 'ad\ufeffmin', 'field.control'],
    ['target.database', 'sh\u00adop', 'field.control'],
    ['name', 'Sh\u2060op', 'field.control'],
    ['name', 'Shop\u{e0041}', 'field.control'],
    ['folder', 'Wo\u3164rk', 'field.control'],
    ['notes', 'می\u200cخواهم 👩\u200d💻\nline', null],
    ['notes', 'a\u200bb', 'field.control'],
    ['notes', 'a\u202eb', 'field.control'],
    ['target.host', 'a%00b', 'host.invalid'],
    ['target.database', 'my db', null],
    ['target.database', '', null],
    ['target.database', 'a?x=1', 'name.options'],
    ['target.database', 'a&x=1', 'name.options'],
    ['target.database', 'a\0', 'field.control'],
    ['target.database', 'postgresql://evil/x', 'name.url'],
    ['target.database', 'x'.repeat(256), 'field.long'],
    ['target.user', 'CN=me,OU=us', null],
    ['target.user', 'me@tenant', null],
    ['target.user', '-me', 'name.dash'],
    ['target.user', 'a\r\nb', 'field.control'],
    ['target.user', '\ud800', 'field.control'],
    ['target.tls.mode', 'require', null],
    ['target.tls.mode', 'VERIFY-CA', null],
    ['target.tls.mode', 'allow', 'mode.unknown'],
    ['target.tls.caFile', '/etc/ca.pem', null],
    ['target.tls.caFile', 'C:\\ca.pem', null],
    ['target.tls.caFile', 'ca.pem', 'path.relative'],
    ['target.tls.caFile', '~/ca.pem', 'path.relative'],
    ['target.tls.serverName', 'db.intern', null],
    ['target.tls.serverName', '/x', 'host.invalid'],
    ['target.tls.rejectUnauthorized', false, 'field.unknown'],
    ['target.tls', undefined, null],
    ['target.tls.mode', undefined, null],
    ['target.tls', 'require', 'field.type'],
    ['target.mongo', { srv: true }, 'field.unknown'],
    ['target.options', '-c x=y', 'field.unknown'],
    ['environment', 'test', 'environment.unknown'],
    ['environment', 'productio', 'environment.unknown'],
    ['environment', 'constructor', 'environment.unknown'],
    ['environment', ['production'], 'field.type'],
    ['profileId', '../x', 'field.format'],
    ['name', 'x'.repeat(121), 'field.long'],
    ['tags', 'eu', 'field.type'],
    ['tags', Array(17).fill('x'), 'field.long'],
    ['folder', 'a//b', 'field.format'],
    ['notes', 'x'.repeat(4001), 'field.long'],
    ['notes', 'a\0b', 'field.control'],
    ['colour', '#12345g', 'field.format'],
    ['password', 'x', 'field.unknown'],
    ['__proto__x', 1, 'field.unknown'],
  ];
  for (const [field, value, code] of cases)
    it(`has ${code === null ? 'a good' : 'a wrong'} ${field} with ${JSON.stringify(value)?.slice(0, 40)}`, () => {
      expect(errorsOf(withValue(field, value))).toEqual(code === null ? [] : [`${field} ${code}`]);
    });

  it('has its certificate where it has a key, and TLS where it has files', () => {
    expect(errorsOf(withValue('target.tls', { mode: 'require', keyFile: '/k' }))).toEqual([
      'target.tls.certFile tls.certMissing',
    ]);
    expect(errorsOf(withValue('target.tls', { mode: 'disable', caFile: '/ca' }))).toEqual([
      'target.tls.mode tls.off',
    ]);
  });

  it('a hostile server: what says nothing of TLS is verified, unless all of it stays on this machine', () => {
    const modeOf = (host: string, more: object = {}, tls: unknown = undefined): string =>
      profileOf({ ...good, target: { ...good.target, host, tls, ...more } }).target.tls.mode;
    const mongo = (options: object) => ({ engine: 'mongodb', mongo: options });
    for (const host of ['db.example.com', '10.0.0.1', '127.0.0.1.example.com', '127.1', '0.0.0.0', '::2'])
      expect(modeOf(host)).toBe('verify-full');
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '/var/run/postgresql'])
      expect(modeOf(host)).toBe('disable');
    expect(modeOf('localhost', mongo({ srv: true }))).toBe('verify-full');
    expect(modeOf('localhost', mongo({ hosts: ['db.example.com:27017'] }))).toBe('verify-full');
    expect(modeOf('localhost', mongo({ hosts: ['127.0.0.1:27018', '[::1]:27019'] }))).toBe('disable');
    expect(modeOf('localhost', {}, { caFile: '/ca.pem' })).toBe('verify-full');
    expect(modeOf('db.example.com', {}, {})).toBe('verify-full');
    expect(modeOf('db.example.com', {}, { mode: 'disable' })).toBe('disable');
  });

  it('may say what only MongoDB knows where it is one', () => {
    const mongo = { replicaSet: 'rs0', authSource: 'admin', authMechanism: 'SCRAM-SHA-256' };
    const target = { ...good.target, engine: 'mongodb', mongo };
    const several = { hosts: ['b', ' c:27018 ', '[::1]'], readPreference: 'secondary' };
    expect(checkProfile({ ...good, target: { ...target, mongo: several } })).toMatchObject({
      profile: {
        target: { mongo: { hosts: ['b:27017', 'c:27018', '[::1]:27017'], readPreference: 'secondary' } },
      },
    });
    for (const [over, error] of [
      [{ hosts: ['b?x'] }, 'target.mongo.hosts host.invalid'],
      [{ hosts: ['b:0'] }, 'target.mongo.hosts host.invalid'],
      [{ hosts: ['/tmp'] }, 'target.mongo.hosts host.invalid'],
      [{ hosts: ['b'], srv: true }, 'target.mongo.hosts mongo.hosts'],
      [{ hosts: ['b'], directConnection: true }, 'target.mongo.hosts mongo.hosts'],
      [{ readPreference: 'any' }, 'target.mongo.readPreference readPreference.unknown'],
      [
        { readPreference: 'nearest', directConnection: true },
        'target.mongo.readPreference mongo.preferenceDirect',
      ],
      [{ authMechanism: 'MONGODB-AWS' }, 'target.mongo.authMechanism authMechanism.unknown'],
      [{ authMechanism: 'GSSAPI' }, 'target.mongo.authMechanism authMechanism.unknown'],
    ] as const)
      expect(errorsOf({ ...good, target: { ...target, mongo: over } })).toEqual([error]);
    expect(profileOf({ ...good, target })).toEqual({ ...good, target });
    const wrong = { srv: true, directConnection: true, authMechanism: 'GSSAPI', replicaSet: 'a&b', x: 1 };
    expect(errorsOf({ ...good, target: { ...target, database: 'a.b', mongo: wrong } }).sort()).toEqual([
      'target.database name.invalid',
      'target.mongo.authMechanism authMechanism.unknown',
      'target.mongo.directConnection mongo.srvDirect',
      'target.mongo.replicaSet field.format',
      'target.mongo.x field.unknown',
    ]);
  });

  it('is refused and never thrown over, whatever comes', () => {
    for (const input of [undefined, null, 1, 'x', [], {}, new Date(0), { target: [] }]) {
      expect(errorsOf(input).length).toBeGreaterThan(0);
      expect('errors' in checkDraft(input)).toBe(true);
    }
    const anywhere = fc.constantFrom(...cases.map(([field]) => field));
    fc.assert(
      fc.property(anywhere, fc.anything({ withNullPrototype: true }), (field, value) => {
        const checked = checkProfile(withValue(field, value));
        if ('errors' in checked) expect(checked.errors.length).toBeGreaterThan(0);
        else {
          expect(Value.Check(Profile, checked.profile)).toBe(true);
          expect(JSON.parse(JSON.stringify(checked.profile))).toEqual(checked.profile);
          expect(profileOf(checked.profile)).toEqual(checked.profile);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('has no id before it is kept', () => {
    const { profileId: _, ...draft } = good;
    expect(checkDraft(draft)).toEqual({ draft });
  });
});

describe('an environment', () => {
  it('has many spellings and three meanings', () => {
    const words = [
      'prod',
      'PROD',
      'PRODUCTION',
      ' Production\t',
      'prd',
      'live',
      'dev',
      'Develop',
      'stage',
      'STG',
    ];
    expect(words.map(environmentNamed)).toEqual([
      ...Array(6).fill('production'),
      ...Array(2).fill('development'),
      ...Array(2).fill('staging'),
    ]);
    for (const word of ['', 'produktion', 'prod-eu', 'pre-production', 'toString', 'qa', 'test'])
      expect(environmentNamed(word)).toBeUndefined();
  });
});
