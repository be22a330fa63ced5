import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import type { CataloguePage, ColumnInfo } from '../../src/events/catalogue.ts';
import type { RowChange } from '../../src/events/edit.ts';
import { visibleText } from '../../src/events/utf8-text.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { ask, run } from './running.ts';

const DATABASE = 'querytape_ascii';
const BYTES = `'\\x41c328ff'::bytea`;

describe('a SQL_ASCII database', () => {
  const engine = postgresEngine(provided());
  const place = { namespace: 'public', collection: 't' };
  let connections: Connections;
  let connection: Connection;

  beforeAll(async () => {
    await outside(provided(), `drop database if exists ${DATABASE}`);
    await outside(
      provided(),
      `create database ${DATABASE} template template0 encoding 'SQL_ASCII' locale_provider libc lc_collate 'C' lc_ctype 'C'`,
    );
    connections = new Connections({ ...engine, target: { ...engine.target, database: DATABASE } });
    connection = await connections.connect();
    await ask(connection, 'create table t (id text primary key, v text, n int)');
    await ask(
      connection,
      `insert into t values (convert_from(${BYTES}, 'SQL_ASCII'), convert_from(${BYTES}, 'SQL_ASCII'), 1)`,
    );
    await ask(connection, `insert into t values ('é', 'ü', 2)`);
  });
  afterAll(async () => {
    await connections?.closeAll();
    await outside(provided(), `drop database if exists ${DATABASE}`);
  });

  it('gives the bytes that are not UTF-8 as they are, beside those that are', async () => {
    const rows = await ask(connection, 'select id, v from t order by n');
    expect(rows.map((row) => row.map((value) => visibleText(value!)))).toEqual([
      ['A\\xC3(\\xFF', 'A\\xC3(\\xFF'],
      ['é', 'ü'],
    ]);
    expect(await ask(connection, `select n from t where id = 'é'`)).toEqual([['2']]);
  });

  it('stays read so when a statement sets another client_encoding, and says so', async () => {
    const { notices } = await run(connection, "set client_encoding to 'UTF8'");
    expect(notices).toMatchObject([{ code: 'encoding.kept', message: expect.stringContaining('SQL_ASCII') }]);
    expect(await ask(connection, 'select count(v) from t')).toEqual([['2']]);
    expect((await ask(connection, 'select v from t')).length).toBe(2);
  });

  it('finds the row of an edit by such bytes', async () => {
    const list = engine.driver.catalogue({ list: 'columns', ...place });
    const { columns } = list.read(await ask(connection, list.text), []) as CataloguePage & {
      columns: readonly ColumnInfo[];
    };
    const [[id, v]] = (await ask(connection, 'select id, v from t where n = 1')) as [[string, string]];
    const change: RowChange = {
      change: 'update',
      ...place,
      key: [{ column: 'id', value: id }],
      old: [
        { column: 'v', value: v },
        { column: 'n', value: '1' },
      ],
      values: [{ column: 'n', value: '3' }],
    };
    const { text, params } = engine.driver.edit(change, columns, {}) as { text: string; params: string[] };
    expect((await run(connection, text, params)).end).toMatchObject({ type: 'completed', rowsAffected: 1 });
  });
});
