import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { mysqlDriver } from '../../src/drivers/mysql/driver.ts';
import type { Tls } from '../../src/events/profile.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { driverContract } from './contract.ts';
import { makeUser, outside, PASSWORD, PRODUCTS, sequence, sleep } from './mysql-engine.ts';
import { ask, CancelLog, Collector, run } from './running.ts';

describe.each(PRODUCTS)('$product', ({ product, engine, makeServer, targetOf, mysqlEngine }) => {
  let certificates: Certificates;
  let server: MysqlServer;

  beforeAll(async () => {
    certificates = await makeCertificates('reader');
    const { server: own } = certificates;
    server = await makeServer({
      settings: {
        'ssl-cert': '{home}/server.crt',
        'ssl-key': '{home}/server.key',
        'ssl-ca': '{home}/ca.crt',
      },
      files: { 'server.crt': own.certificate, 'server.key': own.key, 'ca.crt': own.ca },
    });
    await makeUser(server.address);
    await outside(
      server.address,
      `CREATE USER reader@'%' IDENTIFIED BY '${PASSWORD}' REQUIRE X509`,
      `CREATE USER secret@'%' IDENTIFIED BY '${PASSWORD}' REQUIRE SSL`,
    );
  });
  afterAll(async () => {
    await server?.remove();
    await certificates?.remove();
  });

  type Over = { host?: string; user?: string; port?: number };

  async function connect(tls: Tls, over: Over = {}): Promise<Connection> {
    return mysqlDriver(engine).connect(
      { ...targetOf(server.address, tls), host: 'localhost', ...over },
      {
        password: () => PASSWORD,
        signal: AbortSignal.timeout(10_000),
        applicationName: 'querytape tls',
        readOnly: false,
        onLost: () => {},
      },
    );
  }

  async function refused(tls: Tls, over: Over = {}) {
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
    const rows = await ask(connection, "SHOW STATUS LIKE 'Ssl_cipher'");
    await connection.close();
    return (rows[0]?.[1] ?? '') !== '';
  }

  describe('TLS', () => {
    it('require encrypts and verifies nothing', async () => {
      expect(await isEncrypted(await connect({ mode: 'require' }))).toBe(true);
      expect(await isEncrypted(await connect({ mode: 'require' }, { host: '127.0.0.1' }))).toBe(true);
    });

    it('verify-ca takes a known CA under any host name, and no other CA', async () => {
      const { caFile, otherCaFile } = certificates;
      expect(await isEncrypted(await connect({ mode: 'verify-ca', caFile }))).toBe(true);
      expect(await isEncrypted(await connect({ mode: 'verify-ca', caFile }, { host: '127.0.0.1' }))).toBe(
        true,
      );
      for (const tls of [{ mode: 'verify-ca', caFile: otherCaFile }, { mode: 'verify-ca' }] as const) {
        const failure = await refused(tls);
        expect(failure.code).toMatch(/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/);
        expect(failure.advice).toMatch(/CA/);
      }
    });

    it('a hostile server: without a CA file the system’s store decides on MySQL and MariaDB', async () => {
      const unknown = /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;
      expect((await refused({ mode: 'verify-full' })).code).toMatch(unknown);
      vi.stubEnv('SSL_CERT_FILE', certificates.caFile);
      try {
        expect(await isEncrypted(await connect({ mode: 'verify-full' }))).toBe(true);
        const failure = await refused({ mode: 'verify-full' }, { host: '127.0.0.1' });
        expect(failure.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
      } finally {
        vi.unstubAllEnvs();
      }
      expect((await refused({ mode: 'verify-full' })).code).toMatch(unknown);
    });

    it('verify-full takes the right host only, an address least of all', async () => {
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
      const execution = connection.execute(sleep(60_000), new Collector());
      execution.cancel(new CancelLog());
      expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
      await connection.close();
      expect(await refused({ mode: 'verify-full', caFile }, { user: 'reader' })).toMatchObject({
        code: '1045',
        source: 'server',
      });
    });

    it('encrypts a cancel as it does all else', async () => {
      const said: Buffer[] = [];
      const proxy = await tcpProxy(server.address, {
        fromClient: (bytes, { number }) => {
          said[number] = Buffer.concat([said[number] ?? Buffer.alloc(0), bytes]);
        },
      });
      const { caFile } = certificates;
      const connection = await connect({ mode: 'verify-full', caFile }, { port: proxy.port });
      const execution = connection.execute(sleep(60_000), new Collector());
      execution.cancel(new CancelLog());
      expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
      await connection.close();
      await proxy.close();
      expect(said.length).toBeGreaterThanOrEqual(2);
      // SSLRequest of 32 bytes and a header, then a TLS handshake record.
      for (const bytes of said) {
        expect(bytes.readUIntLE(0, 3)).toBe(32);
        expect(bytes[36]).toBe(0x16);
        expect(bytes.includes('KILL') || bytes.includes('SLEEP')).toBe(false);
      }
    });

    it('disable is refused by a server that wants encryption, with advice', async () => {
      expect(await refused({ mode: 'disable' }, { user: 'secret' })).toMatchObject({
        code: product === 'MySQL' ? 'auth.needsEncryption' : '1045',
      });
      await outside(server.address, 'SET GLOBAL require_secure_transport = ON');
      try {
        const failure = await refused({ mode: 'disable' }, { host: '127.0.0.1' });
        // MariaDB's own words for it are those of a wrong password; MySQL's are 3159.
        const code = product === 'MySQL' ? '3159' : '1045';
        expect(failure).toMatchObject({ code, source: 'server' });
        expect(failure.advice).toMatch(/TLS mode/);
      } finally {
        const admin = mysqlDriver(engine).connect(
          { ...targetOf(server.address, { mode: 'require' }), user: server.address.user },
          {
            password: () => server.address.password,
            signal: AbortSignal.timeout(5000),
            applicationName: 'admin',
            readOnly: false,
            onLost: () => {},
          },
        );
        await ask(await admin, 'SET GLOBAL require_secure_transport = OFF');
        await (await admin).close();
      }
    });

    it('a server without TLS is said to have none', async () => {
      const plain = await makeServer(product === 'MySQL' ? { settings: { 'tls-version': '' } } : {});
      try {
        await makeUser(plain.address);
        const failure = await refused({ mode: 'verify-full' }, { port: plain.address.port });
        expect(failure).toMatchObject({ code: 'tls.notOffered', source: 'connection' });
        expect(failure.advice).toMatch(/no encrypted/);
      } finally {
        await plain.remove();
      }
    });

    it('a row of 64 MiB and 50 rows of 1 MiB come whole through TLS', async () => {
      const connection = await connect({ mode: 'require' });
      const { rows } = await run(connection, "SELECT REPEAT('0123456789abcdef', 4 * 1024 * 1024)");
      expect(rows[0]?.[0]?.length).toBe(64 * 1024 * 1024);
      const many = await run(connection, `SELECT seq, REPEAT('x', 1024 * 1024) FROM ${sequence(50)}`);
      expect(many.rows.map(([n, text]) => [n, text?.length])).toEqual(
        Array.from({ length: 50 }, (_, n) => [`${n + 1}`, 1024 * 1024]),
      );
      await connection.close();
    });
  });

  driverContract(`${product} over TLS`, () => {
    const overTls = mysqlEngine(server.address, {
      tls: { mode: 'verify-full', caFile: certificates.caFile },
      host: 'localhost',
    });
    // Over TLS MySQL is sent the password that it asks for, and refuses it in its own words.
    return { ...overTls, codes: { ...overTls.codes, wrongPassword: '1045' } };
  });
});
