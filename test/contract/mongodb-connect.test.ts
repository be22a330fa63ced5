import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { type Certificates, makeCertificates } from '../servers/certificates.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { connectContract, diallerOf, withListener } from './connect-contract.ts';
import { type CuttingProxy, cuttingProxy, mongodbEngine, provided, targetOf } from './mongodb-engine.ts';
import { ask, run } from './running.ts';
import { engineThroughTunnel } from './ssh/engine-through-tunnel.ts';
import { TLS_HANDSHAKE, tlsContract } from './tls-contract.ts';

const USER = { user: 'someone', password: 'a secret & more' };

describe('connecting to MongoDB', () => {
  let plain: MongoDouble;
  let secure: MongoDouble;
  let certificates: Certificates;
  let cutting: CuttingProxy;

  const dialler = diallerOf(() => ({
    driver: mongodbDriver(),
    target: targetOf({ ...USER, host: '127.0.0.1', port: plain.port }),
    password: USER.password,
  }));
  const { dial, failureOf } = dialler;

  beforeAll(async () => {
    cutting = await cuttingProxy(provided());
    certificates = await makeCertificates('someone');
    plain = await startMongoDouble(USER);
    const { certificate, key } = certificates.server;
    secure = await startMongoDouble({ ...USER, tls: { certificate, key } });
    // What a statement sleeps at.
    const connection = await dial({ target: { port: secure.port, tls: { mode: 'require' } } });
    await ask(connection, 'db.c.insertOne({_id: 1})');
    await connection.close();
  });
  afterAll(async () => {
    await cutting.close();
    await plain.close();
    await secure.close();
    await certificates.remove();
  });

  connectContract({ wrongPassword: { code: '18' }, noSockets: ['/nowhere'] }, dialler);

  it('reports a password that is proved by SHA-1 in the clear, and no other', async () => {
    const authMechanism = 'SCRAM-SHA-1' as const;
    const weak = await dial({ target: { mongo: { directConnection: true, authMechanism } } });
    expect(weak.server).toMatchObject({ encrypted: false, weakSignIn: 'sha1' });
    await weak.close();
    const tls = { mode: 'require' } as const;
    const encrypted = await dial({
      target: { port: secure.port, tls, mongo: { directConnection: true, authMechanism } },
    });
    expect(encrypted.server).not.toHaveProperty('weakSignIn');
    await encrypted.close();
    const strong = await dial();
    expect(strong.server).not.toHaveProperty('weakSignIn');
    await strong.close();
  });

  it('reports a missing password', async () => {
    expect(await failureOf({ password: undefined })).toMatchObject({
      code: 'password.missing',
      source: 'client',
    });
  });

  it('without a user it connects, and the server says what may not be done', async () => {
    const connection = await dial({ target: { user: '' } });
    expect(connection.server.capabilities.cancel).toBe('bestEffort');
    const { end } = await run(connection, 'db.c.find()');
    expect(end).toMatchObject({ type: 'failed', failure: { code: '13' }, usable: true });
    await connection.close();
  });

  it('an unknown seed list is a failure of names', async () => {
    const host = 'no-such-host.invalid';
    const { code } = await failureOf({ target: { host, mongo: { srv: true } } });
    expect(code).toMatch(/^(ENOTFOUND|ENODATA|EAI_AGAIN|ECONNREFUSED|ESERVFAIL|ETIMEOUT)$/);
  });

  it.each([
    [80, 'tls.internalError', /Atlas.*IP access list/],
    [40, 'tls.handshake', /cipher/],
    [116, 'tls.clientCertificate', /client certificate/],
    [70, 'tls.version', /TLS version/],
    [112, 'tls.serverName', /server name/],
  ])('a server that ends the handshake by alert %i is reported by what that means', (alert, code, advice) =>
    withListener(
      // A record of TLS: type alert, version, length 2; level fatal, description (RFC 8446, section 6).
      (socket) => void socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, alert]))),
      async (port) => {
        const failure = await failureOf({ target: { port, tls: { mode: 'require' } } });
        expect(failure).toMatchObject({ code, advice: expect.stringMatching(advice) });
      },
    ),
  );

  it('what is not a MongoDB server is reported, also as a member of a replica set', async () => {
    // The second is MySQL's greeting, whose bytes taken for a reply would promise two thousand million documents.
    for (const [words, code] of [
      ['HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', 'protocol.violated'],
      [`\x4a\x00\x00\x00\x0a8.0.36\x00${'\x7f'.repeat(62)}`, 'protocol.violated'],
      ['', 'connection.closed'],
      ['short', 'protocol.violated'],
    ] as const) {
      await withListener(
        (socket) => void socket.end(Buffer.from(words, 'latin1')),
        async (port) => {
          for (const mongo of [{}, { replicaSet: 'rs0' }])
            expect((await failureOf({ target: { port, mongo } })).code).toBe(code);
        },
      );
    }
  });

  it('finds the primary of a replica set by its name, and refuses one of another name', async () => {
    const connection = await dial({ target: { mongo: { replicaSet: 'rs0' } } });
    expect(connection.server.capabilities.transactions).toBe(true);
    await connection.close();
    const failure = await failureOf({
      target: { mongo: { replicaSet: 'other' } },
      signal: AbortSignal.timeout(2000),
    });
    expect(failure.source).not.toBe('server');
  });

  describe('TLS', () => {
    tlsContract(
      {
        sleep: 'db.c.find({ $where: "sleep(60000) || true" })',
        // Its port takes TLS alone, so an answer tells.
        async isEncrypted(connection) {
          await ask(connection, 'db.c.find()');
          return true;
        },
        begins: (bytes) => bytes[0] === TLS_HANDSHAKE,
        secret: 'killOp',
        plain: async () => ({ port: plain.port, remove: async () => undefined }),
        notOffered: /^(tls\.failed|ECONNRESET|connection\.closed)$/,
      },
      () => ({
        driver: mongodbDriver(),
        target: targetOf({ ...USER, host: 'localhost', port: secure.port }),
        password: USER.password,
        certificates,
      }),
    );
  });

  engineThroughTunnel(
    'MongoDB',
    () => mongodbEngine(provided(), cutting),
    () => ({
      driver: mongodbDriver(),
      target: targetOf(
        { ...USER, host: 'localhost', port: secure.port },
        { mode: 'verify-full', caFile: certificates.caFile },
      ),
      password: USER.password,
    }),
  );

  it('verifies a routed server by the name that the route says, whatever the target names', async () => {
    const route = { host: '127.0.0.1', port: secure.port, tlsServerName: 'localhost' };
    const { caFile } = certificates;
    for (const mongo of [{}, { replicaSet: 'rs0' }, { srv: true }]) {
      const target = {
        host: 'unreachable.invalid',
        port: 1,
        tls: { mode: 'verify-full', caFile },
        mongo,
      } as const;
      const connection = await dial({ target, route });
      expect(connection.server.encrypted).toBe(true);
      await connection.close();
      expect(
        await failureOf({ target, route: { ...route, tlsServerName: 'elsewhere.example' } }),
      ).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    }
  });

  it('TLS where there is none, and none where there is TLS, say so', async () => {
    expect((await failureOf({ target: { tls: { mode: 'require' } } })).code).toMatch(
      /^(tls\.failed|ECONNRESET|connection\.closed)$/,
    );
    expect((await failureOf({ target: { port: secure.port } })).code).toMatch(
      /^(ECONNRESET|connection\.closed)$/,
    );
  });
});
