import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { driverContract } from './contract.ts';
import { outside, postgresEngine, targetOf } from './postgres-engine.ts';
import { ask } from './running.ts';
import { engineThroughTunnel } from './ssh/engine-through-tunnel.ts';
import { connectByTls, refusedByTls, TLS_HANDSHAKE, type TlsServer, tlsContract } from './tls-contract.ts';

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

const server = (): TlsServer => ({
  driver: postgresDriver(),
  target: { ...targetOf(cluster.address), host: 'localhost' },
  password: cluster.address.password,
  certificates,
});

/** SSLRequest: its length and its code. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

describe('TLS of PostgreSQL', () => {
  tlsContract(
    {
      sleep: 'select pg_sleep(60)',
      async isEncrypted(connection) {
        const rows = await ask(connection, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()');
        return rows[0]?.[0] === 't';
      },
      begins: (bytes) => bytes.subarray(0, 8).equals(SSL_REQUEST) && bytes[8] === TLS_HANDSHAKE,
      // A CancelRequest in the clear has its own code.
      secret: Buffer.from([0x04, 0xd2, 0x16, 0x2e]),
      async plain() {
        const plain = await makeCluster();
        return { port: plain.address.port, remove: () => plain.remove() };
      },
      notOffered: /^tls\.notOffered$/,
      large: {
        one: "select repeat('0123456789abcdef', 4 * 1024 * 1024)",
        fifty: "select i, repeat('x', 1024 * 1024) from generate_series(1, 50) i",
      },
      certified: { user: 'reader', code: '28000' },
    },
    server,
  );

  it('signs in as the user of a client certificate, and says without one that it is wanted', async () => {
    const { caFile, client } = certificates;
    const connection = await connectByTls(
      server(),
      { mode: 'verify-full', caFile, ...client },
      { user: 'reader' },
    );
    expect(await ask(connection, 'select current_user')).toEqual([['reader']]);
    await connection.close();
    const { advice } = await refusedByTls(server(), { mode: 'verify-full', caFile }, { user: 'reader' });
    expect(advice).toMatch(/client certificate/);
  });

  it('disable is refused by a server that wants encryption, with advice', async () => {
    const failure = await refusedByTls(server(), { mode: 'disable' }, { host: '127.0.0.1' });
    expect(failure).toMatchObject({ code: '28000', source: 'server' });
    expect(failure.advice).toMatch(/without encryption. Try a TLS mode other than “None”/);
  });
});

const overTls = () => {
  const engine = postgresEngine(cluster.address, {
    tls: { mode: 'verify-full', caFile: certificates.caFile },
    host: 'localhost',
  });
  const fromOutside = postgresEngine(ADMIN());
  return { ...engine, processes: fromOutside.processes, kill: fromOutside.kill };
};

driverContract('PostgreSQL over TLS', overTls);
engineThroughTunnel('PostgreSQL over TLS', overTls, overTls);
