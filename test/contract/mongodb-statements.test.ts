import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, RowSink } from '../../src/drivers/driver.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { Connections } from './contract.ts';
import { targetOf } from './mongodb-engine.ts';
import { ask, Collector, run } from './running.ts';

const USER = { user: 'u', password: 'p' };

describe('a statement of MongoDB’s shell', () => {
  let double: MongoDouble;
  let connections: Connections;
  let connection: Connection;

  beforeAll(async () => {
    double = await startMongoDouble(USER);
    connections = new Connections({
      driver: mongodbDriver(),
      target: targetOf({ ...USER, host: '127.0.0.1', port: double.port }),
      password: USER.password,
    });
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections.closeAll();
    await double.close();
  });

  it('fails by itself where a method is not called, and the connection takes the next one', async () => {
    for (const text of ['db.c.find().explain', 'db.c.aggregate([]).explain', 'db.c.find().count']) {
      const { end } = await run(connection, text);
      expect(end).toMatchObject({
        type: 'failed',
        usable: true,
        failure: { code: 'statement.notUnderstood', source: 'client', position: text.lastIndexOf('.') + 2 },
      });
    }
    expect(await ask(connection, 'db.c.find().explain()')).toHaveLength(1);
  });

  it('ends in its own failure or loss whatever is thrown on its way', async () => {
    const own = await connections.connect();
    const sink: RowSink = Object.assign(new Collector(), {
      columns() {
        throw new TypeError('a defect');
      },
    });
    expect(await own.execute('db.runCommand({ping: 1})', sink).ended).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      failure: { code: 'statement.defect' },
    });
    const unreadable = { toString: () => 'db.c.find()' } as unknown as string;
    expect(await connection.execute(unreadable, new Collector()).ended).toMatchObject({
      type: 'failed',
      usable: true,
      failure: { code: 'statement.defect', source: 'client' },
    });
  });
});
