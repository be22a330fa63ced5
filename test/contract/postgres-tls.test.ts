import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import type { Tls } from '../../src/events/profile.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { driverContract } from './contract.ts';
import { outside, postgresEngine, targetOf } from './postgres-engine.ts';
import { ask, CancelLog, Collector, run } from './running.ts';

let certificates: Certificates;
let cluster: PostgresCluster;

beforeAll(async () => {
  certificates = await makeCertificates('reader');
  const { server } = certificates;
  cluster = await makeCluster({
    settings: { ssl: 'on', ssl_cert_file: 'server.crt', ssl_key_file: 'server.key', ssl_ca_file: 'ca.crt' },
    files: { 'server.crt': server.certificate, 'server.key': server.key, 'ca.crt': server.ca },
    hba: [
      'local all all scram-sha-256',
      // How the tests look from outside, unencrypted.
      'host template1 postgres 127.0.0.1/32 scram-sha-256',
      'hostssl postgres reader all cert',
      'hostssl postgres all all scram-sha-256',
    ],
  });
  await outside(ADMIN(), "create role reader login password 'unused'");
});

afterAll(async () => {
  await cluster?.remove();
  await certificates?.remove();
});

const ADMIN = () => ({ ...cluster.address, database: 'template1' });

async function connect(
  tls: Tls,
  over: { host?: string; user?: string; port?: number } = {},
): Promise<Connection> {
  return postgresDriver().connect(
    { ...targetOf(cluster.address, tls), host: 'localhost', ...over },
    {
      password: () => cluster.address.password,
      signal: AbortSignal.timeout(10_000),
      applicationName: 'querytape tls',
      readOnly: false,
      onLost: () => {},
    },
  );
}

async function refused(tls: Tls, over: { host?: string; user?: string } = {}) {
  const error = await connect(tls, over).then(
    (connection) => connection.close().then(() => null),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DriverError);
  return (error as DriverError).failure;
}

/** Encrypted, by the server's own word. */
async function isEncrypted(connection: Connection): Promise<boolean> {
  expect(connection.server.encrypted).toBe(true);
  const rows = await ask(connection, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()');
  await connection.close();
  return rows[0]?.[0] === 't';
}

describe('TLS', () => {
  it('require encrypts and verifies nothing', async () => {
    expect(await isEncrypted(await connect({ mode: 'require' }))).toBe(true);
    expect(await isEncrypted(await connect({ mode: 'require' }, { host: '127.0.0.1' }))).toBe(true);
  });

  it('verify-ca takes a known CA under any host name, and no other CA', async () => {
    const { caFile, otherCaFile } = certificates;
    expect(await isEncrypted(await connect({ mode: 'verify-ca', caFile }))).toBe(true);
    expect(await isEncrypted(await connect({ mode: 'verify-ca', caFile }, { host: '127.0.0.1' }))).toBe(true);
    for (const tls of [{ mode: 'verify-ca', caFile: otherCaFile }, { mode: 'verify-ca' }] as const) {
      const failure = await refused(tls);
      expect(failure.code).toMatch(/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/);
      expect(failure.advice).toMatch(/CA/);
    }
  });

  it.each(['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])(
    'a hostile server: without a CA file the system’s store decides, which %s changes',
    async (variable) => {
      const { caFile, otherCaFile } = certificates;
      const folder = await mkdtemp(join(tmpdir(), 'querytape-store-'));
      await copyFile(caFile, join(folder, 'ca.pem'));
      try {
        expect((await refused({ mode: 'verify-full' })).code).toMatch(/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/);
        vi.stubEnv(variable, variable === 'SSL_CERT_DIR' ? folder : caFile);
        expect(await isEncrypted(await connect({ mode: 'verify-full' }))).toBe(true);
        expect(await isEncrypted(await connect({ mode: 'verify-ca' }, { host: '127.0.0.1' }))).toBe(true);
        expect((await refused({ mode: 'verify-full' }, { host: '127.0.0.1' })).code).toBe(
          'ERR_TLS_CERT_ALTNAME_INVALID',
        );
        vi.stubEnv(variable, otherCaFile);
        if (variable !== 'SSL_CERT_DIR')
          expect((await refused({ mode: 'verify-full' })).code).toMatch(
            /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/,
          );
        vi.stubEnv(variable, '/nonexistent');
        expect(await refused({ mode: 'verify-full' })).toMatchObject({
          code: 'tls.trustStore',
          source: 'client',
        });
        expect(await isEncrypted(await connect({ mode: 'verify-full', caFile }))).toBe(true);
      } finally {
        vi.unstubAllEnvs();
        await rm(folder, { recursive: true });
      }
    },
  );

  it('a hostile server: a certificate of an unknown authority is refused with what to do, and the weaker mode is named', async () => {
    const { message, advice } = await refused({ mode: 'verify-full' });
    expect(message).toBeTruthy();
    expect(advice).toMatch(/CA certificates/);
    expect(advice).toMatch(/weaker mode Encrypt/);
  });

  it('verify-full takes the right host only', async () => {
    const { caFile } = certificates;
    expect(await isEncrypted(await connect({ mode: 'verify-full', caFile }))).toBe(true);
    const failure = await refused({ mode: 'verify-full', caFile }, { host: '127.0.0.1' });
    expect(failure.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(failure.advice).toMatch(/another host name/);
    expect((await refused({ mode: 'verify-full', caFile: certificates.otherCaFile })).advice).toMatch(/CA/);
  });

  it('verify-full asks for the server name where one is given, as through a tunnel', async () => {
    const { caFile } = certificates;
    const tls = { mode: 'verify-full', caFile, serverName: 'localhost' } as const;
    expect(await isEncrypted(await connect(tls, { host: '127.0.0.1' }))).toBe(true);
    expect((await refused({ ...tls, serverName: 'db.example' })).code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('a client certificate opens the door, and its cancel uses it too', async () => {
    const { caFile, client } = certificates;
    const tls = { mode: 'verify-full', caFile, ...client } as const;
    const connection = await connect(tls, { user: 'reader' });
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    expect(await ask(connection, 'select current_user')).toEqual([['reader']]);
    await connection.close();
    const failure = await refused({ mode: 'verify-full', caFile }, { user: 'reader' });
    expect(failure).toMatchObject({ code: '28000', source: 'server' });
    expect(failure.advice).toMatch(/client certificate/);
  });

  it('encrypts a cancel as it does all else, so that nobody on the way learns its key', async () => {
    const said: Buffer[] = [];
    const proxy = await tcpProxy(cluster.address, {
      fromClient: (bytes, { number }) => {
        said[number] = Buffer.concat([said[number] ?? Buffer.alloc(0), bytes]);
      },
    });
    const { caFile } = certificates;
    const connection = await connect({ mode: 'verify-full', caFile }, { port: proxy.port });
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    await connection.close();
    await proxy.close();
    expect(said.length).toBeGreaterThanOrEqual(2);
    // SSLRequest, then a TLS handshake record; a CancelRequest in the clear would begin with its own code.
    for (const bytes of said) {
      expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
      expect(bytes[8]).toBe(0x16);
      expect(bytes.indexOf(Buffer.from([0x04, 0xd2, 0x16, 0x2e]))).toBe(-1);
    }
  });

  it('says which file it can’t read', async () => {
    const failure = await refused({ mode: 'verify-full', caFile: '/nowhere/ca.pem' });
    expect(failure).toMatchObject({ code: 'tls.file', source: 'client' });
    expect(failure.message).toContain('/nowhere/ca.pem');
  });

  it('disable is refused by a server that wants encryption, with advice', async () => {
    const failure = await refused({ mode: 'disable' }, { host: '127.0.0.1' });
    expect(failure).toMatchObject({ code: '28000', source: 'server' });
    expect(failure.advice).toMatch(/without encryption. Try a TLS mode other than disable/);
  });

  it('a server without TLS is said to have none', async () => {
    const plain = await makeCluster();
    try {
      const error = await postgresDriver()
        .connect(targetOf(plain.address, { mode: 'verify-full' }), {
          password: () => plain.address.password,
          signal: AbortSignal.timeout(5000),
          applicationName: 'querytape tls',
          readOnly: false,
          onLost: () => {},
        })
        .catch((reason: unknown) => reason);
      expect((error as DriverError).failure).toMatchObject({ code: 'tls.notOffered', source: 'connection' });
      expect((error as DriverError).failure.advice).toMatch(/no encrypted/);
    } finally {
      await plain.remove();
    }
  });

  it('a row of 64 MiB and 50 rows of 1 MiB come whole through TLS', async () => {
    const connection = await connect({ mode: 'require' });
    const { rows } = await run(connection, "select repeat('0123456789abcdef', 4 * 1024 * 1024)");
    expect(rows[0]?.[0]?.length).toBe(64 * 1024 * 1024);
    const many = await run(connection, "select i, repeat('x', 1024 * 1024) from generate_series(1, 50) i");
    expect(many.rows.map(([i, text]) => [i, text?.length])).toEqual(
      Array.from({ length: 50 }, (_, i) => [`${i + 1}`, 1024 * 1024]),
    );
    await connection.close();
  });
});

driverContract('PostgreSQL over TLS', () => {
  const engine = postgresEngine(cluster.address, {
    tls: { mode: 'verify-full', caFile: certificates.caFile },
    host: 'localhost',
  });
  const fromOutside = postgresEngine(ADMIN());
  return { ...engine, processes: fromOutside.processes, kill: fromOutside.kill };
});
