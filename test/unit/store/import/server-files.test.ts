import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importMyCnf } from '../../../../src/store/import/my-cnf.ts';
import { importPgService } from '../../../../src/store/import/pg-service.ts';
import { importPgpass, parsePgpass } from '../../../../src/store/import/pgpass.ts';
import { told } from './import-support.ts';

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
      ],
      passwords: ['a=b #c', undefined],
      notTaken: ['line 12 import.twice', 'line 15 pgService.ldap', 'line 16 pgService.syntax'],
    });
  });

  it.each([
    ['another service', 'service=shop', '[a]: service import.unknown'],
    ['LDAP', 'ldap://h/x?y', 'line 2 pgService.ldap'],
    ['a line that can’t be read', 'host = db.example.com', 'line 2 pgService.syntax'],
  ])('makes no connection to this machine where %s may name the server', (_, line, reason) => {
    expect(told(importPgService(`[a]\n${line}\nuser=app\npassword=x\n`))).toEqual({
      targets: [],
      passwords: [],
      notTaken: [reason],
    });
  });

  it('takes an address as the host where none is named', () => {
    const imported = importPgService('[a]\nhostaddr=203.0.113.7\npassword=x\n');
    expect(told(imported).targets).toEqual(['[a] postgres @203.0.113.7:5432/ verify-full']);
    expect(imported.candidates[0]!.draft.environment).toBe('production');
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

  it.each([
    ['socket=/run/m.sock', '/run/m.sock'],
    ['host=localhost\nsocket=/run/m.sock', '/run/m.sock'],
    ['host=localhost\nsocket=/run/m.sock\nprotocol=TCP', 'localhost'],
    ['host=\nsocket=/run/m.sock', '/run/m.sock'],
    ['host=127.0.0.1\nsocket=/run/m.sock', '127.0.0.1'],
    ['socket=/run/m.sock\nhost=db.example.com', 'db.example.com'],
    ['user=app', 'localhost'],
  ])('connects to where the client does by %j, and reports nothing as overridden', (options, host) => {
    const { candidates } = importMyCnf(`[client]\n${options}\n`);
    expect(candidates[0]!.draft.target.host).toBe(host);
    expect(candidates[0]!.notTaken.map(({ code }) => code)).not.toContain('import.overridden');
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
