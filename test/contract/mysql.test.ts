import { beforeAll, describe } from 'vitest';
import { driverContract } from './contract.ts';
import { makeUser, PRODUCTS } from './mysql-engine.ts';

describe.each(PRODUCTS)('$product', ({ product, provided, mysqlEngine }) => {
  beforeAll(() => makeUser(provided()));
  driverContract(product, () => mysqlEngine(provided()));
});
