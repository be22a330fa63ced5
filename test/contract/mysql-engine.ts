import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';
import type { CancelTimes } from '../../src/drivers/cancel-loop.ts';
import { mysqlDriver } from '../../src/drivers/mysql/driver.ts';
import type { Target, Tls } from '../../src/events/profile.ts';
import { makeMariadb } from '../servers/mariadb-server.ts';
import type { MysqlAddress, MysqlOptions, MysqlServer } from '../servers/mysql-process.ts';
import { makeMysql } from '../servers/mysql-server.ts';
import '../servers/setup.ts';
import type { ContractEngine } from './contract.ts';

interface EngineOptions {
  readonly tls?: Tls;
  readonly times?: Partial<CancelTimes>;
  readonly host?: string;
}

/** MySQL or MariaDB, in the words of the tests that both have to pass. */
export interface MysqlProduct {
  readonly product: 'MySQL' | 'MariaDB';
  readonly engine: 'mysql' | 'mariadb';
  /** The server that the run provides. */
  provided(): MysqlAddress;
  /** A server of a test's own, to be hurt or configured. */
  makeServer(options?: MysqlOptions): Promise<MysqlServer>;
  targetOf(address: MysqlAddress, tls?: Tls): Target;
  /** What an account needs that the server has no proof of yet: MySQL asks for its password itself. */
  readonly firstTls: Tls;
  mysqlEngine(address: MysqlAddress, options?: EngineOptions): ContractEngine;
}

const product = (
  name: MysqlProduct['product'],
  engine: MysqlProduct['engine'],
  makeServer: MysqlProduct['makeServer'],
): MysqlProduct => ({
  product: name,
  engine,
  provided: () => inject(engine),
  makeServer,
  targetOf: (address, tls) => ({ ...targetOf(address, tls), engine }),
  firstTls: { mode: engine === 'mysql' ? 'require' : 'disable' },
  mysqlEngine: (address, options) => mysqlEngine(address, options, engine),
});

export const MYSQL: MysqlProduct = product('MySQL', 'mysql', makeMysql);
export const MARIADB: MysqlProduct = product('MariaDB', 'mariadb', makeMariadb);
/** Both, for `describe.each`. */
export const PRODUCTS: readonly MysqlProduct[] = [MYSQL, MARIADB];

/** The MariaDB that the run provides. */
export function provided(): MysqlAddress {
  return MARIADB.provided();
}

/** A statement that runs this long and fails when it is killed: a sleep alone gives 1 on MySQL, so a second row is read after it. */
export function sleep(ms: number): string {
  return `SELECT 1 FROM (SELECT 1 n UNION ALL SELECT 2) two WHERE SLEEP(IF(n = 1, ${ms / 1000}, 0)) = 0`;
}

/**
 * The user that the driver signs in as, its own, as the server's list of processes tells users on every server, and a
 * program's name only where performance_schema is on.
 */
export const USER = 'querytape_contract';
export const PASSWORD = 'contract';

export function targetOf(address: MysqlAddress, tls: Tls = { mode: 'disable' }): Target {
  const { host, port, database } = address;
  return { engine: 'mariadb', host, port, database, user: USER, tls };
}

/** Asks a server something, as its administrator, on a connection that has nothing to do with the driver. */
export async function outside(
  { host, port, user, password, database }: MysqlAddress,
  ...texts: string[]
): Promise<(string | null)[][]> {
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    database,
    rowsAsArray: true,
    charset: 'utf8mb4',
  });
  connection.on('error', () => {});
  try {
    let rows: (string | null)[][] = [];
    for (const sql of texts) {
      const [result] = await connection.query({ sql, typeCast: (field) => field.string() });
      rows = Array.isArray(result) ? (result as unknown as (string | null)[][]) : [];
    }
    return rows;
  } finally {
    await connection.end().catch(() => {});
  }
}

/** `count` numbers from 1 in the column `seq` of a table of that name: MariaDB has such tables, MySQL does not. */
export function sequence(count: number): string {
  return `(SELECT ROW_NUMBER() OVER () AS seq FROM ${numbers(count)} LIMIT ${count}) seq`;
}

/** Makes the user that the driver signs in as. */
export async function makeUser(address: MysqlAddress): Promise<void> {
  await outside(
    address,
    `CREATE USER IF NOT EXISTS '${USER}'@'%' IDENTIFIED BY '${PASSWORD}'`,
    `GRANT ALL ON *.* TO '${USER}'@'%'`,
  );
  await signedIn(address, USER, PASSWORD);
}

/**
 * Signs in once as an account, by the client of the tests. MySQL then knows a proof of the password, as it does of every account
 * that signs in often; until it does it wants the password itself, which the driver never sends without encryption.
 */
export async function signedIn(address: MysqlAddress, user: string, password: string): Promise<void> {
  await outside({ ...address, user, password, database: '' }, 'DO 1');
}

/** Digits cross-joined to at least `count` rows, which every server streams and none has to make first. */
function numbers(count: number): string {
  const digits = Array.from({ length: 10 }, (_, d) => `SELECT ${d}${d === 0 ? ' d' : ''}`).join(
    ' UNION ALL ',
  );
  const places = Math.max(1, Math.ceil(Math.log10(count)));
  const tables = Array.from({ length: places }, (_, place) => `(${digits}) t${place}`);
  return tables.join(' STRAIGHT_JOIN ');
}

/** MySQL or MariaDB in the contract's words. */
export function mysqlEngine(
  address: MysqlAddress,
  options: EngineOptions = {},
  engine: 'mysql' | 'mariadb' = 'mariadb',
): ContractEngine {
  return {
    driver: mysqlDriver(engine, options.times),
    target: { ...targetOf(address, options.tls), engine, ...(options.host ? { host: options.host } : {}) },
    password: PASSWORD,
    async processes() {
      const rows = await outside(
        address,
        `SELECT ID FROM information_schema.PROCESSLIST WHERE USER = '${USER}' ORDER BY ID`,
      );
      return rows.map(([id]) => Number(id));
    },
    async kill(processId) {
      await outside(address, `KILL CONNECTION ${processId}`);
    },
    say: {
      value: (n) => `SELECT ${n}`,
      rows: (count) =>
        `SELECT @qt_row := @qt_row + 1, REPEAT('x', 100) FROM (SELECT @qt_row := 0) start STRAIGHT_JOIN ${numbers(count)} LIMIT ${count}`,
      noRows: 'SELECT 1 FROM (SELECT 1) none WHERE FALSE',
      sleep,
      wrong: 'SELECT no_such_column',
      begin: 'START TRANSACTION',
      rollback: 'ROLLBACK',
    },
    codes: {
      cancelled: '1317',
      wrong: '1054',
      // MySQL asks for the password itself where the proof of it is wrong, which is not sent without TLS.
      wrongPassword: engine === 'mysql' ? 'auth.needsEncryption' : '1045',
    },
    errorFailsTransaction: false,
  };
}
