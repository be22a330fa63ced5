import { createCipheriv } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/events/secret.ts';
import { importBeekeeper } from '../../../../src/store/import/beekeeper.ts';
import type { Imported } from '../../../../src/store/import/candidate.ts';
import { importDbeaver } from '../../../../src/store/import/dbeaver.ts';
import { importDbgate } from '../../../../src/store/import/dbgate.ts';
import { importMyCnf } from '../../../../src/store/import/my-cnf.ts';
import { importPgService } from '../../../../src/store/import/pg-service.ts';
import { importPgpass, parsePgpass } from '../../../../src/store/import/pgpass.ts';
import { exportProfiles, importProfiles } from '../../../../src/store/import/profiles-file.ts';
import { IMPORT_SOURCES, importText, importUsualFile } from '../../../../src/store/import/read.ts';
import { checkTlsFiles } from '../../../../src/store/tls-files.ts';
import { profile } from '../vault/vault-support.ts';

const DBGATE_KEY =
  '911b053060fb4e8aef03778bb997acef5c400be16ba03d975bb6e5ef630985c7d6f619974b7561f350f14d3d64a41117kvJ0AvpIy1LAfxAFmJ4747Tja1CKqDXh3iKPktgGtddADdL0spm8jlNpeED36f79zYETAmbMphxTyBzL0JfuRSej2gq1VDQiYMb70Q/xm5W9MTalezMmE9RJVT+H8HmL';
const DBGATE_WORD =
  'aac5c27790c0c1d80519e472776636ef037db5ab1f143d594c94235dbe515fa2c8f751fe04a8479f7056a6c282bf6571U9GuT3us9HHr8ZbQ/++Sig==';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-import-'));
  folders.push(folder);
  return folder;
}

/** What of an import is worth a look: targets by origin, secrets, and what was left out. */
function told({ candidates, notTaken }: Imported) {
  return {
    targets: candidates.map(
      ({ origin, draft: { target } }) =>
        `${origin} ${target.engine} ${target.user}@${target.host}:${target.port}/${target.database} ${target.tls.mode}`,
    ),
    passwords: candidates.map(({ secrets }) => secrets.password?.reveal()),
    notTaken: notTaken.map(({ what, code }) => `${what} ${code}`),
  };
}

describe('.pgpass', () => {
  const text = [
    '# a comment',
    '',
    'db.example.com:5432:shop:app:se\\:cr\\\\et',
    'db.example.com:*:*:admin:pa ss',
    '*:*:*:*:any',
    'a\\:b:5432:x:u:p:rest',
    'short:line',
    'h:5432:d:u:\r',
    'localhost:5432:*:u:local',
  ].join('\n');

  it('gives a candidate for each line that names a server', () => {
    expect(told(importPgpass(text, 0o100600))).toEqual({
      targets: [
        'line 3 postgres app@db.example.com:5432/shop verify-full',
        'line 4 postgres admin@db.example.com:5432/ verify-full',
        'line 9 postgres u@localhost:5432/ disable',
      ],
      passwords: ['se:cr\\et', 'pa ss', 'local'],
      notTaken: [
        'line 7 pgpass.syntax',
        'line 8 pgpass.syntax',
        'line 5 pgpass.wildcard',
        'line 6: host host.invalid',
      ],
    });
  });

  it('is not looked at where others can read it', () => {
    expect(told(importPgpass(text, 0o100640))).toMatchObject({
      targets: [],
      notTaken: ['password file pgpass.open'],
    });
  });

  it('comes back as it was, whatever is in its fields', () => {
    const field = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\n\r]/.test(text) && !text.startsWith('#'));
    const escaped = (text: string) => text.replaceAll(/[:\\]/g, '\\$&');
    fc.assert(
      fc.property(fc.tuple(field, field, field, field, field), (fields) => {
        const { lines } = parsePgpass(fields.map(escaped).join(':'));
        const { host, port, database, user, password } = lines[0]!;
        expect([host, port, database, user, password.reveal()]).toEqual(fields);
      }),
    );
  });
});

describe('pg_service.conf', () => {
  it('gives a candidate for each service', () => {
    const text =
      '# c\n[shop]\nhost=db.example.com\nport=6432\nuser=app\npassword=a=b #c\nsslmode=verify-full\n\n[local]\nhost=/tmp\napplication_name=x\n[shop]\nhost=evil\n[ldap]\nldap://h/x?y\nnonsense\n';
    expect(told(importPgService(text))).toEqual({
      targets: [
        '[shop] postgres app@db.example.com:6432/ verify-full',
        '[local] postgres @/tmp:5432/ disable',
        '[ldap] postgres @localhost:5432/ disable',
      ],
      passwords: ['a=b #c', undefined, undefined],
      notTaken: ['line 12 import.twice', 'line 15 pgService.ldap', 'line 16 pgService.syntax'],
    });
  });
});

describe('.my.cnf', () => {
  it('gives the client’s groups as one, and one for each suffix', () => {
    const text = [
      'user=lost',
      '[mysqld]',
      'port=1',
      '[client]',
      'user = app # the user',
      'password="p#\\"s\\\\ s\\ts"',
      'host=db.example.com',
      '; comment',
      'default-character-set=utf8mb4',
      'loose-ssl-mode=VERIFY_CA',
      'ssl_ca = /ca.pem',
      '[mysql]',
      'database=shop',
      'prompt=x> ',
      'init-command="drop table x"',
      '!include /etc/other.cnf',
      '[client_eu]',
      "host='eu.example.com'",
      'port=3307',
    ].join('\n');
    const imported = importMyCnf(text);
    expect(told(imported)).toEqual({
      targets: [
        '[client] mysql app@db.example.com:3306/shop verify-ca',
        '[client_eu] mysql app@eu.example.com:3307/shop verify-ca',
      ],
      passwords: ['p#"s\\ s\ts', 'p#"s\\ s\ts'],
      notTaken: ['line 1 myCnf.syntax', 'line 16 myCnf.include'],
    });
    expect(imported.candidates[0]!.notTaken.map(({ what }) => what)).toEqual([
      'init-command',
      'environment',
      'TLS mode',
    ]);
    expect(imported.candidates[1]!.draft).toMatchObject({
      name: 'eu',
      target: { tls: { caFile: '/ca.pem' } },
    });
  });

  it.each([
    'server-public-key-path',
    'server_public_key_path',
    'Server-Public-Key-Path',
    'SERVER_PUBLIC_KEY_PATH',
    'loose-server-public-key-path',
  ])('takes the server’s public key by the option %s', (option) => {
    const { candidates } = importMyCnf(
      `[client]\nhost=db\nssl-mode=DISABLED\n${option} = "/Keys/Server.pem"`,
    );
    expect(candidates[0]!.draft.target.tls).toEqual({
      mode: 'disable',
      serverKeyFile: '/Keys/Server.pem',
    });
    expect(candidates[0]!.notTaken.map(({ what }) => what)).not.toContain(option);
  });

  it('knows MariaDB, sockets, and a password that is asked for', () => {
    const { candidates } = importMyCnf(
      '[client-mariadb]\nsocket=/run/m.sock\nhost=localhost\npassword\nskip-ssl\n',
    );
    expect(candidates[0]!.draft).toMatchObject({
      askPassword: true,
      environment: 'development',
      target: { engine: 'mariadb', host: '/run/m.sock', tls: { mode: 'disable' } },
    });
    expect(candidates[0]!.secrets).toEqual({});
    expect(importMyCnf('[mysqld]\nport=1').candidates).toEqual([]);
  });

  // What `my_print_defaults` prints of each (MariaDB 10.11).
  it.each([
    ['ab#cd', 'ab'],
    ['ab # cd', 'ab'],
    ['"a#b" # c', 'a#b'],
    ["'it''s'", "it''s"],
    ['a"b"c', 'a"b"c'],
    ['"a"b', '"a"b'],
    ['a\\#b', 'a\\'],
    ['"x\\"y"', 'x"y'],
    ["a'b#c'd", "a'b#c'd"],
    ["it's#x", "it's#x"],
    ['\\sx\\s', ' x '],
    ['"  sp "   ', '  sp '],
    ['"open', '"open'],
    ['a;b', 'a;b'],
    ['a\\qb', 'a\\qb'],
  ])('reads the password %s as the clients do', (written, password) => {
    const { candidates } = importMyCnf(`[client]\nhost=h\n  password=${written}\n`);
    expect(candidates[0]!.secrets.password?.reveal()).toBe(password);
  });

  it('takes no group of another program for a suffix', () => {
    const text =
      '[client]\nhost=h\n[mysql_upgrade]\nuser=root\n[mysql_cluster]\nndb-connectstring=x\n[mysql_eu]\nport=1';
    expect(told(importMyCnf(text)).targets.map((target) => target.split(' ')[0])).toEqual([
      '[client]',
      '[mysql_eu]',
    ]);
  });
});

describe('DbGate', () => {
  const rows = [
    {
      _id: '1',
      displayName: 'Shop',
      engine: 'postgres@dbgate-plugin-postgres',
      server: 'db.example.com',
      port: '6432',
      user: 'app',
      password: `crypt:${DBGATE_WORD}`,
      defaultDatabase: 'shop',
      isReadOnly: true,
      useSsl: true,
      sslRejectUnauthorized: true,
      sslCaFile: '/ca.pem',
      parent: 'Work',
      useSshTunnel: true,
      sshMode: 'keyFile',
      sshHost: 'jump',
      sshPort: '2222',
      sshLogin: 'me',
      sshKeyfile: '/k',
      sshKeyfilePassword: 'phrase',
      sshPassword: 'of another sign-in',
      sshBastionHost: 'first',
    },
    {
      engine: 'mysql@dbgate-plugin-mysql',
      server: 'localhost',
      user: 'root',
      password: 'plain',
      passwordMode: 'saveRaw',
    },
    {
      engine: 'mongo@dbgate-plugin-mongo',
      displayName: 'M',
      useDatabaseUrl: '1',
      databaseUrl: 'mongodb://u:p%40@h:1/d?tls=true',
      isReadOnly: true,
    },
    {
      engine: 'mariadb@dbgate-plugin-mysql',
      server: 'localhost',
      passwordMode: 'askPassword',
      useSsl: false,
      sslCaFile: '/old',
    },
    { engine: 'mssql@dbgate-plugin-mssql', displayName: 'SQL Server', server: 'h' },
    { engine: 'constructor' },
  ];
  const text = `${rows.map((row) => JSON.stringify(row)).join('\n')}\n{broken\n`;

  it('gives its connections, with passwords where its key is there', () => {
    const imported = importDbgate(text, DBGATE_KEY);
    expect(told(imported)).toEqual({
      targets: [
        'Shop postgres app@db.example.com:6432/shop verify-full',
        'line 2 mysql root@localhost:3306/ disable',
        'M mongodb u@h:1/d verify-full',
        'line 4 mariadb @localhost:3306/ disable',
      ],
      passwords: ['hünter"2', 'plain', 'p@', undefined],
      notTaken: ['line 7 dbgate.syntax', 'SQL Server import.engine', 'line 6 import.engine'],
    });
    const [shop, , mongo, asked] = imported.candidates;
    expect(shop).toMatchObject({
      draft: {
        folder: 'Work',
        readOnly: true,
        tunnel: {
          by: 'ssh',
          hops: [
            { host: 'first', user: 'me', auth: { by: 'key', keyFile: '/k' } },
            { host: 'jump', port: 2222, user: 'me', auth: { by: 'key', keyFile: '/k' } },
          ],
          hostKeys: 'ask',
        },
      },
    });
    expect(Object.keys(shop!.secrets)).toEqual(['password', 'ssh.0.passphrase', 'ssh.1.passphrase']);
    expect(shop!.secrets['ssh.1.passphrase']?.reveal()).toBe('phrase');
    expect(mongo!.draft).toMatchObject({ readOnly: true, name: 'M' });
    expect(asked!.draft.askPassword).toBe(true);
  });

  it('a malicious file: a URL that takes the place of the host is reported, and what says nothing of TLS is verified', () => {
    const text = [
      {
        engine: 'postgres@x',
        server: 'db.example.com',
        useDatabaseUrl: '1',
        databaseUrl: 'postgres://db.example.org/x',
      },
      { engine: 'mysql@x', server: 'db.example.com' },
      { engine: 'mysql@x', server: 'db.example.com', useSsl: false },
    ];
    const { candidates } = importDbgate(text.map((one) => JSON.stringify(one)).join('\n'));
    expect(candidates.map(({ draft }) => draft.target.tls.mode)).toEqual([
      'verify-full',
      'verify-full',
      'disable',
    ]);
    const codes = candidates.map(({ notTaken }) => notTaken.map(({ code }) => code));
    expect(codes[0]).toContain('import.overridden');
    expect(codes[1]).toContain('import.tlsGuessed');
    expect(codes[2]).toContain('import.tlsOff');
  });

  it('leaves passwords out whose key is not there, or another one', () => {
    // One bit of the IV changes one letter of the password; the sum over it tells.
    const flipped =
      DBGATE_WORD.slice(0, 67) +
      (Number.parseInt(DBGATE_WORD[67]!, 16) ^ 1).toString(16) +
      DBGATE_WORD.slice(68);
    expect(
      importDbgate(text.replace(DBGATE_WORD, flipped), DBGATE_KEY).candidates[0]!.secrets.password,
    ).toBeUndefined();
    for (const key of [undefined, 'rubbish', DBGATE_WORD]) {
      const [shop] = importDbgate(text, key).candidates;
      expect(shop!.secrets.password).toBeUndefined();
      expect(shop!.notTaken.map(({ what, code }) => `${what} ${code}`)).toContain(
        'password import.encrypted',
      );
    }
  });
});

describe('DBeaver', () => {
  const file = {
    folders: { Work: {} },
    connections: {
      'postgres-1': {
        provider: 'postgresql',
        driver: 'postgres-jdbc',
        name: 'Shop',
        folder: 'Work',
        'read-only': true,
        description: 'The shop',
        configuration: {
          host: 'db.example.com',
          port: '6432',
          database: 'shop',
          url: 'jdbc:postgresql://db.example.com:6432/shop',
          type: 'prod',
          properties: { connectTimeout: '20', sslmode: 'verify-full', socketFactory: 'evil.Factory' },
          events: { BEFORE_CONNECT: { command: 'rm -rf /' } },
          bootstrap: { initQueries: ['drop table x'] },
          handlers: {
            ssh_tunnel: {
              type: 'TUNNEL',
              enabled: true,
              properties: {
                host: 'jump',
                port: 2222,
                authType: 'PASSWORD',
                'jumpServer0.enabled': true,
                'jumpServer0.host': 'first',
                'jumpServer0.name': 'ann',
                'jumpServer0.authType': 'PUBLIC_KEY',
                'jumpServer0.keyPath': '/k',
                'jumpServer1.enabled': false,
                'jumpServer1.host': 'off',
              },
            },
            socks_proxy: { type: 'PROXY', enabled: false, properties: {} },
          },
        },
      },
      'mysql8-2': {
        provider: 'mysql',
        driver: 'mysql8',
        name: 'M',
        configuration: {
          url: 'jdbc:mysql://m.example.com:3307/x?useSSL=true',
          type: 'custom',
          user: 'root',
          handlers: { mysql_ssl: { enabled: true, properties: { 'ssl.ca.cert': '/ca.pem' } } },
        },
      },
      'maria-3': {
        provider: 'mysql',
        driver: 'mariaDB',
        name: 'MD',
        configuration: { host: 'localhost', type: 'test' },
      },
      'oracle-4': { provider: 'oracle', driver: 'oracle_thin', name: 'O', configuration: {} },
      'pg-5': {
        provider: 'postgresql',
        driver: 'x',
        name: 'U',
        configuration: { url: 'jdbc:redshift://h/x' },
      },
      broken: null,
    },
    'connection-types': { custom: { name: 'Staging' } },
  };
  const words = {
    'postgres-1': {
      '#connection': { user: 'app', password: 'sécret' },
      'network/ssh_tunnel': { user: 'me', password: 'tunnel', 'jumpServer0.password': 'phrase' },
    },
  };

  function credentials(): Buffer {
    const cipher = createCipheriv(
      'aes-128-cbc',
      Buffer.from('babb4a9f774ab853c96c2d653dfe544a', 'hex'),
      Buffer.alloc(16, 7),
    );
    return Buffer.concat([Buffer.alloc(16, 7), cipher.update(JSON.stringify(words)), cipher.final()]);
  }

  it('gives its connections, and takes nothing that it would run', () => {
    const imported = importDbeaver(JSON.stringify(file), credentials());
    expect(told(imported)).toEqual({
      targets: [
        'Shop postgres app@db.example.com:6432/shop verify-full',
        'M mysql root@m.example.com:3307/x require',
        'MD mariadb @localhost:3306/ require',
      ].map((line) => line.replace('@localhost:3306/ require', '@localhost:3306/ disable')),
      passwords: ['sécret', undefined, undefined],
      notTaken: ['O import.engine', 'U import.url', 'broken dbeaver.syntax'],
    });
    const [shop, mysql, maria] = imported.candidates;
    expect(shop!.draft).toMatchObject({
      environment: 'production',
      readOnly: true,
      folder: 'Work',
      notes: 'The shop',
    });
    expect(shop!.draft.tunnel).toEqual({
      by: 'ssh',
      hops: [
        { host: 'first', user: 'ann', auth: { by: 'key', keyFile: '/k' } },
        { host: 'jump', port: 2222, user: 'me', auth: { by: 'password' } },
      ],
      hostKeys: 'ask',
    });
    expect(shop!.secrets['ssh.0.passphrase']?.reveal()).toBe('phrase');
    expect(shop!.secrets['ssh.1.password']?.reveal()).toBe('tunnel');
    expect(shop!.notTaken.map(({ what }) => what)).toEqual([
      'events',
      'bootstrap',
      'socketFactory',
      'SSH tunnel',
    ]);
    expect(JSON.stringify(imported)).not.toMatch(/rm -rf|drop table|evil/);
    expect(mysql!.draft).toMatchObject({ environment: 'staging', target: { tls: { caFile: '/ca.pem' } } });
    expect(maria!.draft.environment).toBe('staging');
  });

  it('a malicious file: a URL beside the host that leads elsewhere is reported', () => {
    const configuration = { host: 'db.example.com', url: 'jdbc:postgresql://db.example.org/shop' };
    const connection = { provider: 'postgresql', driver: 'x', name: 'E', configuration };
    const [one] = importDbeaver(JSON.stringify({ connections: { e: connection } })).candidates;
    expect(one!.draft.target.host).toBe('db.example.com');
    expect(one!.notTaken.map(({ what, code }) => `${what} ${code}`)).toContain('url import.overridden');
  });

  it('does without credentials that are not there, or have a master password', () => {
    expect(importDbeaver(JSON.stringify(file)).candidates[0]!.secrets).toEqual({});
    const other = importDbeaver(JSON.stringify(file), Buffer.alloc(64, 1));
    expect(other.notTaken[0]).toMatchObject({ code: 'import.encrypted' });
    expect(other.candidates).toHaveLength(3);
    expect(told(importDbeaver('{}')).notTaken).toEqual(['file dbeaver.syntax']);
  });
});

describe('Beekeeper Studio', () => {
  it('gives the rows of its table, without passwords', () => {
    const rows = [
      {
        id: 1,
        name: 'Shop',
        connectionType: 'postgresql',
        host: 'db.example.com',
        port: 5432,
        username: 'app',
        defaultDatabase: 'shop',
        ssl: 1,
        sslCaFile: '/ca.pem',
        sslRejectUnauthorized: 1,
        readOnlyMode: 1,
        labelColor: 'red',
        password: 'encrypted',
        rememberPassword: 1,
        sshEnabled: 1,
        sshHost: 'jump',
        sshMode: 'keyfile',
        sshKeyfile: '/k',
        sshUsername: 'me',
        sshBastionHost: 'b',
        sshBastionHostPort: 2200,
        sshBastionUsername: 'ann',
        sshBastionMode: 'agent',
      },
      {
        name: 'S',
        connectionType: 'mariadb',
        socketPathEnabled: 1,
        socketPath: '/run/m.sock',
        host: 'x',
        rememberPassword: 0,
        ssl: 0,
      },
      { name: 'L', connectionType: 'sqlite' },
      7,
    ];
    const imported = importBeekeeper(JSON.stringify(rows));
    expect(told(imported)).toEqual({
      targets: [
        'Shop postgres app@db.example.com:5432/shop verify-full',
        'S mariadb @/run/m.sock:3306/ disable',
      ],
      passwords: [undefined, undefined],
      notTaken: ['L import.engine', 'row 4 beekeeper.syntax'],
    });
    expect(imported.candidates[0]).toMatchObject({
      draft: {
        readOnly: true,
        colour: '#d0433b',
        tunnel: {
          by: 'ssh',
          hops: [
            { host: 'b', port: 2200, user: 'ann', auth: { by: 'agent' } },
            { host: 'jump', user: 'me', auth: { by: 'key', keyFile: '/k' } },
          ],
          hostKeys: 'ask',
        },
      },
    });
    expect(imported.candidates[0]!.notTaken.map(({ what }) => what)).toEqual([
      'password',
      'environment',
      'SSH tunnel',
    ]);
    expect(imported.candidates[1]!.draft.askPassword).toBe(true);
    expect(told(importBeekeeper('{}')).notTaken).toEqual(['file beekeeper.syntax']);
  });
});

describe('an export of profiles', () => {
  it('comes back without ids, and without secrets', () => {
    const all = [profile('a', { tags: ['eu'], notes: 'n' }), profile('b', { askPassword: true })];
    const text = exportProfiles(all, 0);
    const { candidates, notTaken } = importProfiles(text);
    expect(notTaken).toEqual([]);
    expect(candidates.map(({ draft }, i) => ({ profileId: all[i]!.profileId, ...draft }))).toEqual(all);
    expect(text).not.toContain('profileId');
  });

  it('a malicious file: a tunnel’s command is disarmed, and host keys that were not checked are asked about', () => {
    const argv = ['evil', '{localPort}'];
    const command = { by: 'command' as const, argv, allowed: 'a'.repeat(64) };
    const hops = [{ host: 'jump', auth: { by: 'agent' as const } }];
    const ssh = { by: 'ssh' as const, hops, hostKeys: 'off' as const };
    const development = { environment: 'development' } as const;
    const all = [profile('a', { tunnel: command }), profile('b', { ...development, tunnel: ssh })];
    // As the program writes it, and with the words put back by hand.
    const written = exportProfiles(all, 0);
    const forged = JSON.stringify({
      querytapeProfiles: 1,
      profiles: all.map(({ profileId: _, ...one }) => one),
    });
    for (const text of [written, forged]) {
      const { candidates } = importProfiles(text);
      expect(candidates.map(({ draft }) => draft.tunnel)).toEqual([
        { by: 'command', argv: ['evil', '{localPort}'] },
        { by: 'ssh', hops, hostKeys: 'ask' },
      ]);
      expect(candidates.map(({ notTaken }) => notTaken.at(-1)?.code)).toEqual([
        'import.command',
        'import.ssh',
      ]);
    }
    expect(written).not.toContain('allowed');
  });

  it('a malicious file: a hop that an option could be made of gives no connection', () => {
    const row = { engine: 'postgres@x', server: 'db', useSshTunnel: true, sshHost: '-oProxyCommand=x' };
    expect(importDbgate(JSON.stringify(row))).toMatchObject({
      candidates: [],
      notTaken: [{ what: 'line 1: tunnel.hops.0.host', code: 'tunnel.name' }],
    });
  });

  it('a host that is this machine’s name is production behind a tunnel unless the source says otherwise', () => {
    const row = { engine: 'postgres@x', server: 'localhost', useSshTunnel: true, sshHost: 'jump' };
    const [one] = importDbgate(JSON.stringify(row)).candidates;
    expect(one!.draft.environment).toBe('production');
  });

  it('a malicious file: a mode of encryption that protects less is reported before it is saved', () => {
    const [one] = JSON.parse(exportProfiles([profile('a')], 0)).profiles;
    const with_ = (tls: object) => ({ ...one, target: { ...one.target, tls } });
    const profiles = [
      with_({ mode: 'disable' }),
      with_({ mode: 'require' }),
      with_({ mode: 'verify-ca' }),
      with_({ mode: 'verify-full', serverName: 'db.example.org' }),
      { ...one, target: { ...one.target, tls: undefined } },
    ];
    const { candidates } = importProfiles(JSON.stringify({ querytapeProfiles: 1, profiles }));
    expect(candidates.map(({ notTaken }) => notTaken.map(({ code }) => code))).toEqual([
      ['import.tlsOff'],
      ['import.tlsUnverified'],
      ['import.tlsAnyName'],
      ['import.serverName'],
      [],
    ]);
    expect(candidates[4]!.draft.target.tls).toEqual({ mode: 'verify-full' });
  });

  it('is checked as anything from outside', () => {
    const [one] = JSON.parse(exportProfiles([profile('a')], 0)).profiles;
    const file = (...profiles: unknown[]) => JSON.stringify({ querytapeProfiles: 1, profiles });
    expect(
      told(
        importProfiles(
          file({ ...one, environment: 'PROD' }, { ...one, target: { ...one.target, port: 0 } }, 7),
        ),
      ),
    ).toMatchObject({
      targets: ['a postgres app@db.example.com:5432/app verify-full'],
      notTaken: ['a: target.port port.range', 'profile 3 field.type'],
    });
    expect(told(importProfiles('{"querytapeProfiles": 2, "profiles": []}')).notTaken).toEqual([
      'file profiles.newer',
    ]);
    expect(told(importProfiles('[]')).notTaken).toEqual(['file profiles.syntax']);
  });
});

describe('reading files', () => {
  it('finds each source’s usual file, and the key beside it', async () => {
    const home = newHome();
    const at = { home, env: {} };
    writeFileSync(join(home, '.pgpass'), 'h:1:d:u:p\n', { mode: 0o600 });
    expect((await importUsualFile('pgpass', at)).candidates).toHaveLength(1);
    chmodSync(join(home, '.pgpass'), 0o644);
    expect(told(await importUsualFile('pgpass', at)).notTaken).toEqual(['password file pgpass.open']);
    const elsewhere = join(home, 'elsewhere');
    writeFileSync(elsewhere, '[s]\nhost=localhost\n');
    expect(
      (await importUsualFile('pg_service', { home, env: { PGSERVICEFILE: elsewhere } })).candidates,
    ).toHaveLength(1);
    mkdirSync(join(home, '.dbgate'));
    writeFileSync(
      join(home, '.dbgate/connections.jsonl'),
      JSON.stringify({ engine: 'mysql@x', server: 'localhost', password: `crypt:${DBGATE_WORD}` }),
    );
    writeFileSync(join(home, '.dbgate/.key'), DBGATE_KEY);
    expect(told(await importUsualFile('dbgate', at)).passwords).toEqual(['hünter"2']);
    expect(told(await importUsualFile('my.cnf', at)).notTaken[0]).toContain('import.noFile');
    mkdirSync(join(home, '.my.cnf'));
    expect(told(await importUsualFile('my.cnf', at)).notTaken[0]).toContain('import.noFile');
    expect(told(await importUsualFile('url', at)).notTaken).toEqual(['source import.noFile']);
  });

  it('passes by a byte order mark', async () => {
    const home = newHome();
    writeFileSync(join(home, '.pgpass'), '\ufeffh:1:d:u:p\n', { mode: 0o600 });
    const target = 'line 1 postgres u@h:1/d verify-full';
    expect(told(await importUsualFile('pgpass', { home, env: {} })).targets).toEqual([target]);
    expect(told(importText('pgpass', '\ufeffh:1:d:u:p')).targets).toEqual([target]);
    expect(told(importText('beekeeper', '\ufeff[]')).notTaken).toEqual([]);
  });

  it('is never thrown over, and shows no password', { tags: ['slow'], timeout: 30_000 }, () => {
    const junk = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .array(
          fc.constantFrom(
            '[client]',
            '[',
            ']',
            'a=b',
            '\n',
            '"',
            '\\',
            ':',
            '*',
            '#',
            '{',
            '}',
            'host',
            'password=Hunter2Zq9',
            "'",
          ),
          { maxLength: 30 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...IMPORT_SOURCES), junk, (source, text) => {
        const imported = importText(source, text);
        for (const { secrets } of imported.candidates)
          for (const secret of Object.values(secrets)) expect(secret).toBeInstanceOf(Secret);
        expect(imported.notTaken.every(({ why }) => !why.includes('Hunter2Zq9'))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('files for TLS', () => {
  it('are looked at on the server side', async () => {
    const home = newHome();
    const [cert, key, junk] = [join(home, 'c.pem'), join(home, 'k.pem'), join(home, 'junk')];
    writeFileSync(cert, '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');
    writeFileSync(key, '-----BEGIN EC PRIVATE KEY-----\nx\n', { mode: 0o600 });
    writeFileSync(junk, 'junk');
    expect(await checkTlsFiles({ mode: 'verify-full', caFile: cert, certFile: cert, keyFile: key })).toEqual(
      [],
    );
    chmodSync(key, 0o644);
    const errors = await checkTlsFiles({
      mode: 'require',
      caFile: join(home, 'none'),
      certFile: junk,
      keyFile: key,
    });
    expect(errors.map(({ field, code }) => `${field} ${code}`)).toEqual([
      'target.tls.caFile tls.file',
      'target.tls.certFile tls.pem',
      'target.tls.keyFile tls.keyOpen',
    ]);
    expect((await checkTlsFiles({ mode: 'require', caFile: home }))[0]?.code).toBe('tls.file');
  });
});
