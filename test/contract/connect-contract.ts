import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { type Connection, type Driver, DriverError, type Route } from '../../src/drivers/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target } from '../../src/events/profile.ts';
import { freePort } from '../servers/postgres-cluster.ts';
import { CancelLog, Collector, until } from './running.ts';

/** What is dialled otherwise than the server that a test is given. */
export interface Over {
  readonly target?: Partial<Target>;
  readonly password?: string | undefined;
  readonly signal?: AbortSignal;
  readonly route?: Route;
  readonly readOnly?: boolean;
}

/** Dials a server, and says why it is refused. */
export interface Dialler {
  dial(over?: Over): Promise<Connection>;
  /** The failure of a connection that is refused, whose code and advice have the shape that all have. */
  failureOf(over?: Over): Promise<FailureText>;
}

export function diallerOf(
  server: () => { readonly driver: Driver; readonly target: Target; readonly password: string },
): Dialler {
  const dial = (over: Over = {}): Promise<Connection> => {
    const { driver, target, password } = server();
    return driver.connect(
      { ...target, ...over.target },
      {
        password: () => ('password' in over ? over.password : password),
        signal: over.signal ?? AbortSignal.timeout(60_000),
        applicationName: 'querytape connect',
        readOnly: over.readOnly ?? false,
        ...(over.route ? { route: over.route } : {}),
        onLost: () => {
          throw new Error('a connection that was not made can’t be lost');
        },
      },
    );
  };
  const failureOf = async (over?: Over): Promise<FailureText> => {
    const startedAt = performance.now();
    const error = await dial(over).then(
      (connection) => connection.close().then(() => null),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DriverError);
    expect(performance.now() - startedAt).toBeLessThan(9000);
    const { failure } = error as DriverError;
    expect(failure.code).toMatch(/^[A-Za-z0-9_.-]{1,48}$/);
    expect(failure.advice).toMatch(/^[A-Z].*\.$/);
    expect(JSON.stringify(failure)).not.toContain(WRONG_PASSWORD);
    return failure;
  };
  return { dial, failureOf };
}

/** In no failure's text. */
const WRONG_PASSWORD = 'wrong secret';

/** Listens for as long as the work takes, and answers each connection. */
export async function withListener<T>(
  answer: (socket: Socket) => void,
  work: (port: number) => Promise<T>,
): Promise<T> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work((server.address() as { port: number }).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Connecting in an engine's words. */
export interface ConnectWords {
  /** The code of a wrong password, over the TLS that the server wants for it. */
  readonly wrongPassword: { readonly code: string; readonly target?: Partial<Target> };
  /** Hosts that name a Unix-domain socket which does not exist. */
  readonly noSockets: readonly string[];
  /** A server's own Unix-domain socket: its target and password, and a statement that runs for a minute. */
  socket?(): {
    readonly hosts: readonly string[];
    readonly target: Target;
    readonly password: string;
    readonly sleep: string;
  };
  /** How many connections of this test the server has. */
  left?(): Promise<number>;
}

const ENDED = /^(protocol\.violated|connection\.closed|ECONNRESET|EPIPE)$/;

/** What every driver has to keep of connecting. */
export function connectContract(words: ConnectWords, { dial, failureOf }: Dialler): void {
  it('a wrong password is the server’s to refuse', async () => {
    const { code, target = {} } = words.wrongPassword;
    expect(await failureOf({ password: WRONG_PASSWORD, target })).toMatchObject({ code, source: 'server' });
  });

  it('a port where nothing listens is ECONNREFUSED, by address and by name', async () => {
    const port = await freePort();
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await failureOf({ target: { host, port } })).toMatchObject({
        code: 'ECONNREFUSED',
        source: 'connection',
      });
  });

  it('an unknown host is a failure of names', async () => {
    const { code } = await failureOf({ target: { host: 'no-such-host.invalid' } });
    expect(code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('a folder without a socket is ENOENT', async () => {
    for (const host of words.noSockets) expect((await failureOf({ target: { host } })).code).toBe('ENOENT');
  });

  it.each(['disable', 'require'] as const)(
    'a server that never answers is given up when the signal ends it, with the TLS mode %s',
    (mode) =>
      withListener(
        () => {},
        async (port) => {
          const target = { port, tls: { mode } };
          expect(await failureOf({ target, signal: AbortSignal.timeout(200) })).toMatchObject({
            code: 'connect.aborted',
          });
        },
      ),
  );

  it('nothing is dialled for a signal that came before', async () => {
    expect((await failureOf({ signal: AbortSignal.abort() })).code).toBe('connect.aborted');
  });

  it.each([
    ['a server that hangs up at once', ''],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'],
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['zeros', '\0'.repeat(64)],
    ['few bytes', 'short'],
  ])('%s is not taken for a server of this engine', (_what, greeting) =>
    withListener(
      (socket) => void (greeting === '' ? socket.destroy() : socket.end(greeting, 'latin1')),
      async (port) => {
        const { code } = await failureOf({ target: { port }, signal: AbortSignal.timeout(3000) });
        expect(code).toMatch(ENDED);
      },
    ),
  );

  const { socket, left } = words;
  if (socket)
    it('goes through a Unix-domain socket, where TLS does not apply, and cancels there', async () => {
      const { hosts, target, password, sleep } = socket();
      for (const host of hosts) {
        const tls = { mode: 'verify-full' } as const;
        const connection = await dial({ target: { ...target, tls, host }, password });
        expect(connection.server.encrypted).toBe(false);
        const execution = connection.execute(sleep, new Collector());
        execution.cancel(new CancelLog());
        expect(await execution.ended).toMatchObject({ stopped: true, usable: true });
        await connection.close();
      }
    });

  if (left)
    it('leaves no connection on the server when it is given up half-way', async () => {
      for (let n = 0; n < 20; n++) {
        const abort = new AbortController();
        const dialling = dial({ signal: abort.signal }).then(
          (connection) => connection.close(),
          () => {},
        );
        setTimeout(() => abort.abort(), n / 2);
        await dialling;
      }
      await until('nothing is left', async () => (await left()) === 0);
    });
}
