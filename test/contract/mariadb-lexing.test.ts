import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { QueryView } from '../../src/events/views/query-view.ts';
import { makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

/** A statement that may change sql_mode, and one whose meaning it changes where it does. */
type Way = readonly [change: string, hidden: string | null];

const T = 'lexing_rows';
/** Has a WHERE, unless a backslash escapes nothing: then the WHERE is in a comment, and every row goes. */
const HIDDEN_BY_BACKSLASH = `DELETE ${T} FROM ${T}, (SELECT '\\' AS x) y -- ' AS x) y WHERE ${T}.n = 99`;
/** The same where double quotes are an identifier's, which know no backslash. */
const HIDDEN_BY_QUOTES = `DELETE ${T} FROM ${T}, (SELECT 1 AS "\\") y -- ") y WHERE ${T}.n = 99`;

const MARIADB_WAYS: readonly Way[] = [
  ["/*M! SET sql_mode = 'ANSI_QUOTES' */", HIDDEN_BY_QUOTES],
  ["EXECUTE IMMEDIATE CONCAT('SE', 'T sql_mode = ''ANSI_QUOTES''')", HIDDEN_BY_QUOTES],
  ["BEGIN NOT ATOMIC SET sql_mode = 'ANSI_QUOTES'; END", null],
];
const MYSQL_WAYS: readonly Way[] = [
  ["/*!80000 SET sql_mode = 'ANSI_QUOTES' */", HIDDEN_BY_QUOTES],
  // A comment on MySQL.
  ["/*M! SET sql_mode = 'ANSI_QUOTES' */ DO 0", null],
  ['SET @@SESSION.sql_mode = 4, @other = 1', HIDDEN_BY_QUOTES],
];

describe.each(PRODUCTS)(
  'sql_mode on a writable production profile of $product',
  ({ product, provided, mysqlEngine }) => {
    let world: RealWorkspace;
    let sessionId: string;
    let tabs = 0;
    let tabId = '';
    const submit = async (text: string): Promise<string> =>
      (await world.send({ type: 'query.submit', sessionId, tabId, text })).queryIds![0]!;
    const run = async (text: string): Promise<QueryView> => world.ended(await submit(text));
    const left = async () => (await outside(provided(), `SELECT COUNT(*) FROM ${T}`))[0]![0];
    /** What the user has to confirm before a statement runs, or that it ran without. Cancels what asks. */
    const dangersOf = async (text: string): Promise<readonly string[]> => {
      const queryId = await submit(text);
      const query = await world.until(
        ({ queries }) =>
          (queries[queryId]?.state === 'confirming' || queries[queryId]?.outcome != null) && queries[queryId],
      );
      if (query.state === 'confirming') await world.send({ type: 'query.cancel', queryId });
      await world.ended(queryId);
      return query.dangers;
    };

    beforeAll(async () => {
      await makeUser(provided());
      await outside(
        provided(),
        'DROP PROCEDURE IF EXISTS lexing_sets',
        "CREATE PROCEDURE lexing_sets() SET SESSION sql_mode = 'ANSI_QUOTES'",
        'DROP FUNCTION IF EXISTS lexing_f',
        "CREATE FUNCTION lexing_f() RETURNS INT NO SQL BEGIN SET SESSION sql_mode = 'ANSI_QUOTES'; SET NAMES gbk; RETURN 1; END",
      );
      world = await RealWorkspace.start({ ...mysqlEngine(provided()), environment: 'production' });
      sessionId = await world.open();
    });
    beforeEach(async () => {
      tabId = `tab${++tabs}`;
      await outside(
        provided(),
        `DROP TABLE IF EXISTS ${T}`,
        `CREATE TABLE ${T} (n INT)`,
        `INSERT INTO ${T} VALUES (1), (2)`,
      );
    });
    afterAll(async () => {
      await world.stop();
      await outside(provided(), `DROP TABLE ${T}`, 'DROP PROCEDURE lexing_sets', 'DROP FUNCTION lexing_f');
    });

    it('means what it says at the start', async () => {
      for (const text of [HIDDEN_BY_BACKSLASH, HIDDEN_BY_QUOTES]) expect(await dangersOf(text)).toEqual([]);
      expect(await left()).toBe('2');
    });

    /** Ways to change it, each followed by the statement whose meaning it changes. */
    it.each<Way>([
      ["SET sql_mode = 'NO_BACKSLASH_ESCAPES'", HIDDEN_BY_BACKSLASH],
      ["SET sql_mode = 'ANSI_QUOTES'", HIDDEN_BY_QUOTES],
      ["set @@session.sql_mode = concat(@@sql_mode, ',ANSI_QUOTES')", HIDDEN_BY_QUOTES],
      ["SET/**/sql_mode='ANSI_QUOTES', no_such_variable = 1", null],
      ...(product === 'MySQL' ? MYSQL_WAYS : MARIADB_WAYS),
      ['CALL lexing_sets()', null],
      ['SELECT lexing_f()', null],
      ['DO lexing_f()', null],
    ])('is followed after %s', async (change, hidden) => {
      const queryId = await submit(change);
      const query = await world.until(
        ({ queries }) =>
          (queries[queryId]?.state === 'confirming' || queries[queryId]?.outcome != null) && queries[queryId],
      );
      if (query.state === 'confirming') {
        const { id } = world.workspace.query(queryId)!.challenge!;
        await world.send({ type: 'query.confirm', queryId, challenge: id, name: 'p' });
      }
      await world.ended(queryId);
      // What the server itself says of it decides which of the two it is to be judged as.
      const { queryId: asked } = await run('SELECT @@SESSION.sql_mode');
      const mode = (await world.rows(asked))[0]![0]!;
      if (hidden) expect(mode).toMatch(/ANSI_QUOTES|NO_BACKSLASH_ESCAPES/);
      expect(await dangersOf(HIDDEN_BY_QUOTES)).toEqual(
        /ANSI_QUOTES|NO_BACKSLASH_ESCAPES/.test(mode) ? ['deleteAll'] : [],
      );
      expect(await dangersOf(HIDDEN_BY_BACKSLASH)).toEqual(
        mode.includes('NO_BACKSLASH_ESCAPES') ? ['deleteAll'] : [],
      );
      expect(await left()).toBe('2');
    });

    it('is followed although the server was set to report nothing', async () => {
      await run("SET SESSION session_track_system_variables = ''");
      await run("SET sql_mode = 'ANSI_QUOTES'");
      expect(await dangersOf(HIDDEN_BY_QUOTES)).toEqual(['deleteAll']);
      await run('SET sql_mode = DEFAULT');
      expect(await dangersOf(HIDDEN_BY_QUOTES)).toEqual([]);
      await run('SET NAMES gbk');
      const { queryId } = await run('SELECT @@character_set_client, @@character_set_results');
      expect(await world.rows(queryId)).toEqual([['utf8mb4', 'utf8mb4']]);
    });

    it('is known where the server is set to give no rows', async () => {
      await run("SET sql_select_limit = 0, sql_mode = 'ANSI_QUOTES'");
      expect(await dangersOf(HIDDEN_BY_QUOTES)).toEqual(['deleteAll']);
    });
  },
);
