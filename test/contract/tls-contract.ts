import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { type Connection, type Driver, DriverError } from '../../src/drivers/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target, Tls } from '../../src/events/profile.ts';
import { type Certificates, KEY_PASSPHRASE } from '../servers/certificates.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { CancelLog, Collector, run, until } from './running.ts';

/** A server with a certificate for `localhost`, and what a connection to it needs. */
export interface TlsServer {
  readonly driver: Driver;
  /** Dials it as `localhost`. */
  readonly target: Target;
  readonly password: string;
  readonly certificates: Certificates;
}

/** TLS in an engine's words. */
export interface TlsWords {
  /** A statement that runs for a minute. */
  readonly sleep: string;
  /** Whether the server says that a connection is encrypted. */
  isEncrypted(connection: Connection): Promise<boolean>;
  /** Whether the first bytes of a client ask for TLS, where the protocol does, and begin its handshake. */
  begins(bytes: Buffer): boolean;
  /** What no client says in the clear once it is encrypted. */
  readonly secret: string | Buffer;
  /** Starts a server without TLS, which the target reaches by another port. */
  plain(): Promise<{ readonly port: number; remove(): Promise<void> }>;
  /** What becomes of a connection to it. */
  readonly notOffered: RegExp;
  /** A row of 64 MiB of text, and numbered rows of 1 MiB; left out where a row can't be so large. */
  readonly large?: { readonly one: string; readonly fifty: string };
  /** An account that signs in by a client certificate, and how it is refused without one. */
  readonly certified?: { readonly user: string; readonly code: string };
}

/** The start of a record of TLS's handshake (RFC 8446, section 5.1). */
export const TLS_HANDSHAKE = 0x16;

const UNKNOWN_AUTHORITY = /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;
const ANOTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

type Over = Partial<Pick<Target, 'host' | 'port' | 'user'>>;

/** Opens a connection by a TLS mode. @throws DriverError */
export function connectByTls(
  { driver, target, password }: Omit<TlsServer, 'certificates'>,
  tls: Tls,
  over: Over = {},
): Promise<Connection> {
  return driver.connect(
    { ...target, tls, ...over },
    {
      password: () => password,
      tlsPassphrase: () => KEY_PASSPHRASE,
      signal: AbortSignal.timeout(15_000),
      applicationName: 'querytape tls',
      readOnly: false,
      onLost: () => {},
    },
  );
}

/** Why a connection by a TLS mode is refused. */
export async function refusedByTls(
  server: Omit<TlsServer, 'certificates'>,
  tls: Tls,
  over: Over = {},
): Promise<FailureText> {
  const error = await connectByTls(server, tls, over).then(
    (connection) => connection.close().then(() => null),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DriverError);
  return (error as DriverError).failure;
}

/** What every driver has to keep of TLS. */
export function tlsContract(words: TlsWords, server: () => TlsServer): void {
  const connect = (tls: Tls, over?: Over): Promise<Connection> => connectByTls(server(), tls, over);
  const refused = (tls: Tls, over?: Over): Promise<FailureText> => refusedByTls(server(), tls, over);
  const address = { host: '127.0.0.1' } as const;

  /** Encrypted, as the driver says and by the server's own word. */
  async function encrypts(tls: Tls, over?: Over): Promise<void> {
    const connection = await connect(tls, over);
    expect(connection.server.encrypted).toBe(true);
    expect(await words.isEncrypted(connection)).toBe(true);
    await connection.close();
  }

  /** Cancels a statement that runs. */
  async function cancels(connection: Connection): Promise<void> {
    const execution = connection.execute(words.sleep, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
  }

  it('require encrypts and verifies nothing', async () => {
    await encrypts({ mode: 'require' });
    await encrypts({ mode: 'require' }, address);
  });

  it('verify-ca takes a known CA under any host name, and no other CA', async () => {
    const { caFile, otherCaFile } = server().certificates;
    await encrypts({ mode: 'verify-ca', caFile });
    await encrypts({ mode: 'verify-ca', caFile }, address);
    for (const tls of [{ mode: 'verify-ca', caFile: otherCaFile }, { mode: 'verify-ca' }] as const) {
      const failure = await refused(tls);
      expect(failure.code).toMatch(UNKNOWN_AUTHORITY);
      expect(failure.advice).toMatch(/CA/);
    }
  });

  it.each(['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])(
    'a hostile server: without a CA file the system’s store decides, which %s changes',
    async (variable) => {
      const { caFile, otherCaFile } = server().certificates;
      const folder = await mkdtemp(join(tmpdir(), 'querytape-store-'));
      await copyFile(caFile, join(folder, 'ca.pem'));
      try {
        expect((await refused({ mode: 'verify-full' })).code).toMatch(UNKNOWN_AUTHORITY);
        vi.stubEnv(variable, variable === 'SSL_CERT_DIR' ? folder : caFile);
        await encrypts({ mode: 'verify-full' });
        await encrypts({ mode: 'verify-ca' }, address);
        expect((await refused({ mode: 'verify-full' }, address)).code).toBe(ANOTHER_NAME);
        vi.stubEnv(variable, otherCaFile);
        if (variable !== 'SSL_CERT_DIR')
          expect((await refused({ mode: 'verify-full' })).code).toMatch(UNKNOWN_AUTHORITY);
        vi.stubEnv(variable, '/nonexistent');
        const unreadable = await refused({ mode: 'verify-full' });
        expect(unreadable).toMatchObject({ code: 'tls.trustStore', source: 'client' });
        await encrypts({ mode: 'verify-full', caFile });
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
    expect(advice).toMatch(/weaker mode “Encrypt”/);
  });

  it('verify-full takes the right host only, and no address where the certificate has a name', async () => {
    const { caFile, otherCaFile } = server().certificates;
    await encrypts({ mode: 'verify-full', caFile });
    const failure = await refused({ mode: 'verify-full', caFile }, address);
    expect(failure.code).toBe(ANOTHER_NAME);
    expect(failure.advice).toMatch(/another host name/);
    expect((await refused({ mode: 'verify-full', caFile: otherCaFile })).advice).toMatch(/CA/);
  });

  it('verify-full verifies the server name where one is given, as through a tunnel', async () => {
    const { caFile } = server().certificates;
    const tls = { mode: 'verify-full', caFile, serverName: 'localhost' } as const;
    await encrypts(tls, address);
    expect((await refused({ ...tls, serverName: 'db.example' })).code).toBe(ANOTHER_NAME);
  });

  it('says which file it can’t read', async () => {
    const failure = await refused({ mode: 'verify-full', caFile: '/nowhere/ca.pem' });
    expect(failure).toMatchObject({ code: 'tls.file', source: 'client' });
    expect(failure.message).toContain('/nowhere/ca.pem');
  });

  it('encrypts a cancel as it does all else, so that no one on the way reads what it says', async () => {
    const { target, certificates } = server();
    const sent: Buffer[] = [];
    const proxy = await tcpProxy(
      { host: '127.0.0.1', port: target.port },
      {
        fromClient: (bytes, { number }) => {
          sent[number] = Buffer.concat([sent[number] ?? Buffer.alloc(0), bytes]);
        },
      },
    );
    const tls = { mode: 'verify-full', caFile: certificates.caFile } as const;
    const connection = await connect(tls, { port: proxy.port });
    await cancels(connection);
    await connection.close();
    await proxy.close();
    const said = sent.filter((bytes) => bytes !== undefined);
    expect(said.length).toBeGreaterThanOrEqual(2);
    for (const bytes of said) {
      expect(words.begins(bytes)).toBe(true);
      expect(bytes.includes(words.secret)).toBe(false);
    }
  });

  it('cancels by the certificates as they are now, and says at once why it can’t', async () => {
    const { caFile: good, otherCaFile } = server().certificates;
    const folder = await mkdtemp(join(tmpdir(), 'querytape-renewed-'));
    const caFile = join(folder, 'ca.pem');
    await copyFile(good, caFile);
    const connection = await connect({ mode: 'verify-full', caFile });
    try {
      const execution = connection.execute(words.sleep, new Collector());
      await new Promise((resolve) => setTimeout(resolve, 50));
      await copyFile(otherCaFile, caFile);
      const log = new CancelLog();
      execution.cancel(log);
      await until('it is refused', () => log.refusals.length > 0);
      expect(log.refusals[0]).toMatchObject({
        code: expect.stringMatching(UNKNOWN_AUTHORITY),
        severity: 'WARNING',
        message: expect.stringMatching(/^Not cancelled: /),
        advice: expect.stringContaining('a certificate was exchanged since'),
      });
      await copyFile(good, caFile);
      expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
      expect(log.steps).not.toContain('terminate');
    } finally {
      await connection.close();
      await rm(folder, { recursive: true });
    }
  });

  it('reports a server without TLS as one', async () => {
    const plain = await words.plain();
    try {
      const failure = await refused({ mode: 'verify-full' }, { port: plain.port });
      expect(failure).toMatchObject({ code: expect.stringMatching(words.notOffered), source: 'connection' });
      expect(failure.advice).toBeTruthy();
    } finally {
      await plain.remove();
    }
  });

  const { certified, large } = words;
  if (certified)
    it('signs in by a client certificate, also for its cancel, and by one whose key is encrypted', async () => {
      const { caFile, client, encryptedKeyFile } = server().certificates;
      const { user, code } = certified;
      for (const keyFile of [client.keyFile, encryptedKeyFile]) {
        const connection = await connect({ mode: 'verify-full', caFile, ...client, keyFile }, { user });
        await cancels(connection);
        await connection.close();
      }
      expect(await refused({ mode: 'verify-full', caFile }, { user })).toMatchObject({
        code,
        source: 'server',
      });
    });

  if (large) {
    it('loses a paused result when its connection is reset, not when it is read on', async () => {
      let cut = (): void => {};
      const proxy = await tcpProxy(
        { host: '127.0.0.1', port: server().target.port },
        {
          fromServer(bytes, proxied) {
            cut = proxied.cut;
            return [bytes];
          },
        },
      );
      const connection = await connect({ mode: 'require' }, { port: proxy.port });
      const sink = new Collector({ keep: false, goOn: () => false });
      const execution = connection.execute(large.fifty, sink);
      await until('rows come', () => sink.count > 0);
      cut();
      expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      await proxy.close();
    });

    it('brings a row of 64 MiB and 50 rows of 1 MiB whole through TLS', async () => {
      const connection = await connect({ mode: 'require' });
      const { rows } = await run(connection, large.one);
      expect(rows[0]?.[0]?.length).toBe(64 * 1024 * 1024);
      const many = await run(connection, large.fifty);
      expect(many.rows.map(([n, text]) => [n, text?.length])).toEqual(
        Array.from({ length: 50 }, (_, n) => [`${n + 1}`, 1024 * 1024]),
      );
      await connection.close();
    });
  }
}
