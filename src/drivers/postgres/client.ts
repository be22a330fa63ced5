import type { Duplex } from 'node:stream';
import pg from 'pg';
import type { Dialling } from './dial.ts';
import type { PgWire } from './raw-query.ts';
import { ServerChannel } from './server-channel.ts';

/** pg.Client with the internals that this driver rests on (pg 8.23). */
export type Client = Omit<pg.Client, 'connection'> & {
  readonly connection: PgWire;
  /** BackendKeyData. */
  readonly processID: number;
  readonly secretKey: number;
  /** ReadyForQuery's status: I, T or E. */
  getTransactionStatus(): string | null;
};

/** A client that is not connected yet. Its channel encrypts and signs in, so pg has neither TLS options nor a password. */
export function makeClient(dialling: Dialling): Client {
  const { host, port, user, database } = dialling.target;
  return new pg.Client({
    host,
    port,
    user,
    database,
    ssl: false,
    stream: () => new ServerChannel(dialling) as unknown as Duplex,
    application_name: dialling.applicationName,
  }) as unknown as Client;
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
