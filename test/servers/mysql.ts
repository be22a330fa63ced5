import { readFile } from 'node:fs/promises';
import { createConnection } from 'mysql2/promise';
import { readMysql } from '../../src/events/engines/mysql-statements.ts';
import { dockerAnswers } from './docker.ts';
import { makeMariadb } from './mariadb-server.ts';
import type { MysqlAddress, MysqlServer } from './mysql-process.ts';
import { makeMysql } from './mysql-server.ts';
import { seedFile } from './seed-file.ts';

const MARIADB_IMAGE = 'mariadb:11';
const MYSQL_IMAGE = 'mysql:8.4';

/** A server for the contract tests, and how to give it back. */
export interface ObtainedMysql {
  readonly address: MysqlAddress;
  stop(): Promise<void>;
}

/**
 * Obtains a MariaDB to test against: the one that `QUERYTAPE_TEST_MARIADB` names (an administrator's `mysql://…`), else one in
 * Docker where an engine answers, else the machine's programs, installed where missing. With the shop in it.
 * @throws Error where there is none: tests that need a server fail without one, they never skip
 */
export async function obtainMariadb(): Promise<ObtainedMysql> {
  return seeded(await emptyMariadb());
}

/** The same without the shop. */
export function emptyMariadb(): Promise<ObtainedMysql> {
  return obtain('QUERYTAPE_TEST_MARIADB', MARIADB_IMAGE, 'MARIADB_ROOT_PASSWORD', makeMariadb);
}

/**
 * Obtains a MySQL to test against: the one that `QUERYTAPE_TEST_MYSQL` names, else one in Docker where an engine answers, else a
 * MySQL of the machine's, else Debian's packages unpacked beside the system. With the shop in it.
 * @throws Error with what to type where there is none
 */
export async function obtainMysql(): Promise<ObtainedMysql> {
  return seeded(await emptyMysql());
}

/** The same without the shop. */
export function emptyMysql(): Promise<ObtainedMysql> {
  return obtain('QUERYTAPE_TEST_MYSQL', MYSQL_IMAGE, 'MYSQL_ROOT_PASSWORD', makeMysql);
}

async function obtain(
  variable: string,
  image: string,
  passwordVariable: string,
  make: () => Promise<MysqlServer>,
): Promise<ObtainedMysql> {
  const named = process.env[variable];
  if (named) return { address: readAddress(variable, named), stop: async () => {} };
  if (await dockerAnswers()) return startContainer(image, passwordVariable);
  const server = await make();
  return { address: server.address, stop: () => server.remove() };
}

/** Loads the shop that docker-compose.yml loads too. A server that does not take it is given back. */
async function seeded(obtained: ObtainedMysql): Promise<ObtainedMysql> {
  try {
    await seed(obtained.address);
  } catch (error) {
    await obtained.stop();
    throw error;
  }
  return { ...obtained, address: { ...obtained.address, database: 'shop' } };
}

async function seed({ host, port, user, password }: MysqlAddress): Promise<void> {
  const connection = await createConnection({ host, port, user, password, charset: 'utf8mb4' });
  try {
    const text = await readFile(seedFile('mysql.sql'), 'utf8');
    for (const { start, end } of readMysql(text).statements) await connection.query(text.slice(start, end));
  } finally {
    await connection.end();
  }
}

function readAddress(name: string, text: string): MysqlAddress {
  const url = new URL(text);
  if (!/^(mysql|mariadb):$/.test(url.protocol)) throw new Error(`${name} is not a mysql:// address`);
  return {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username) || 'root',
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
  };
}

async function startContainer(image: string, passwordVariable: string): Promise<ObtainedMysql> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const password = 'contract';
  const started = await new GenericContainer(image)
    .withEnvironment({ [passwordVariable]: password })
    .withCommand(['--max-allowed-packet=256M'])
    .withExposedPorts(3306)
    // The image starts the server twice; the second time it takes connections from outside.
    .withWaitStrategy(Wait.forLogMessage(/ready for connections.*\n?.*port: 3306/, 1))
    .start();
  return {
    address: {
      host: started.getHost(),
      port: started.getMappedPort(3306),
      user: 'root',
      password,
      database: '',
    },
    stop: async () => {
      await started.stop();
    },
  };
}
