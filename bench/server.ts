import pg from 'pg';
import type { Connection } from '../src/drivers/driver.ts';
import { postgresDriver } from '../src/drivers/postgres/driver.ts';
import type { Target } from '../src/events/profile.ts';
import { obtainPostgres } from '../test/servers/postgres.ts';

/** A million rows of int8, text, numeric, timestamptz and jsonb, about 144 MB as text. */
export function wideRows(count: number): string {
  return `select i::int8 as id, 'row ' || i || repeat('x', 24) as name, (i * 1.37)::numeric(12,2) as amount,
    timestamptz '2026-01-01 00:00:00+00' + i * interval '1 second' as at,
    jsonb_build_object('n', i, 'tag', 'abc', 'ok', i % 2 = 0) as doc from generate_series(1, ${count}) i`;
}

/** A table of a million wide rows, so that reading it is what is measured and not making it. */
export const TABLE = 'bench_rows';

let obtained: ReturnType<typeof obtainPostgres> | undefined;

/** The server that all figures are measured against. */
export async function server() {
  obtained ??= obtainPostgres();
  const { address } = await obtained;
  const { host, port, user, database, password } = address;
  const target: Target = { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } };
  return { address, target, password };
}

export async function stopServer(): Promise<void> {
  await (await obtained)?.stop();
}

/** Makes the table, once. */
export async function makeTable(): Promise<void> {
  const { address } = await server();
  const client = new pg.Client({ ...address });
  await client.connect();
  await client.query(`drop table if exists ${TABLE}; create table ${TABLE} as ${wideRows(1_000_000)}`);
  await client.query(`vacuum analyze ${TABLE}`);
  await client.end();
}

export async function connect(): Promise<Connection> {
  const { target, password } = await server();
  return postgresDriver().connect(target, {
    password: () => password,
    signal: new AbortController().signal,
    applicationName: 'querytape bench',
    readOnly: false,
    onLost: (failure) => {
      throw new Error(failure.message);
    },
  });
}
