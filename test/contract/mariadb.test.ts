import { beforeAll } from 'vitest';
import { driverContract } from './contract.ts';
import { makeUser, mysqlEngine, provided } from './mysql-engine.ts';

beforeAll(() => makeUser(provided()));

driverContract('MariaDB', () => mysqlEngine(provided()));
