import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { MongoClient, type MongoClientOptions } from 'mongodb';
import { CONNECT_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS, KEEPALIVE_DELAY_MS } from '../../events/limits.ts';
import type { Target } from '../../events/profile.ts';
import { type ConnectOptions, DriverError } from '../driver.ts';
import { failureText } from './failure.ts';
import { firstContact } from './first-contact.ts';

/** What dials a server, made from a target once and used for the connection and for its cancels' side connection. */
export interface Dialling {
  readonly target: Target;
  readonly tls: ConnectionOptions | null;
  readonly password: ConnectOptions['password'];
  readonly applicationName: string;
}

/** What a server says of itself in the handshake (MongoDB manual, "hello"). */
export interface Hello {
  readonly connectionId?: number;
  readonly setName?: string;
  readonly msg?: string;
  readonly isWritablePrimary?: boolean;
  readonly ismaster?: boolean;
  readonly logicalSessionTimeoutMinutes?: number | null;
  readonly topologyVersion?: { readonly processId: { getTimestamp(): Date } };
}

/** A connection of the client's pool, with the internals that this driver rests on (mongodb 7.9). */
export interface PooledConnection {
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

/** Mechanisms that need no password of the profile's. */
const WITHOUT_PASSWORD: ReadonlySet<string> = new Set(['MONGODB-X509', 'MONGODB-AWS']);

/**
 * A client that speaks to one server only and never does anything twice. Its monitor asks for a sign of life and cuts the
 * connection of a server that gives none.
 */
function makeClient(address: string, dialling: Dialling, more: MongoClientOptions): MongoClient {
  const { target, tls } = dialling;
  const { host: _host, ...tlsParts } = tls ?? {};
  const { user, mongo = {} } = target;
  const mechanism = mongo.authMechanism;
  const authenticates = user !== '' || mechanism === 'MONGODB-X509' || mechanism === 'MONGODB-AWS';
  const password = mechanism && WITHOUT_PASSWORD.has(mechanism) ? '' : authenticates ? given(dialling) : '';
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
    tls: tls !== null,
    ...tlsParts,
    ...(authenticates && user !== '' ? { auth: { username: user, password } } : {}),
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
function hostText({ host, port }: Target): string {
  if (host.startsWith('/')) return encodeURIComponent(`${host}/mongodb-${port}.sock`);
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
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
 * Dials a server. Where the target names a replica set its primary is looked for first; what is then dialled is that one
 * server. @throws DriverError, or the driver's own errors
 */
export async function openClient(dialling: Dialling, signal: AbortSignal): Promise<OpenClient> {
  const { mongo = {} } = dialling.target;
  const isDirect = mongo.directConnection || !(mongo.srv || mongo.replicaSet);
  if (!mongo.srv) await firstContact(dialling, signal);
  const found = isDirect ? dialling : await findPrimary(dialling, signal);
  const client = makeClient(`mongodb://${hostText(found.target)}/`, found, { directConnection: true });
  try {
    await connected(client, signal, 1);
    const [server] = (client as unknown as ClientInternals).topology!.s.servers.values();
    const timeoutContext = { connectionCheckoutTimeout: null, csotEnabled: () => false };
    const connection = await server!.pool.checkOut({ timeoutContext, signal });
    return { client, connection, hello: connection.hello ?? {}, dialling: found };
  } catch (error) {
    void client.close().catch(() => {});
    throw error;
  }
}

/** Looks for the primary of a replica set, or a router of a cluster, by the target's name. */
async function findPrimary(dialling: Dialling, signal: AbortSignal): Promise<Dialling> {
  const { target } = dialling;
  const { mongo = {} } = target;
  const address = mongo.srv ? `mongodb+srv://${target.host}/` : `mongodb://${hostText(target)}/`;
  const client = makeClient(address, dialling, mongo.replicaSet ? { replicaSet: mongo.replicaSet } : {});
  try {
    await connected(client, signal, Number.POSITIVE_INFINITY);
    const { topology } = client as unknown as {
      topology: {
        description: { servers: ReadonlyMap<string, { type: string; host: string; port: number }> };
      };
    };
    const servers = [...topology.description.servers.values()];
    const writable = servers.find(
      ({ type }) => type === 'RSPrimary' || type === 'Mongos' || type === 'Standalone',
    );
    if (!writable)
      throw new DriverError(failureText('connection.primary', 'The replica set has no primary right now.'));
    // A seed list's name may say in which database its users are (MongoDB specification, "Initial DNS Seedlist Discovery").
    const authSource = mongo.authSource ?? client.options.credentials?.source;
    return {
      ...dialling,
      target: {
        ...target,
        host: writable.host,
        port: writable.port,
        mongo: { ...mongo, srv: false, ...(authSource ? { authSource } : {}) },
      },
    };
  } finally {
    void client.close().catch(() => {});
  }
}

/**
 * Connects, and gives up as soon as it is plain that nobody answers: the client alone would try again until its time is up.
 * `failuresMax` is how many failed signs of life are plain, where not all known servers have failed before.
 */
function connected(client: MongoClient, signal: AbortSignal, failuresMax: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let failures = 0;
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
    const aborted = (): void => settle(signal.reason ?? new Error('aborted'));
    signal.addEventListener('abort', aborted, { once: true });
    client.on('serverHeartbeatFailed', ({ failure }) => {
      if (++failures >= failuresMax) settle(failure);
    });
    client.on('topologyDescriptionChanged', ({ newDescription: { servers } }) => {
      const errors = [...servers.values()].map(({ error }) => error);
      if (errors.length > 0 && errors.every((error) => error)) settle(errors[0]);
    });
    client.connect().then(
      () => settle(),
      (error) => settle(error),
    );
    if (signal.aborted) aborted();
  });
}
