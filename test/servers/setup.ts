import type { TestProject } from 'vitest/node';
import { type MongodbAddress, obtainMongodb } from './mongodb.ts';
import { obtainMariadb, obtainMysql } from './mysql.ts';
import type { MysqlAddress } from './mysql-process.ts';
import { obtainPostgres } from './postgres.ts';
import type { PostgresAddress } from './postgres-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresAddress;
    mariadb: MysqlAddress;
    mysql: MysqlAddress;
    mongodb: MongodbAddress;
  }
}

/** Obtains the servers of the contract tests and gives them back. A server that can't be had fails the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, mariadb, mysql, mongodb] = await Promise.all([
    obtainPostgres(),
    obtainMariadb(),
    obtainMysql(),
    obtainMongodb(),
  ]);
  project.provide('postgres', postgres.address);
  project.provide('mariadb', mariadb.address);
  project.provide('mysql', mysql.address);
  project.provide('mongodb', mongodb.address);
  return async () => {
    await Promise.all([postgres.stop(), mariadb.stop(), mysql.stop(), mongodb.stop()]);
  };
}
