import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlDriver } from '../../src/drivers/mysql/driver.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { driverContract } from './contract.ts';
import { makeUser, outside, PASSWORD, PRODUCTS, sequence, sleep } from './mysql-engine.ts';
import { ask } from './running.ts';
import { engineThroughTunnel } from './ssh/engine-through-tunnel.ts';
import { connectByTls, refusedByTls, TLS_HANDSHAKE, type TlsServer, tlsContract } from './tls-contract.ts';

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

  const tlsServer = (): TlsServer => ({
    driver: mysqlDriver(engine),
    target: { ...targetOf(server.address), host: 'localhost' },
    password: PASSWORD,
    certificates,
  });

  describe('TLS', () => {
    tlsContract(
      {
        sleep: sleep(60_000),
        async isEncrypted(connection) {
          const rows = await ask(connection, "SHOW STATUS LIKE 'Ssl_cipher'");
          return (rows[0]?.[1] ?? '') !== '';
        },
        // SSLRequest of 32 bytes and a header.
        begins: (bytes) => bytes.readUIntLE(0, 3) === 32 && bytes[36] === TLS_HANDSHAKE,
        secret: 'KILL',
        async plain() {
          const plain = await makeServer(product === 'MySQL' ? { settings: { 'tls-version': '' } } : {});
          await makeUser(plain.address);
          return { port: plain.address.port, remove: () => plain.remove() };
        },
        notOffered: /^tls\.notOffered$/,
        large: {
          one: "SELECT REPEAT('0123456789abcdef', 4 * 1024 * 1024)",
          fifty: `SELECT seq, REPEAT('x', 1024 * 1024) FROM ${sequence(50)}`,
        },
        certified: { user: 'reader', code: '1045' },
      },
      tlsServer,
    );

    it('disable is refused by a server that wants encryption, with advice', async () => {
      const refused = (over: { host?: string; user?: string }) =>
        refusedByTls(tlsServer(), { mode: 'disable' }, over);
      expect(await refused({ user: 'secret' })).toMatchObject({
        code: product === 'MySQL' ? 'auth.needsEncryption' : '1045',
      });
      await outside(server.address, 'SET GLOBAL require_secure_transport = ON');
      try {
        const failure = await refused({ host: '127.0.0.1' });
        // MariaDB's own words for it are those of a wrong password; MySQL's are 3159.
        const code = product === 'MySQL' ? '3159' : '1045';
        expect(failure).toMatchObject({ code, source: 'server' });
        expect(failure.advice).toMatch(/TLS mode/);
      } finally {
        const { user, password } = server.address;
        const admin = await connectByTls({ ...tlsServer(), password }, { mode: 'require' }, { user });
        await ask(admin, 'SET GLOBAL require_secure_transport = OFF');
        await admin.close();
      }
    });
  });

  const overTls = () => {
    const tls = mysqlEngine(server.address, {
      tls: { mode: 'verify-full', caFile: certificates.caFile },
      host: 'localhost',
    });
    // Over TLS MySQL is sent the password that it asks for, and refuses it in its own words.
    return { ...tls, codes: { ...tls.codes, wrongPassword: '1045' } };
  };

  driverContract(`${product} over TLS`, overTls);
  engineThroughTunnel(`${product} over TLS`, overTls, overTls);
});
