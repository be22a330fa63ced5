import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/events/secret.ts';
import { importDbgate } from '../../../../src/store/import/dbgate.ts';
import { exportProfiles, importProfiles } from '../../../../src/store/import/profiles-file.ts';
import { IMPORT_SOURCES, importText, importUsualFile } from '../../../../src/store/import/read.ts';
import { checkTlsFiles } from '../../../../src/store/tls-files.ts';
import { profile } from '../vault/vault-support.ts';
import { DBGATE_KEY, DBGATE_WORD, newHome, told } from './import-support.ts';

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
