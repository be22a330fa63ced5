import type { Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import mysql from 'mysql2';
import { mysqlRows } from '../../events/engines/mysql-rows.ts';
import { OWN_ROWS_BYTES_MAX } from '../../events/limits.ts';
import type { Target } from '../../events/profile.ts';
import type { Column } from '../../events/result.ts';
import { within } from '../deadline.ts';
import { type Dialling as AnyDialling, diallingOf as anyDiallingOf } from '../dialling.ts';
import { DriverError, type SideOptions } from '../driver.ts';
import { KEEPALIVE_DELAY_MS } from '../limits.ts';
import { allowsCleartext } from '../password-trust.ts';
import { openSocket, SocketReading } from '../socket-reading.ts';
import { serverKeyOf } from '../tls.ts';
import { ed25519Plugin } from './ed25519.ts';
import { failureText, serverFailure } from './failure.ts';
import { type GuardedConnection, PacketGuard } from './packet-guard.ts';
import type { StatementOk } from './protocol.ts';
import { SignIn } from './sign-in.ts';
import { type MysqlWire, query, type TextQueryTarget, type WireEnd } from './text-query.ts';
import { columnsOf } from './types.ts';

/** mysql2's Connection with the internals that this driver rests on (mysql2 3.24). */
export interface Client extends MysqlWire, Pick<GuardedConnection, '_command' | 'handlePacket'> {
  sequenceId: number;
  stream: Socket;
  readonly threadId: number | null;
  /** The server's greeting. */
  readonly _handshakePacket?: { readonly serverVersion?: string };
  /** Ours, once the client is made. */
  packetParser: PacketGuard;
  readonly config: { password: unknown; password1: unknown };
  _authPlugin: unknown;
  startTLS: (onSecure: (error?: Error) => void) => void;
  /** Sends COM_QUIT. */
  end(): void;
  on(event: 'connect' | 'error', listener: (error: Error) => void): void;
  once(event: 'connect' | 'error', listener: (error: Error) => void): void;
}

/** What dials a MySQL or MariaDB server. */
export interface Dialling extends AnyDialling {
  /** The server's RSA key as the profile has it, in PEM. */
  readonly serverKey: string | null;
}

/** What dials a target. @throws DriverError `tls.*` for files that can't be used */
export async function diallingOf(target: Target, options: SideOptions): Promise<Dialling> {
  const dialling = await anyDiallingOf(target, options, ({ host }) => socketFile(host));
  return { ...dialling, serverKey: await serverKeyOf(target) };
}

/** The socket's name in the folder that a packaged server puts it in. */
const SOCKET_NAME = 'mysqld.sock';
/** utf8mb4_general_ci, which every server has. `SET NAMES` puts the server's own default collation in its place. */
const UTF8MB4 = 45;

/**
 * What is not asked for: LOCAL_FILES (a server could read this machine's files), MULTI_STATEMENTS (mysql2 asks for it only
 * when configured to), IGNORE_SPACE and ODBC (they change what a statement means), query attributes (they change its packet).
 * What is asked for besides: INTERACTIVE, so that interactive_timeout bounds an idle connection as it does for every client that a
 * user types in, and CAN_HANDLE_EXPIRED_PASSWORDS, so that an expired password can be changed here. FOUND_ROWS stays: an UPDATE counts the rows that it found, as other engines do, and so an edit that finds its row as it was
 * shown counts one row even where the new value is the old one (MySQL manual, "mysql_affected_rows()").
 */
const FLAGS = [
  ...['-LOCAL_FILES', '-IGNORE_SPACE', '-ODBC', '-CLIENT_QUERY_ATTRIBUTES'],
  ...['INTERACTIVE', 'CAN_HANDLE_EXPIRED_PASSWORDS'],
];

/** The socket's file; null for a host on a network. A path that starts with `/` is the socket itself, or the folder that holds it. */
export function socketFile(host: string): string | null {
  if (!host.startsWith('/')) return null;
  return /\.sock(et)?$/.test(host) ? host : `${host.replace(/\/+$/, '')}/${SOCKET_NAME}`;
}

/** A client that dials. It is connected once `connected` says so. */
export function makeClient(dialling: Dialling): Client {
  const { target, tls, password, applicationName, trust, serverKey } = dialling;
  const { host, port, user, database } = target;
  const client: Client = mysql.createConnection({
    ...socketOptions(dialling, (bytes) => client.packetParser.execute(bytes)),
    user,
    // Kept until `connected` has ended.
    password: password() ?? '',
    ...(database === '' ? {} : { database }),
    // Only that there is any, as `startTLS` is ours.
    ...(tls ? { ssl: {} } : {}),
    flags: FLAGS,
    authPlugins: { client_ed25519: ed25519Plugin },
    enableCleartextPlugin: allowsCleartext(trust),
    charsetNumber: UTF8MB4,
    connectAttributes: { program_name: applicationName },
    // Whoever dials has a signal of its own.
    connectTimeout: 0,
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_DELAY_MS,
  } as mysql.ConnectionOptions) as unknown as Client;
  // Without a listener an error of a connection that is being dropped would end the process.
  client.on('error', () => {});
  const plain = client.stream;
  client.packetParser = new PacketGuard(client, client.packetParser, new SignIn(trust, serverKey), {
    isEncrypted: tls !== null,
    server: host.startsWith('/') ? host : `${host}:${port}`,
    reading: new SocketReading(
      () => client.stream,
      () => plain,
    ),
    destroy: (error) => {
      plain.destroy(error);
      if (client.stream !== plain) client.stream.destroy();
    },
  });
  if (tls) client.startTLS = (onSecure) => startTls(client, tls, onSecure);
  return client;
}

/**
 * Where to dial. Without TLS `take` is lent what comes (`openSocket`), and mysql2's own listener gets nothing. A Unix-domain socket
 * that is not trusted is one that mysql2 knows nothing of, as it sends a password in the clear to any.
 */
function socketOptions({ address, trust, tls }: Dialling, take: (bytes: Buffer) => void): object {
  const { host, port } = address;
  const file = socketFile(host);
  if (file !== null)
    return {
      ...(trust === 'socket' ? { socketPath: file } : {}),
      stream: () => openSocket({ path: file }, take),
    };
  if (tls) return { host, port };
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_DELAY_MS };
  return { host, port, stream: () => openSocket({ host, port, ...options }, take) };
}

/**
 * Puts TLS on the socket once the server has said that it can. mysql2's own knows no server name, verifies an address against
 * the name `localhost`, and hides what was wrong; so it is replaced by the same steps with our options.
 */
function startTls(client: Client, tls: ConnectionOptions, onSecure: (error?: Error) => void): void {
  const plain = client.stream;
  plain.removeAllListeners('data');
  let secured = false;
  const secure = connectTls({ ...tls, socket: plain }, () => {
    secured = true;
    client.packetParser.secured();
    onSecure();
  });
  secure.on('error', (error) => {
    if (secured) plain.destroy(error);
    else onSecure(new Error(error.message, { cause: error }));
  });
  secure.on('data', (bytes) => client.packetParser.execute(bytes));
  client.stream = secure;
}

/** Waits until the client is signed in, and lets mysql2 forget the password. Rejects with mysql2's errors. */
export async function connected(client: Client): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
  } finally {
    client.config.password = undefined;
    client.config.password1 = undefined;
    client._authPlugin = undefined;
  }
}

/** Sends COM_QUIT and waits until the socket has closed, or drops it after so many milliseconds. Never rejects. */
export async function quit(client: Client, timeoutMs: number): Promise<void> {
  const { stream } = client;
  if (stream.destroyed) return;
  const closed = new Promise<void>((resolve) => void stream.once('close', resolve));
  client.end();
  await within(closed, timeoutMs);
  stream.destroy();
}

/** Runs a statement of ours while nothing else runs, and gives its rows as text. @throws DriverError */
export async function readText(client: Client, text: string): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  let columns: Column[] = [];
  let rowBytes = 0;
  await settled(client, (target) => query(text, target), {
    rowBytesMax: OWN_ROWS_BYTES_MAX,
    columns: (definitions) => {
      columns = columnsOf(definitions);
    },
    rows: (bytes) => {
      rowBytes += bytes.length;
      if (rowBytes > OWN_ROWS_BYTES_MAX) client.packetParser.violated('more rows than were asked for');
      else
        for (let at = 0; at < bytes.length; at += mysqlRows.rowLength(bytes, at))
          rows.push(mysqlRows.cells(bytes, at, columns));
      return true;
    },
  });
  return rows;
}

/** Runs a command of ours while nothing else runs; resolves with its last OK. Rejects with the server's error, or with what became of the way to it. */
export function settled(
  client: Client,
  make: (target: TextQueryTarget) => Parameters<MysqlWire['addCommand']>[0],
  target: Partial<TextQueryTarget> = {},
): Promise<StatementOk> {
  return new Promise((resolve, reject) => {
    const gone = (): void =>
      command.lose(
        client.packetParser.failure ?? failureText('connection.closed', 'The server closed the connection.'),
      );
    const end = (end: WireEnd): void => {
      client.stream.off('close', gone);
      if (end.type === 'completed') resolve(end.ok);
      else reject(new DriverError(end.type === 'failed' ? serverFailure(end.error) : end.failure));
    };
    const command = make({ columns: () => {}, rows: () => true, status: () => {}, ...target, end });
    client.stream.once('close', gone);
    if (client.stream.destroyed) gone();
    else client.addCommand(command);
  });
}
