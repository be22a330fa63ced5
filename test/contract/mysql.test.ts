import { beforeAll, inject, it } from 'vitest';
import { driverContract } from './contract.ts';
import { makeUser, mysqlEngine } from './mysql-engine.ts';

const address = inject('mysql');

// Where no MySQL can be had, the run says so as it begins, and MariaDB's own tests stand for both.
if (address) {
  beforeAll(() => makeUser(address));
  driverContract('MySQL', () => mysqlEngine(address));
} else {
  it.todo('MySQL keeps the driver contract: there is no MySQL here');
}
