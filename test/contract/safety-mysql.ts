import { createHash } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { classifyMysql } from '../../src/drivers/mysql/classify.ts';
import { routinesStatement } from '../../src/drivers/mysql/routines.ts';
import type { Judgement } from '../../src/events/judgement.ts';
import { type CorpusStatement, corpus, corpusSetup, factsOf } from '../safety/corpus.ts';

/** How to reach a server as its administrator. */
export interface SafetyAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** What the run of every statement that is judged a read came to. */
export interface ReadsRun {
  /** Statements that are judged a read although they must not be. */
  readonly unsound: readonly string[];
  readonly reads: number;
  /** Those that the server did not run, with its error. */
  readonly failed: readonly (readonly [sql: string, errno: string])[];
  /** Those after which the server was another. */
  readonly changed: readonly string[];
  /** Whether writes were seen, so that the checksum is of use. */
  readonly seesWrites: boolean;
  /** Of those that are harmless, and that the server has, the share that is judged a read. */
  readonly harmlessShare: number;
  /** Harmless statements that are not judged a read, with the reason. */
  readonly refused: readonly string[];
}

type Engine = 'mysql' | 'mariadb';

const DATABASE = 'safety';

/** Tables' rows, the catalogue, accounts and locks of the server. */
const STATE = [
  `select table_name, table_type, engine, row_format, create_options, auto_increment from information_schema.tables where table_schema = '${DATABASE}' order by 1`,
  `select table_name, column_name, column_type, column_default from information_schema.columns where table_schema = '${DATABASE}' order by 1, 2`,
  'select routine_schema, routine_name, sha2(routine_definition, 256) from information_schema.routines order by 1, 2',
  'select event_name, status from information_schema.events order by 1',
  'select trigger_name from information_schema.triggers order by 1',
  'select schema_name from information_schema.schemata order by 1',
  "select is_used_lock('l')",
];

const OWN_STATE: Readonly<Record<Engine, readonly string[]>> = {
  mariadb: [
    'select user, host, priv from mysql.global_priv order by 1, 2',
    "select variable_name, global_value from information_schema.system_variables where variable_name not regexp 'gtid|timestamp|pseudo|rand_seed' order by 1",
  ],
  mysql: [
    'select * from mysql.user order by user, host',
    'select * from mysql.component',
    "select * from performance_schema.global_variables where variable_name not regexp 'gtid|timestamp|pseudo|rand_seed' order by 1",
    'select * from performance_schema.persisted_variables order by 1',
    'select sum(compress_ops) from information_schema.innodb_cmp',
  ],
};

/** Statements of the setup: one a line, and a routine's body stays whole. */
function setupStatements(engine: Engine): string[] {
  return corpusSetup(engine)
    .split('\n')
    .map((line) => line.trim().replace(/;?(?: # MariaDB)?$/, ''))
    .filter((line) => line !== '');
}

/**
 * Runs every statement of the corpus that is judged a read on a real server: prepared, one statement a message, in a session
 * and a transaction that are read-only, and compares the server before and after each. What a judgement asks the catalogue is
 * asked of the server.
 */
export async function runReads(engine: Engine, address: SafetyAddress): Promise<ReadsRun> {
  const connect = (database?: string): Promise<Connection> =>
    createConnection({ ...pick(address), charset: 'utf8mb4', ...(database ? { database } : {}) });
  const look = await connect();
  try {
    await look.query(`drop database if exists ${DATABASE}`);
    await look.query(`create database ${DATABASE}`);
    await look.query(`use ${DATABASE}`);
    for (const text of setupStatements(engine)) await look.query(text);
    const judged: { one: CorpusStatement; judgement: Judgement }[] = [];
    for (const one of corpus(engine)) judged.push({ one, judgement: await judge(engine, look, one) });
    const reads = judged.filter(({ judgement }) => judgement.verdict === 'read').map(({ one }) => one);
    const failed: [string, string][] = [];
    const changed: string[] = [];
    const before = await state(engine, look);
    for (const { sql, pre, sqlMode } of reads) {
      const session = await connect(DATABASE);
      try {
        await session.query('set session sql_mode = ?', [sqlMode ?? '']);
        for (const text of pre ?? []) await session.query(text).catch(() => {});
        const errno = await runReadOnly(session, sql);
        if (errno !== null) failed.push([sql, errno]);
      } finally {
        session.destroy();
      }
      if ((await state(engine, look)) !== before) changed.push(sql);
    }
    const seesWrites = await seesItsWrites(engine, look, before);
    const harmless = judged.filter(({ one }) => !one.mustNotBeRead && !(engine === 'mysql' && one.mysql));
    const refused = harmless.filter(({ judgement }) => judgement.verdict !== 'read');
    return {
      unsound: reads.filter(({ mustNotBeRead }) => mustNotBeRead).map(({ sql }) => sql),
      reads: reads.length,
      failed,
      changed,
      seesWrites,
      harmlessShare: 1 - refused.length / harmless.length,
      refused: refused.map(({ one, judgement }) => `${one.sql}: ${judgement.reason}`),
    };
  } finally {
    await look.query(`drop database if exists ${DATABASE}`).catch(() => {});
    await look.end();
  }
}

async function judge(engine: Engine, look: Connection, one: CorpusStatement): Promise<Judgement> {
  const first = classifyMysql(engine, one.sql, factsOf(one));
  if (first.asks.length === 0) return first;
  const { text, read } = routinesStatement(engine, first.asks);
  const [rows] = await look.query<RowDataPacket[]>({ sql: text, rowsAsArray: true });
  const volatility = read(rows as unknown as (string | null)[][], []);
  return classifyMysql(engine, one.sql, { ...factsOf(one), volatility });
}

function pick({ host, port, user, password }: SafetyAddress): SafetyAddress {
  return { host, port, user, password };
}

/** Prepared where the protocol can, else as text: a server with multi-statements off takes one statement a message anyway. */
async function runReadOnly(session: Connection, text: string): Promise<string | null> {
  await session.query('set session transaction read only, max_statement_time = 5').catch(async () => {
    await session.query('set session transaction read only');
  });
  await session.query('start transaction read only');
  const ran = await session
    .execute(text)
    .catch((error: { errno?: number }) =>
      error.errno === 1295 ? session.query(text) : Promise.reject(error),
    )
    .then(
      () => null,
      (error: { errno?: number }) => `${error.errno}`,
    );
  await session.query('rollback');
  return ran;
}

async function state(engine: Engine, look: Connection): Promise<string> {
  const hash = createHash('sha256');
  const [tables] = await look.query<RowDataPacket[]>(
    `select table_name as name from information_schema.tables where table_schema = '${DATABASE}' and table_type in ('BASE TABLE', 'SEQUENCE') order by 1`,
  );
  for (const { name } of tables) {
    const [rows] = await look.query({
      sql: `select * from \`${name.replaceAll('`', '``')}\``,
      rowsAsArray: true,
    });
    hash.update(JSON.stringify(rows));
  }
  for (const text of [...STATE, ...OWN_STATE[engine]]) {
    const [rows] = await look.query({ sql: text, rowsAsArray: true });
    hash.update(JSON.stringify(rows));
  }
  return hash.digest('hex');
}

async function seesItsWrites(engine: Engine, look: Connection, before: string): Promise<boolean> {
  const own = engine === 'mariadb' ? 'do nextval(sq)' : "do md5('x')";
  for (const text of ["insert into log(m) values ('x')", own, 'create table seen (id int)']) {
    const last = await state(engine, look);
    await look.query(text);
    if ((await state(engine, look)) === last) return false;
  }
  return (await state(engine, look)) !== before;
}
