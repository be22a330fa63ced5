import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../src/events/profile.ts';
import { UNSEEN_CHARACTER } from '../../../../src/events/unseen.ts';
import type { Candidate, Imported } from '../../../../src/store/import/candidate.ts';
import { importDsn } from '../../../../src/store/import/dsn.ts';
import { importText } from '../../../../src/store/import/read.ts';
import { importUrl } from '../../../../src/store/import/url.ts';
import { formatUrl } from './written-url.ts';

/** The one candidate, and that there is one. */
function only({ candidates, notTaken }: Imported): Candidate {
  expect(notTaken).toEqual([]);
  expect(candidates).toHaveLength(1);
  return candidates[0]!;
}

const codesOf = ({ candidates, notTaken }: Imported) => {
  expect(candidates).toEqual([]);
  return notTaken.map(({ code }) => code);
};

/** Every character that means something in some URL, and many that don't. */
const unit = fc.oneof(
  fc.constantFrom(...'@:/?#[]%&=+ ,;!$\'()*"<>\\^`{|}~-._äß漢🔑'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);
const secret = fc.string({ unit, minLength: 1, maxLength: 20 });
/** Names that a profile takes. */
const name = secret.filter(
  (text) => text.trim() === text && !/^-|[?&]|:\/\//.test(text) && !UNSEEN_CHARACTER.test(text),
);
const host = fc.constantFrom(
  'localhost',
  'db.example.com',
  '10.1.2.3',
  '::1',
  'fe80::1%eth0',
  '2001:db8::7',
  '/var/run/x',
  'bücher.example',
);
const path = fc.option(
  name.map((text) => `/etc/${text}`),
  { nil: undefined },
);
const port = fc.integer({ min: 1, max: 65535 });
const given = (object: object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const sql = fc
  .record({
    engine: fc.constantFrom('postgres', 'mysql', 'mariadb'),
    host,
    port,
    database: fc.oneof(name, fc.constant('')),
    user: fc.oneof(name, fc.constant('')),
    mode: fc.constantFrom('disable', 'require', 'verify-ca', 'verify-full'),
    caFile: path,
    certFile: path,
    keyFile: path,
  })
  .map(({ mode, caFile, certFile, keyFile, ...rest }) => {
    const files = mode === 'disable' ? {} : given({ caFile, certFile, keyFile: certFile && keyFile });
    return { ...rest, tls: { mode, ...files } } as Target;
  });
const mongo = fc
  .record({
    host,
    port,
    database: fc.oneof(
      name.filter((text) => !/[/\\. "$*<>:|]/.test(text)),
      fc.constant(''),
    ),
    user: name,
    mode: fc.constantFrom('disable', 'require', 'verify-ca', 'verify-full'),
    certFile: path,
    srv: fc.constantFrom(true, undefined),
    replicaSet: fc.constantFrom('rs-0', undefined),
    hosts: fc.constantFrom(['b:27017', '[::1]:27018'], undefined),
    readPreference: fc.constantFrom('secondaryPreferred', undefined),
    authSource: fc.constantFrom('admin', '$external'),
    authMechanism: fc.constantFrom('SCRAM-SHA-256', 'PLAIN', undefined),
  })
  .map(({ mode, certFile, srv, hosts, replicaSet, readPreference, authSource, authMechanism, ...rest }) => ({
    engine: 'mongodb',
    ...rest,
    ...(srv ? { port: 27017 } : {}),
    tls: { mode, ...(mode === 'disable' ? {} : given({ certFile, keyFile: certFile })) },
    mongo: given({
      srv,
      hosts: srv ? undefined : hosts,
      replicaSet,
      readPreference,
      authSource,
      authMechanism,
    }),
  })) as fc.Arbitrary<Target>;

describe('a connection URL', () => {
  it('comes back as it was, whatever characters are in it', { tags: ['slow'], timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.oneof(sql, mongo), fc.option(secret, { nil: undefined }), (target, password) => {
        const url = formatUrl(target, password);
        const { draft, secrets } = only(importUrl(url));
        expect(draft.target).toEqual(target);
        expect(secrets.password?.reveal()).toBe(password);
        expect(url).toMatch(/^[a-z+]+:[\x21-\x7e]+$/);
      }),
      { numRuns: 3000 },
    );
  });

  const cases: [string, object, string?][] = [
    ['postgres://localhost', { engine: 'postgres', host: 'localhost', port: 5432, database: '', user: '' }],
    [
      'postgresql://me:p%40ss%2Fw%3Ard@db.example.com:6432/shop?sslmode=verify-full',
      { host: 'db.example.com', port: 6432, user: 'me', database: 'shop', tls: { mode: 'verify-full' } },
      'p@ss/w:rd',
    ],
    ['postgres://me:a:b@h/d?sslmode=require', { user: 'me' }, 'a:b'],
    ['postgres://me@tenant:x@h/d', { user: 'me@tenant', host: 'h' }, 'x'],
    ['postgres://me:1+1%20@h/d', { user: 'me' }, '1+1 '],
    ['postgres://%2Fvar%2Frun/d', { host: '/var/run', tls: { mode: 'disable' } }],
    ['postgres:///d?host=/tmp&port=5433&user=u&password=p', { host: '/tmp', port: 5433, user: 'u' }, 'p'],
    ['postgres://[2001:db8::1]:5/d', { host: '2001:db8::1', port: 5 }],
    ['POSTGRES://h/d?sslMode=verify-ca', { tls: { mode: 'verify-ca' } }],
    ['postgres://h/d?sslrootcert=system', { tls: { mode: 'verify-full' } }],
    ['postgres://h/d?ssl=true', { tls: { mode: 'require' } }],
    ['postgres://h/d?ssl', { tls: { mode: 'require' } }],
    ['postgres://h/d?ssl=false', { tls: { mode: 'disable' } }],
    ['postgresql+asyncpg://u:p@h/d?ssl=require', { engine: 'postgres', tls: { mode: 'require' } }, 'p'],
    ['mysql+pymysql://u:p@h/d?charset=utf8mb4', { engine: 'mysql', tls: { mode: 'verify-full' } }, 'p'],
    // A profile of mysql2's, which is TLS: nothing switches the default off.
    ['mysql://u@h/d?ssl=Amazon%20RDS', { tls: { mode: 'verify-full' } }],
    [
      'jdbc:postgresql://h:6432/d?user=u&password=a+b%2B&ssl=true',
      { host: 'h', port: 6432, database: 'd', user: 'u', tls: { mode: 'verify-full' } },
      'a b+',
    ],
    ['jdbc:postgresql://h/d?ssl=true&sslmode=require', { tls: { mode: 'require' } }],
    ['jdbc:postgresql://h/d?sslmode=require&ssl=true', { tls: { mode: 'require' } }],
    ['jdbc:mysql://h/d?useSSL=false', { engine: 'mysql', tls: { mode: 'disable' } }],
    ['jdbc:mariadb://h/d?sslMode=verify-ca', { engine: 'mariadb', tls: { mode: 'verify-ca' } }],
    ['DATABASE_URL=postgres://u:p@h/d', { host: 'h', database: 'd', user: 'u' }, 'p'],
    ['export DATABASE_URL="mongodb+srv://u:p@c0.x.mongodb.net/"\n', { mongo: { srv: true } }, 'p'],
    ['mysql://root@127.0.0.1', { engine: 'mysql', port: 3306, tls: { mode: 'disable' } }],
    [
      'mysql://u@h/d?ssl-mode=VERIFY_IDENTITY&ssl-ca=/ca.pem',
      { tls: { mode: 'verify-full', caFile: '/ca.pem' } },
    ],
    [
      'mysql://u@h/d?ssl-mode=DISABLED&server-public-key-path=/key.pem',
      { tls: { mode: 'disable', serverKeyFile: '/key.pem' } },
    ],
    ['mariadb://u@localhost/d?socket=/run/m.sock', { engine: 'mariadb', host: '/run/m.sock' }],
    ['mysql+pymysql://u@localhost/d?unix_socket=/run/m.sock', { engine: 'mysql', host: '/run/m.sock' }],
    ['jdbc:mariadb://localhost/d?localSocket=/run/m.sock', { engine: 'mariadb', host: '/run/m.sock' }],
    ['mysql://u@localhost/d?socketPath=/run/m.sock', { engine: 'mysql', host: '/run/m.sock' }],
    ['postgres://u@/d?hostaddr=203.0.113.7', { engine: 'postgres', host: '203.0.113.7' }],
    [
      'mongodb://a,b:27018,c/?replicaSet=rs0&readPreference=secondaryPreferred',
      {
        host: 'a',
        port: 27017,
        mongo: { hosts: ['b:27018', 'c:27017'], replicaSet: 'rs0', readPreference: 'secondaryPreferred' },
      },
    ],
    ['mongodb://%2Ftmp%2Fmongodb-27018.sock', { host: '/tmp', port: 27018, tls: { mode: 'disable' } }],
    ['mongodb://%2Frun%2Fdb%2Fshop.sock/x', { host: '/run/db/shop.sock', port: 27017, database: 'x' }],
    ['mongodb://u@h/?tls=false', { tls: { mode: 'disable' } }],
    ['mongodb://u@h/?tls=require', { tls: { mode: 'verify-full' } }],
    ['mongodb://u@h/?ssl=', { tls: { mode: 'verify-full' } }],
    ['mysql://u@h/d?verifyServerCertificate=false', { tls: { mode: 'require' } }],
    ['mysql://u@h/d?verifyServerCertificate=strict', { tls: { mode: 'verify-full' } }],
    ['mongodb://localhost', { engine: 'mongodb', port: 27017, tls: { mode: 'disable' } }],
    ['mongodb://u:p@h/shop', { mongo: { authSource: 'shop' }, tls: { mode: 'verify-full' } }, 'p'],
    [
      'mongodb://u:p@h/shop?authSource=admin&tls=true',
      { mongo: { authSource: 'admin' }, tls: { mode: 'verify-full' } },
      'p',
    ],
    [
      'mongodb://h/?tls=true&tlsAllowInvalidCertificates=true&directConnection=true',
      { mongo: { directConnection: true }, tls: { mode: 'require' } },
    ],
    ['mongodb://h/?tlsAllowInvalidHostnames=true&tls=true', { tls: { mode: 'verify-ca' } }],
    ['mongodb://h/?tlsInsecure=true&tlsAllowInvalidHostnames=true', { tls: { mode: 'require' } }],
    [
      'mongodb+srv://u:p@c0.x.mongodb.net/?replicaSet=rs0',
      { host: 'c0.x.mongodb.net', mongo: { srv: true, replicaSet: 'rs0' }, tls: { mode: 'verify-full' } },
      'p',
    ],
  ];
  for (const [url, target, password] of cases)
    it(`${url} is understood`, () => {
      const { draft, secrets } = only(importUrl(url));
      expect(draft.target).toMatchObject(target);
      expect(secrets.password?.reveal()).toBe(password);
    });

  const wrong: [string, string][] = [
    ['oracle://h/d', 'url.scheme'],
    ['http://h/d', 'url.scheme'],
    ['mysql+ssh://deploy@hop/root:p@127.0.0.1/d', 'url.scheme'],
    ['jdbc:oracle:thin:@//h:1521/d', 'url.scheme'],
    ['jdbc:postgresql:d', 'url.scheme'],
    ['', 'url.scheme'],
    ['postgres://me:a#b@h/d', 'url.hash'],
    ['postgres://me:a/b@h/d', 'url.encoding'],
    ['postgres://me:12?b@h/d', 'url.encoding'],
    ['postgres://me:100%@h/d', 'url.encoding'],
    ['postgres://me:%ff@h/d', 'url.encoding'],
    ['postgres://me:a[b@h:1:2/d', 'url.host'],
    ['postgres://::1/d', 'url.host'],
    ['postgres://h:99999/d', 'port.range'],
    ['postgres://h/a%3Fb', 'name.options'],
    ['postgres://-oProxyCommand=x/d', 'host.dash'],
    ['postgres://h%00/d', 'field.control'],
    ['postgres://h/d%0Aoptions=x', 'field.control'],
    ['postgres://h?sslmode=verify-full&sslcert=/c&dbname=a%26b', 'name.options'],
  ];
  for (const [url, code] of wrong)
    it(`${url} is refused, without quoting its password`, () => {
      const imported = importUrl(url);
      expect(codesOf(imported)).toContain(code);
    });

  it('never shows a password, in what it takes or in what it refuses', () => {
    const word = 'Hunter2Zq9';
    for (const url of [
      `postgres://me:${word}@h/d?sslpassword=${word}&password=${word}&unknown=${word}`,
      `postgres://me:${word}/x@h/d`,
      `postgres://me:${word}#x@h/d`,
      `postgres://me:${word}%@h/d`,
      `postgres://me:${word}@h:1:2/d`,
      `nothing://me:${word}@h/d`,
    ])
      expect(JSON.stringify(importUrl(url))).not.toContain(word);
  });

  it('says what it leaves out, and why', () => {
    const { draft, notTaken } = only(
      importUrl(
        'postgres://a,b:1/d?options=-csearch_path%3Dx&sslmode=prefer&sslrootcert=ca.pem&user=x&user=y',
      ),
    );
    expect(draft).toMatchObject({
      environment: 'production',
      target: { host: 'a', user: 'y', tls: { mode: 'verify-full' } },
    });
    expect(notTaken.map(({ what, code }) => `${what} ${code}`)).toEqual([
      'hosts import.list',
      'options import.unknown',
      'sslmode import.tlsWeak',
      'user import.twice',
      'caFile import.relative',
      'TLS mode import.tlsGuessed',
      'environment import.environmentGuessed',
    ]);
    expect(only(importUrl('postgres://localhost/d')).draft.environment).toBe('development');
  });

  it('is never thrown over', () => {
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 40 }),
        fc.constantFrom('postgres', 'mysql', 'mongodb+srv'),
        (text, scheme) => {
          const { candidates, notTaken } = importUrl(`${scheme}://${text}`);
          expect(candidates.length + notTaken.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('what an import tells before it is saved', () => {
  const told = (url: string): string[] => {
    const { draft, notTaken } = only(url.includes('://') ? importUrl(url) : importDsn(url));
    return [draft.target.tls.mode, ...notTaken.map(({ what, code }) => `${what} ${code}`)];
  };
  const GUESSED = ['TLS mode import.tlsGuessed', 'environment import.environmentGuessed'];

  it.each([
    ['postgres://db.example.com/shop?host=db.example.org', ['host import.overridden']],
    ['postgres://db.example.com/shop?port=5433', []],
    ['postgres://db.example.com:5432/shop?port=5433', ['port import.overridden']],
    [
      'postgres://u@db.example.com/shop?user=v&dbname=w',
      ['user import.overridden', 'dbname import.overridden'],
    ],
    ['postgres://u:p@db.example.com/shop?password=q', ['password import.overridden']],
    ['mysql://db.example.com/shop?socket=/tmp/x.sock', ['socket import.overridden']],
    ['postgres://db.example.com/shop?hostaddr=203.0.113.7', ['hostaddr import.unknown']],
    [
      'postgres://db.example.com/shop?service=x&passfile=/y',
      ['service import.unknown', 'passfile import.unknown'],
    ],
    ['mysql://db.example.com/shop?allowPublicKeyRetrieval=true', ['allowPublicKeyRetrieval import.unknown']],
    ['mysql://db.example.com/shop?enable-cleartext-plugin=1', ['enable-cleartext-plugin import.unknown']],
    ['mongodb://db.example.com/shop?proxyHost=db.example.org', ['proxyHost import.unknown']],
    ['host=db.example.com dbname=shop options=-cx=y', ['options import.unknown']],
  ])('a malicious file: %s says that an option leads elsewhere, or is not taken', (url, codes) => {
    const all = told(url);
    for (const code of codes) expect(all).toContain(code);
    expect(all.some((line) => line.includes('overridden'))).toBe(
      codes.some((code) => code.includes('overridden')),
    );
  });

  it.each([
    ['postgres://db.example.com/shop', 'verify-full', GUESSED],
    ['mongodb://db.example.com/shop', 'verify-full', GUESSED],
    ['mysql://db.example.com/shop', 'verify-full', GUESSED],
    ['postgres://db.example.com/shop?sslmode=prefer', 'verify-full', ['sslmode import.tlsWeak', ...GUESSED]],
    ['postgres://db.example.com/shop?sslmode=allow', 'verify-full', ['sslmode import.tlsWeak', ...GUESSED]],
    [
      'mysql://db.example.com/shop?ssl-mode=PREFERRED',
      'verify-full',
      ['ssl-mode import.tlsWeak', ...GUESSED],
    ],
    ['postgres://db.example.com/shop?sslmode=disable', 'disable', ['TLS mode import.tlsOff']],
    ['postgres://db.example.com/shop?sslmode=require', 'require', ['TLS mode import.tlsUnverified']],
    ['postgres://db.example.com/shop?sslmode=no-verify', 'require', ['TLS mode import.tlsUnverified']],
    ['postgres://db.example.com/shop?sslmode=verify-ca', 'verify-ca', ['TLS mode import.tlsAnyName']],
    [
      'mysql://db.example.com/shop?sslaccept=accept_invalid_certs',
      'require',
      ['TLS mode import.tlsUnverified'],
    ],
    ['mysql://db.example.com/shop?useSSL=false', 'disable', ['TLS mode import.tlsOff']],
    [
      'mysql://db.example.com/shop?verifyServerCertificate=false',
      'require',
      ['TLS mode import.tlsUnverified'],
    ],
    ['mariadb://db.example.com/shop?sslMode=trust', 'require', ['TLS mode import.tlsUnverified']],
    [
      'mariadb://db.example.com/shop?trustServerCertificate=true',
      'require',
      ['TLS mode import.tlsUnverified'],
    ],
    ['mongodb+srv://c0.example.com/', 'verify-full', []],
    [
      'mongodb+srv://c0.example.com/?tls=false',
      'disable',
      ['tls import.overridden', 'TLS mode import.tlsOff'],
    ],
    ['mongodb+srv://localhost/?tls=false', 'disable', ['tls import.overridden', 'TLS mode import.tlsOff']],
    ['mongodb://localhost,db.example.com/?tls=false', 'disable', ['TLS mode import.tlsOff']],
    ['mongodb://localhost,db.example.com/', 'verify-full', ['TLS mode import.tlsGuessed']],
    ['mongodb://db.example.com/?tlsInsecure=true', 'require', ['TLS mode import.tlsUnverified']],
    [
      'mongodb://db.example.com/?tls=true&tlsAllowInvalidCertificates=true',
      'require',
      ['TLS mode import.tlsUnverified'],
    ],
    [
      'mongodb://u:p@db.example.com/?authMechanism=PLAIN&tls=true',
      'verify-full',
      ['authMechanism import.plain'],
    ],
    ['postgres://b\u00fccher.example/shop?sslmode=verify-full', 'verify-full', ['host import.hostLetters']],
    ['postgres://localhost/shop', 'disable', []],
    ['postgres://127.0.0.1.example.com/shop', 'verify-full', GUESSED],
  ])('a malicious file: %s comes to %s, and what protects less is reported', (url, mode, codes) => {
    const [found, ...all] = told(url);
    expect(found).toBe(mode);
    for (const code of codes) expect(all).toContain(code);
    if (!codes.some((code) => code.includes('import.tls'))) expect(all.join()).not.toContain('import.tls');
  });

  it.each([
    ['postgres://db\u200b.example.com/shop', 'field.control'],
    ['postgres://db.example.com/sh\u00adop', 'field.control'],
    ['postgres://us\u2060er@db.example.com/shop', 'field.control'],
    ['postgres://db.ex\u0430mple.com/shop', 'host.mixed'],
    ['postgres://db.\uff45xample.com/shop', 'host.form'],
    ['mongodb://db.example.com,db.ex\u0430mple.com/shop', 'host.invalid'],
  ])('a malicious file: %j is refused for what can’t be seen in it, or passes for another', (url, code) => {
    expect(codesOf(importUrl(url))).toContain(code);
  });
});

describe('a libpq DSN', () => {
  it('is understood with its quotes and escapes', () => {
    const { draft, secrets } = only(
      importDsn(
        `host=/tmp port = 5433 dbname='my db' user='it''' password='a \\'b\\\\ c' sslmode=disable`.replace(
          "'it'''",
          "it\\'s",
        ),
      ),
    );
    expect(draft.target).toMatchObject({ host: '/tmp', port: 5433, database: 'my db', user: "it's" });
    expect(secrets.password?.reveal()).toBe("a 'b\\ c");
    expect(only(importText('url', 'host=localhost user=')).draft.target).toMatchObject({
      host: 'localhost',
      user: '',
    });
  });

  it('comes back as it was, whatever is in its values', () => {
    const quoted = (text: string) => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
    fc.assert(
      fc.property(name, name, secret, (user, dbname, password) => {
        const dsn = `user=${quoted(user)} dbname=${quoted(dbname)} password=${quoted(password)}`;
        const { draft, secrets } = only(importDsn(dsn));
        expect(draft.target).toMatchObject({ user, database: dbname });
        expect(secrets.password?.reveal()).toBe(password);
      }),
    );
  });

  it('is refused where it is none', () => {
    for (const text of ['', 'host', "host='a", 'host=a b', '=a', "host=a'b c"])
      expect(codesOf(importDsn(text))).toEqual(['dsn.syntax']);
    expect(JSON.stringify(importDsn("password=Hunter2Zq9 host='x"))).not.toContain('Hunter');
  });

  it('is refused where it has no keyword of libpq’s, rather than taken for this machine', () => {
    const imported = importDsn('Server=db.example.com;Port=3306;Uid=app;Pwd=hunter2;');
    expect(imported.candidates).toEqual([]);
    expect(codesOf(imported)).toEqual(['dsn.syntax', 'import.unknown']);
    expect(JSON.stringify(imported)).not.toContain('hunter2');
  });
});
