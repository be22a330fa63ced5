import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isComputing } from '../../src/drivers/mysql/classify-functions.ts';
import {
  ALWAYS_IN_BOTH,
  ALWAYS_IN_MARIADB,
  ALWAYS_IN_MYSQL,
  SYS_HELPERS,
} from '../../src/drivers/mysql/native-functions.ts';
import { PRODUCTS } from './mysql-engine.ts';

/** Without a current database: no user's function has the name, so it is looked for among the stored ones. */
const NOT_THE_SERVERS = [1046, 1305, 1630];

describe.each(PRODUCTS)('a function that is taken for the own of $product', ({ engine, provided }) => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await createConnection({ ...provided(), database: '' });
    // mysql2 asks for IGNORE_SPACE.
    await connection.query("SET SESSION sql_mode = ''");
  });
  afterAll(() => connection?.end());
  const errnoOf = (text: string): Promise<number> =>
    connection.query(text).then(
      () => 0,
      ({ errno }: { errno: number }) => errno,
    );

  it('is found by the server before any stored function', async () => {
    const names = [...ALWAYS_IN_BOTH, ...(engine === 'mysql' ? ALWAYS_IN_MYSQL : ALWAYS_IN_MARIADB)];
    expect(names.length).toBeGreaterThan(250);
    const strange: string[] = [];
    for (const name of names) {
      expect(isComputing({ engine, version: undefined }, name, true)).toBe('certainly');
      if (NOT_THE_SERVERS.includes(await errnoOf(`SELECT ${name}()`))) strange.push(name);
    }
    expect(strange).toEqual([]);
  });

  it('is not one whose name a blank gives to the stored functions', async () => {
    for (const name of ['COUNT', 'MAX', 'TRIM']) {
      expect(NOT_THE_SERVERS).toContain(await errnoOf(`SELECT ${name} (1)`));
      expect(isComputing({ engine, version: undefined }, name, false)).toBe('unlessStored');
    }
  });

  it('is one of the helpers in sys that a read-only transaction lets run', async () => {
    await connection.query('START TRANSACTION READ ONLY');
    const argumentLists = ["('a')", "('a', 'b')", '(1, TRUE)', '(1)', '()'];
    const refused: string[] = [];
    for (const name of [...SYS_HELPERS, 'ps_thread_stack'])
      for (const given of argumentLists)
        if ((await errnoOf(`SELECT sys.${name}${given}`)) === 1792 && !refused.includes(name))
          refused.push(name);
    await connection.query('ROLLBACK');
    expect(refused).toEqual(['ps_thread_stack']);
  });

  it('is one of the helpers in sys, as the server makes them', async () => {
    const [rows] = await connection.query({
      sql: "SELECT LOWER(ROUTINE_NAME) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'sys' AND ROUTINE_TYPE = 'FUNCTION' AND DEFINER LIKE 'm%.sys@localhost'",
      rowsAsArray: true,
    });
    expect((rows as unknown as string[][]).flat()).toEqual(expect.arrayContaining([...SYS_HELPERS]));
  });
});
