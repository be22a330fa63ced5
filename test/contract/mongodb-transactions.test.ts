import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { startMongoDouble } from '../servers/mongo-double/server.ts';
import { Connections } from './contract.ts';
import { provided, targetOf } from './mongodb-engine.ts';
import { ask, CancelLog, Collector, run } from './running.ts';

const DATABASE = 'db.getSiblingDB("querytape_transactions")';
const ALL = `${DATABASE}.c.find({}, {_id: 1, n: 1}).sort({_id: 1})`;

describe('a transaction', () => {
  const driver = mongodbDriver();
  const connections = new Connections({
    driver,
    target: targetOf(provided()),
    password: provided().password,
  });
  let connection: Connection;
  let other: Connection;

  const codeOf = async (on: Connection, text: string): Promise<string> => {
    const { end } = await run(on, text);
    return end.type === 'completed' ? 'completed' : end.failure.code;
  };

  beforeAll(async () => {
    connection = await connections.connect();
    other = await connections.connect();
  });
  beforeEach(async () => {
    await ask(connection, `${DATABASE}.c.drop()`);
    await ask(connection, `${DATABASE}.c.insertMany([{_id: 1, n: 1}, {_id: 2, n: 1}])`);
  });
  afterAll(async () => {
    await ask(connection, `${DATABASE}.dropDatabase()`);
    await connections.closeAll();
  });

  it('is seen by others only after its commit', async () => {
    const before = await ask(other, ALL);
    expect((await run(connection, driver.transaction({ step: 'begin' })[0]!)).end.transaction).toBe('open');
    await ask(connection, `${DATABASE}.c.updateMany({}, {$inc: {n: 1}})`);
    expect(await ask(other, ALL)).toEqual(before);
    const after = await ask(connection, ALL);
    expect(after).not.toEqual(before);
    expect((await run(connection, driver.transaction({ step: 'commit' })[0]!)).end).toMatchObject({
      type: 'completed',
      command: 'COMMIT TRANSACTION',
      transaction: 'none',
    });
    expect(await ask(other, ALL)).toEqual(after);
  });

  it('leaves nothing behind when it is aborted', async () => {
    const before = await ask(other, ALL);
    await ask(
      connection,
      'session.startTransaction({readConcern: {level: "snapshot"}, writeConcern: {w: "majority"}})',
    );
    await ask(connection, `${DATABASE}.c.deleteMany({})`);
    await ask(connection, 'session.abortTransaction()');
    expect(connection.transaction).toBe('none');
    expect(await ask(other, ALL)).toEqual(before);
  });

  it('that was not used is begun and ended without the server', async () => {
    await ask(connection, 'session.startTransaction()');
    expect(connection.transaction).toBe('open');
    expect((await run(connection, 'session.commitTransaction()')).end).toMatchObject({
      type: 'completed',
      transaction: 'none',
    });
  });

  it('fails where another one was first, and nothing of it is tried again', async () => {
    await ask(connection, 'session.startTransaction()');
    await ask(other, 'session.startTransaction()');
    await ask(connection, `${DATABASE}.c.updateOne({_id: 1}, {$set: {n: 10}})`);
    const conflict = await run(other, `${DATABASE}.c.updateOne({_id: 1}, {$set: {n: 20}})`);
    expect(conflict.end).toMatchObject({
      type: 'failed',
      transaction: 'failed',
      usable: true,
      failure: { code: '112', source: 'server' },
    });
    expect(await codeOf(other, ALL)).toBe('251');
    expect(await codeOf(other, 'session.commitTransaction()')).toBe('251');
    expect(other.transaction).toBe('failed');
    expect((await run(other, 'session.abortTransaction()')).end).toMatchObject({
      type: 'completed',
      transaction: 'none',
    });
    await ask(connection, 'session.commitTransaction()');
    expect((await ask(other, ALL))[0]![1]).toBe('{"$numberInt":"10"}');
  });

  it('is failed by a write that is refused', async () => {
    await ask(connection, 'session.startTransaction()');
    await ask(connection, `${DATABASE}.c.insertOne({_id: 3})`);
    const { end } = await run(connection, `${DATABASE}.c.insertOne({_id: 1})`);
    expect(end).toMatchObject({ type: 'failed', transaction: 'failed', failure: { code: '11000' } });
    await ask(connection, 'session.abortTransaction()');
    expect(await ask(connection, ALL)).toHaveLength(2);
  });

  it('is not failed by a statement that was not understood, as nothing of it was sent', async () => {
    await ask(connection, 'session.startTransaction()');
    await ask(connection, `${DATABASE}.c.insertOne({_id: 3})`);
    expect((await run(connection, `${DATABASE}.c.frobnicate()`)).end).toMatchObject({
      type: 'failed',
      transaction: 'open',
    });
    await ask(connection, 'use other');
    await ask(connection, 'session.commitTransaction()');
    expect(await ask(connection, ALL)).toHaveLength(3);
  });

  it('is failed by a cancel, and the next one is a new one', async () => {
    await ask(connection, 'session.startTransaction()');
    await ask(connection, `${DATABASE}.c.insertOne({_id: 3})`);
    const execution = connection.execute(
      `${DATABASE}.c.find({$where: "sleep(20000) || true"})`,
      new Collector(),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ stopped: true, usable: true, transaction: 'failed' });
    await ask(connection, 'session.abortTransaction()');
    await ask(connection, 'session.startTransaction()');
    await ask(connection, `${DATABASE}.c.insertOne({_id: 4})`);
    await ask(connection, 'session.commitTransaction()');
    expect((await ask(connection, ALL)).map(([id]) => id)).toEqual(
      ['1', '2', '4'].map((n) => `{"$numberInt":"${n}"}`),
    );
  });

  it('says what can’t be: two at a time, or the end of none', async () => {
    expect(await codeOf(connection, 'session.commitTransaction()')).toBe('transaction.none');
    expect(await codeOf(connection, 'session.abortTransaction()')).toBe('transaction.none');
    await ask(connection, 'session.startTransaction()');
    expect(await codeOf(connection, 'session.startTransaction()')).toBe('transaction.open');
    await ask(connection, 'session.abortTransaction()');
  });

  it('is gone with its connection', async () => {
    const brief = await connections.connect();
    await ask(brief, 'session.startTransaction()');
    await ask(brief, `${DATABASE}.c.updateOne({_id: 1}, {$set: {n: 10}})`);
    await brief.close();
    // Its lock has gone too, or this would wait.
    expect((await run(connection, `${DATABASE}.c.updateOne({_id: 1}, {$set: {n: 5}})`)).end).toMatchObject({
      rowsAffected: 1,
    });
  });

  it('is refused on a standalone server, which says so in its capabilities', async () => {
    const user = { user: 'u', password: 'p' };
    const standalone = await startMongoDouble({ ...user, replicaSet: null });
    const alone = new Connections({ driver, target: targetOf({ ...standalone, ...user }), password: 'p' });
    const one = await alone.connect();
    expect(one.server.capabilities.transactions).toBe(false);
    expect(await codeOf(one, 'session.startTransaction()')).toBe('transaction.unsupported');
    expect(await codeOf(one, 'db.x.insertOne({})')).toBe('completed');
    await alone.closeAll();
    await standalone.close();
  });
});
