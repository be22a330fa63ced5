import pg from 'pg';
import { inject } from 'vitest';
import type { CancelTimes } from '../../src/drivers/cancel-loop.ts';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import type { Target, Tls } from '../../src/events/profile.ts';
import type { PostgresAddress } from '../servers/postgres-cluster.ts';
import '../servers/setup.ts';
import type { SessionEngine } from './session-contract.ts';

/** The server that the run provides. */
export function provided(): PostgresAddress {
  return inject('postgres');
}

export function targetOf(address: PostgresAddress, tls: Tls = { mode: 'disable' }): Target {
  const { host, port, database, user } = address;
  return { engine: 'postgres', host, port, database, user, tls };
}

/** Asks a server something on a connection that has nothing to do with the driver. */
export async function outside(
  address: PostgresAddress,
  text: string,
  values: unknown[] = [],
): Promise<unknown[][]> {
  const client = new pg.Client({ ...address, application_name: 'outside' });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text, values, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** PostgreSQL in the contract's words. */
export function postgresEngine(
  address: PostgresAddress,
  options: { readonly tls?: Tls; readonly times?: Partial<CancelTimes>; readonly host?: string } = {},
): SessionEngine {
  return {
    driver: postgresDriver(options.times),
    target: { ...targetOf(address, options.tls), ...(options.host ? { host: options.host } : {}) },
    password: address.password,
    async processes(applicationName) {
      const rows = await outside(address, 'select pid from pg_stat_activity where application_name = $1', [
        applicationName,
      ]);
      return rows.map(([pid]) => Number(pid));
    },
    async kill(processId) {
      await outside(address, 'select pg_terminate_backend($1)', [processId]);
    },
    say: {
      value: (n) => `select ${n}`,
      // In the select list the series streams; in FROM it would be made as a whole before the first row.
      rows: (count) => `select i, repeat('x', 100) from (select generate_series(1, ${count}) i) s`,
      noRows: 'select 1 where false',
      sleep: (ms) => `select pg_sleep(${ms / 1000})`,
      wrong: 'select 1/0',
      begin: 'begin',
      rollback: 'rollback',
    },
    codes: { cancelled: '57014', wrong: '22012', wrongPassword: '28P01' },
    errorFailsTransaction: true,
    namespace: 'public',
    key: 'id',
    unknownDatabase: { target: { ...targetOf(address, options.tls), database: 'nowhere' }, code: '3D000' },
    words: {
      make: (collection) => `create table ${collection} (id int primary key, name text)`,
      drop: (collection) => `drop table if exists ${collection}`,
      add: (collection, key, name) => `insert into ${collection} values (${key}, '${name}')`,
      all: (collection) => `select id, name from ${collection} order by id`,
      rename: (collection, name) => `update ${collection} set name = '${name}'`,
    },
    cell: { number: String, text: (value) => value },
    async outside(...texts) {
      const client = new pg.Client({ ...address, application_name: 'outside' });
      await client.connect();
      // One by one: a single transaction of thousands would hold more locks than there are.
      for (const text of texts) await client.query(text);
      await client.end();
    },
  };
}
