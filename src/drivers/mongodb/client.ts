import type { Socket } from 'node:net';
import { MongoClient, type MongoClientOptions } from 'mongodb';
import {
  type MongoHost,
  mongoHostText,
  mongoSocketFile,
  readMongoHost,
} from '../../events/engines/mongodb-hosts.ts';
import type { FailureText } from '../../events/failure.ts';
import { CONNECT_TIMEOUT_MS } from '../../events/limits.ts';
import type { Target } from '../../events/profile.ts';
import { LASTING_TLS } from '../cancel-loop.ts';
import { type Dialling as AnyDialling, addressOf } from '../dialling.ts';
import { DriverError, type SideOptions } from '../driver.ts';
import { HEARTBEAT_INTERVAL_MS, KEEPALIVE_DELAY_MS } from '../limits.ts';
import { allowsCleartext, passwordTrustOf } from '../password-trust.ts';
import { tlsOfMembers } from '../tls.ts';
import { driverError, failureOf, failureText } from './failure.ts';
import { GuardedConnection } from './guarded-connection.ts';
import { answering } from './handshake.ts';
import { allSeen, type Member, membersOf, preferred } from './members.ts';

/** What dials a MongoDB server. Its TLS options name no host: each server is checked by the name that it is dialled by. */
export type Dialling = Omit<AnyDialling, 'trust'>;

/** What dials a target. @throws DriverError `tls.*` for files that can't be used */
export async function diallingOf(target: Target, options: SideOptions): Promise<Dialling> {
  const { password, applicationName, route } = options;
  const readTls = () => tlsOfMembers(target, options);
  return { target, ...addressOf(target, route), tls: await readTls(), readTls, password, applicationName };
}

/** What a server says of itself in the handshake (MongoDB manual, "hello"). */
export interface Hello {
  readonly connectionId?: number;
  readonly setName?: string;
  /** How the members of its set name it, `host:port`. */
  readonly me?: string;
  readonly msg?: string;
  readonly isWritablePrimary?: boolean;
  readonly ismaster?: boolean;
  readonly logicalSessionTimeoutMinutes?: number | null;
  readonly topologyVersion?: { readonly processId: { getTimestamp(): Date } };
}

/** A connection of the client's pool, with the internals that this driver rests on (mongodb 7.9). */
export interface PooledConnection extends Pick<GuardedConnection, 'takesLongReply' | 'signsInBySha1'> {
  readonly socket: Socket;
  readonly hello: Hello | null;
  readonly closed: boolean;
  /** Why it was closed. */
  readonly error: Error | null;
  once(event: 'close', listener: () => void): void;
  command(
    namespace: { readonly db: string },
    command: object,
    options: object,
    reply: { make(bytes: Uint8Array): unknown },
  ): Promise<unknown>;
}

/** The rest of those internals: the one server of a direct connection, and its pool. */
interface ClientInternals {
  readonly topology?: {
    readonly s: {
      readonly servers: ReadonlyMap<
        string,
        { readonly pool: { checkOut(options: object): Promise<PooledConnection> } }
      >;
    };
  };
}

/**
 * A client that speaks to one server only and never does anything twice. Its monitor asks for a sign of life and cuts the
 * connection of a server that gives none.
 */
function makeClient(address: string, dialling: Dialling, more: MongoClientOptions): MongoClient {
  const { target, tls } = dialling;
  const { user, mongo = {} } = target;
  const mechanism = mongo.authMechanism;
  if (mechanism === 'MONGODB-AWS') throw new DriverError(NO_AWS);
  const password = user === '' || mechanism === 'MONGODB-X509' ? '' : given(dialling);
  const options = {
    appName: dialling.applicationName,
    maxPoolSize: 1,
    retryReads: false,
    retryWrites: false,
    monitorCommands: false,
    serverSelectionTimeoutMS: CONNECT_TIMEOUT_MS,
    connectTimeoutMS: HEARTBEAT_INTERVAL_MS,
    heartbeatFrequencyMS: HEARTBEAT_INTERVAL_MS,
    serverMonitoringMode: 'poll',
    keepAliveInitialDelay: KEEPALIVE_DELAY_MS,
    connectionType: GuardedConnection,
    tls: tls !== null,
    ...tls,
    ...(user !== '' ? { auth: { username: user, password } } : {}),
    ...(mechanism ? { authMechanism: mechanism } : {}),
    ...(mongo.authSource ? { authSource: mongo.authSource } : {}),
    ...more,
  };
  return new MongoClient(address, options as MongoClientOptions);
}

function given({ password }: Dialling): string {
  const secret = password();
  if (secret) return secret;
  throw new DriverError(failureText('password.missing', 'The server asks for a password.', 'client'));
}

/** A host in a connection string: an IPv6 address in brackets, a socket's path with its slashes escaped. */
function hostText(server: MongoHost): string {
  return server.host.startsWith('/') ? encodeURIComponent(mongoSocketFile(server)) : mongoHostText(server);
}

/** The servers that a target names. */
function seedsOf({ host, port, mongo = {} }: Target): MongoHost[] {
  const others = (mongo.hosts ?? []).map(readMongoHost).filter((one) => one !== null);
  return [{ host, port }, ...others];
}

/** PLAIN sends the password as it is. @throws DriverError `auth.cleartext` where whoever answers could be anyone */
async function mayGoInTheClear({ target, address, isRouted }: Dialling): Promise<void> {
  for (const { host, port } of isRouted ? [address] : seedsOf(target)) {
    const file = host.startsWith('/') ? mongoSocketFile({ host, port }) : null;
    if (!allowsCleartext(await passwordTrustOf(target.tls, file))) throw new DriverError(PLAIN_REFUSED);
  }
}

/** A client and the one connection of it that is used, from its handshake to its end. */
export interface OpenClient {
  readonly client: MongoClient;
  readonly connection: PooledConnection;
  readonly hello: Hello;
  /** The server that was found; the side connection goes there too. */
  readonly dialling: Dialling;
}

/**
 * Dials a server. Where the target names a deployment of several, the one that its read preference wants is looked for first;
 * what is then dialled is that one server. @throws DriverError, or the driver's own errors
 */
export async function openClient(dialling: Dialling, signal: AbortSignal): Promise<OpenClient> {
  const { mongo = {} } = dialling.target;
  const { srv, replicaSet, hosts, readPreference } = mongo;
  if (mongo.authMechanism === 'PLAIN') await mayGoInTheClear(dialling);
  // A route leads to one server.
  const isDirect =
    dialling.isRouted || mongo.directConnection || !(srv || replicaSet || hosts || readPreference);
  const seeds =
    srv && !isDirect
      ? []
      : await answering(isDirect ? [dialling.address] : seedsOf(dialling.target), dialling.tls, signal);
  const found = isDirect ? dialling : await findServer(dialling, seeds, signal);
  const client = makeClient(`mongodb://${hostText(found.address)}/`, found, { directConnection: true });
  try {
    await connected(client, signal, { failuresMax: 1, needsPrimary: false });
    const [server] = (client as unknown as ClientInternals).topology!.s.servers.values();
    const timeoutContext = { connectionCheckoutTimeout: null, csotEnabled: () => false };
    const connection = await server!.pool.checkOut({ timeoutContext, signal });
    return { client, connection, hello: connection.hello ?? {}, dialling: found };
  } catch (error) {
    void client.close().catch(() => {});
    throw error;
  }
}

/** Looks for a server of a deployment: its primary, a router, or what else the target prefers to read from. */
async function findServer(
  dialling: Dialling,
  seeds: readonly MongoHost[],
  signal: AbortSignal,
): Promise<Dialling> {
  const { target } = dialling;
  const { mongo = {} } = target;
  const { srv, replicaSet, readPreference = 'primary' } = mongo;
  const address = srv ? `mongodb+srv://${target.host}/` : `mongodb://${seeds.map(hostText).join(',')}/`;
  const client = makeClient(address, dialling, { readPreference, ...(replicaSet ? { replicaSet } : {}) });
  try {
    const needsPrimary = readPreference === 'primary';
    await connected(client, signal, { failuresMax: Number.POSITIVE_INFINITY, needsPrimary });
    if (!needsPrimary) await allSeen(client, signal);
    const member = preferred(membersOf(client), readPreference);
    if (!member)
      throw new DriverError(
        failureText('connection.primary', 'No member of the replica set can be used right now.'),
      );
    // A seed list's name may say in which database its users are (MongoDB specification, "Initial DNS Seedlist Discovery").
    const authSource = mongo.authSource ?? client.options.credentials?.source;
    const { srv: _srv, hosts: _hosts, ...rest } = mongo;
    const { host, port } = member;
    return {
      ...dialling,
      address: { host, port },
      target: {
        ...target,
        host,
        port,
        // From here on it is this server and no other: a cancel goes where its statement went.
        mongo: { ...rest, directConnection: true, ...(authSource ? { authSource } : {}) },
      },
    };
  } finally {
    void client.close().catch(() => {});
  }
}

interface ConnectedOptions {
  /** How many failed signs of life are plain, where not all known servers have failed before. */
  readonly failuresMax: number;
  /** Without the primary nothing can be done, so what keeps it from being used is the failure. */
  readonly needsPrimary: boolean;
}

/**
 * Connects, and gives up as soon as it is plain that no member answers, or that the primary can't be trusted: the client alone
 * would try again until its time is up, and then tell that alone.
 */
function connected(
  client: MongoClient,
  signal: AbortSignal,
  { failuresMax, needsPrimary }: ConnectedOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failures = 0;
    let last: Error | null = null;
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', aborted);
      client.removeAllListeners('serverHeartbeatFailed');
      client.removeAllListeners('topologyDescriptionChanged');
      if (error === undefined) {
        resolve();
        return;
      }
      void client.close().catch(() => {});
      reject(error);
    };
    // What keeps a server from being used says more than that the time is up.
    const aborted = (): void => settle(last ? driverError(last) : (signal.reason ?? new Error('aborted')));
    signal.addEventListener('abort', aborted, { once: true });
    client.on('serverHeartbeatFailed', ({ failure }) => {
      if (++failures >= failuresMax) settle(failure);
    });
    client.on('topologyDescriptionChanged', ({ newDescription }) => {
      const members = [...newDescription.servers.values()] as unknown as Member[];
      const errors = members.flatMap(({ error }) => (error ? [error] : []));
      last = errors.at(-1) ?? last;
      const primaries = new Set(members.map(({ primary }) => primary));
      const lasting = members.find(
        ({ address, error }) => error && primaries.has(address) && LASTING_TLS.test(failureOf(error).code),
      );
      if (members.length > 0 && errors.length === members.length) settle(errors[0]);
      else if (needsPrimary && lasting) settle(lasting.error);
    });
    client.connect().then(
      () => settle(),
      (error) => settle(last ?? error),
    );
    if (signal.aborted) aborted();
  });
}

const PLAIN_REFUSED = failureText(
  'auth.cleartext',
  'PLAIN sends the password in the clear, which is done over verified TLS or a Unix-domain socket alone.',
  'client',
);
const NO_AWS: FailureText = {
  code: 'auth.unsupported',
  source: 'client',
  message: 'Signing in with AWS credentials (MONGODB-AWS) is not available.',
  advice: 'Use a database user with a password, or X.509.',
};
