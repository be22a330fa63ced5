import { afterAll, beforeAll } from 'vitest';
import { driverContract } from './contract.ts';
import { type CuttingProxy, cuttingProxy, mongodbEngine, provided } from './mongodb-engine.ts';
import { sessionContract } from './session-contract.ts';

let proxy: CuttingProxy;
beforeAll(async () => {
  proxy = await cuttingProxy(provided());
});
afterAll(() => proxy.close());

driverContract('MongoDB', () => mongodbEngine(provided(), proxy));
sessionContract('MongoDB', () => mongodbEngine(provided(), proxy));
