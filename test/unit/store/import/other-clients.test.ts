import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { importBeekeeper } from '../../../../src/store/import/beekeeper.ts';
import { importDbeaver } from '../../../../src/store/import/dbeaver.ts';
import { importDbgate } from '../../../../src/store/import/dbgate.ts';
import { DBGATE_KEY, DBGATE_WORD, told } from './import-support.ts';

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
      sslCertFile: '/cert.pem',
      sslKeyFile: '/key.pem',
      sslCertFilePassword: 'of the key',
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
    expect(Object.keys(shop!.secrets)).toEqual([
      'password',
      'tlsPassphrase',
      'ssh.0.passphrase',
      'ssh.1.passphrase',
    ]);
    expect(shop!.secrets.tlsPassphrase?.reveal()).toBe('of the key');
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
        labelColor: 'constructor',
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
    expect(imported.candidates[1]!.draft).toMatchObject({ askPassword: true });
    expect(imported.candidates[1]!.draft).not.toHaveProperty('colour');
    expect(told(importBeekeeper('{}')).notTaken).toEqual(['file beekeeper.syntax']);
  });
});
