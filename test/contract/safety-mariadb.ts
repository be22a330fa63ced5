import { createHash } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { classifyMysql } from '../../src/drivers/mysql/classify.ts';
import { corpus, corpusSetup, factsOf } from '../safety/corpus.ts';

/** How to reach a server as its administrator. */
export interface SafetyAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** What the run of every statement that is judged a read came to. */
export interface ReadsRun {
  readonly reads: number;
  /** Those that the server ran to their end. */
  readonly ran: number;
  /** Those after which the database was another. */
  readonly changed: readonly string[];
  /** Whether writes were seen, so that the checksum is of use. */
  readonly seesWrites: boolean;
}

const DATABASE = 'safety';

/** Tables' rows, the catalogue, accounts and locks of the server. */
const STATE = [
  `select table_name, table_type, engine, row_format, create_options, auto_increment from information_schema.tables where table_schema = '${DATABASE}' order by 1`,
  `select table_name, column_name, column_type, column_default from information_schema.columns where table_schema = '${DATABASE}' order by 1, 2`,
  'select routine_schema, routine_name, md5(routine_definition) from information_schema.routines order by 1, 2',
  'select event_name, status from information_schema.events order by 1',
  'select trigger_name from information_schema.triggers order by 1',
  'select schema_name from information_schema.schemata order by 1',
  'select user, host, priv from mysql.global_priv order by 1, 2',
  "select variable_name, global_value from information_schema.system_variables where variable_name not regexp 'gtid|timestamp|pseudo|rand_seed' order by 1",
  "select is_used_lock('l')",
];

/** Statements of the setup: one a line, and a routine's body stays whole. */
function setupStatements(): string[] {
  return corpusSetup('mariadb')
    .split('\n')
    .map((line) => line.trim().replace(/;$/, ''))
    .filter((line) => line !== '');
}

/**
 * Runs every statement of the corpus that is judged a read on a real server: prepared, one statement a message, in a session
 * and a transaction that are read-only, and compares the server before and after each.
 */
export async function runReads(address: SafetyAddress): Promise<ReadsRun> {
  const connect = (database?: string): Promise<Connection> =>
    createConnection({ ...pick(address), charset: 'utf8mb4', ...(database ? { database } : {}) });
  const look = await connect();
  try {
    await look.query(`drop database if exists ${DATABASE}`);
    await look.query(`create database ${DATABASE}`);
    await look.query(`use ${DATABASE}`);
    for (const text of setupStatements()) await look.query(text);
    const changed: string[] = [];
    const reads = corpus('mariadb').filter(
      (one) => classifyMysql('mariadb', one.sql, factsOf(one)).judgement.verdict === 'read',
    );
    let ran = 0;
    const before = await state(look);
    for (const { sql, pre, sqlMode } of reads) {
      const session = await connect(DATABASE);
      try {
        await session.query('set session sql_mode = ?', [sqlMode ?? '']);
        for (const text of pre ?? []) await session.query(text).catch(() => {});
        if (await runReadOnly(session, sql)) ran++;
      } finally {
        session.destroy();
      }
      if ((await state(look)) !== before) changed.push(sql);
    }
    const seesWrites = await seesItsWrites(look, before);
    return { reads: reads.length, ran, changed, seesWrites };
  } finally {
    await look.query(`drop database if exists ${DATABASE}`).catch(() => {});
    await look.end();
  }
}

function pick({ host, port, user, password }: SafetyAddress): SafetyAddress {
  return { host, port, user, password };
}

/** Prepared where the protocol can, else as text: a server with multi-statements off takes one statement a message anyway. */
async function runReadOnly(session: Connection, text: string): Promise<boolean> {
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
      () => true,
      () => false,
    );
  await session.query('rollback');
  return ran;
}

async function state(look: Connection): Promise<string> {
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
  for (const text of STATE) {
    const [rows] = await look.query({ sql: text, rowsAsArray: true });
    hash.update(JSON.stringify(rows));
  }
  return hash.digest('hex');
}

async function seesItsWrites(look: Connection, before: string): Promise<boolean> {
  for (const text of ["insert into log(m) values ('x')", 'do nextval(sq)', 'create table seen (id int)']) {
    const last = await state(look);
    await look.query(text);
    if ((await state(look)) === last) return false;
  }
  return (await state(look)) !== before;
}
