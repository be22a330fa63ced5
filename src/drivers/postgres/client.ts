import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { KEEPALIVE_DELAY_MS } from '../../events/limits.ts';
import type { Target } from '../../events/profile.ts';
import { type ConnectOptions, DriverError } from '../driver.ts';
import { failureText } from './failure.ts';
import type { PgWire } from './raw-query.ts';

/** pg.Client with the internals that this driver rests on (pg 8.23). */
export type Client = Omit<pg.Client, 'password' | 'connection'> & {
  readonly connection: PgWire;
  /** BackendKeyData. */
  readonly processID: number;
  readonly secretKey: number;
  /** ReadyForQuery's status: I, T or E. */
  getTransactionStatus(): string | null;
  password: unknown;
  readonly connectionParameters: { password: unknown };
};

/** What dials a server, made from a target once and used for the connection and for its cancel's side connection. */
export interface Dialling {
  readonly target: Target;
  readonly tls: ConnectionOptions | null;
  readonly password: ConnectOptions['password'];
  readonly applicationName: string;
  readonly readOnly: boolean;
}

/** A client that is not connected yet. */
export function makeClient({ target, tls, password, applicationName }: Dialling): Client {
  const { host, port, user, database } = target;
  return new pg.Client({
    host,
    port,
    user,
    database,
    password: () => {
      const given = password();
      if (given) return given;
      throw new DriverError(failureText('password.missing', 'The server asks for a password.', 'client'));
    },
    // A copy: pg hides the key of the object it is given, and the cancel's channel needs it too.
    ssl: tls ? { ...tls } : false,
    sslnegotiation: 'postgres',
    application_name: applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
  }) as unknown as Client;
}

/** Connects, and lets pg forget the password as soon as it has been used. */
export async function connectClient(client: Client): Promise<void> {
  try {
    await client.connect();
  } finally {
    client.password = null;
    client.connectionParameters.password = null;
  }
}

const AS_TEXT = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig;

/** Runs a statement of ours while nothing else runs, and gives its rows as text. Rejects with pg's errors. */
export async function readText(
  client: Client,
  text: string,
  values: readonly string[] = [],
): Promise<(string | null)[][]> {
  const { rows } = await client.query<(string | null)[]>({
    text,
    values: [...values],
    rowMode: 'array',
    types: AS_TEXT,
  });
  return rows;
}
