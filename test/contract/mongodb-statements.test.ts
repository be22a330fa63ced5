import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, RowSink } from '../../src/drivers/driver.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { Connections } from './contract.ts';
import { targetOf } from './mongodb-engine.ts';
import { ask, Collector, type Outcome, run } from './running.ts';

const USER = { user: 'u', password: 'p' };

/** The one document of a result by its fields. */
function named({ columns, rows }: Outcome): Record<string, string | null> {
  expect(rows).toHaveLength(1);
  return Object.fromEntries((columns ?? []).map(({ name }, index) => [name, rows[0]![index] ?? null]));
}

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

  it('that inserts past errors tells every write that failed, and the ids of those that did not', async () => {
    await ask(connection, 'db.keys.insertMany([{_id: 1}, {_id: 3}])');
    const text = 'db.keys.insertMany([{_id: 0}, {_id: 1}, {_id: 2}, {_id: 3}, {_id: 4}]';
    const unordered = await run(connection, `${text}, {ordered: false})`);
    expect(unordered.end).toMatchObject({ type: 'failed', failure: { code: '11000', source: 'server' } });
    const detail = (unordered.end as { failure: FailureText }).failure.detail;
    expect(detail).toMatch(
      /^2 writes failed; 3 documents were written\.\nWrite 1: E11000.*\nWrite 3: E11000/s,
    );
    expect(named(unordered)).toMatchObject({
      insertedCount: '{"$numberInt":"3"}',
      insertedIds: '[{"$numberInt":"0"},{"$numberInt":"2"},{"$numberInt":"4"}]',
      writeErrors: expect.stringMatching(
        /^\[\{"index":\{"\$numberInt":"1"\},"code":\{"\$numberInt":"11000"\},.*"index":\{"\$numberInt":"3"\}/,
      ),
    });
    const ordered = await run(connection, 'db.keys.insertMany([{_id: 5}, {_id: 1}, {_id: 6}])');
    expect(named(ordered)).toMatchObject({ insertedIds: '[{"$numberInt":"5"}]' });
    const bulk = await run(
      connection,
      'db.keys.bulkWrite([{insertOne: {document: {_id: 7}}}, {deleteOne: {filter: {_id: 7}}}, {insertOne: {document: {_id: 8}}}, {insertOne: {document: {_id: 1}}}], {ordered: false})',
    );
    expect(named(bulk)).toMatchObject({
      insertedIds: '[{"$numberInt":"7"},{"$numberInt":"8"}]',
      writeErrors: expect.stringContaining('"index":{"$numberInt":"3"}'),
    });
    const alone = await run(connection, 'db.keys.insertOne({_id: 1})');
    expect(alone).toMatchObject({ rows: [], end: { type: 'failed', failure: { code: '11000' } } });
  });

  it('runs, and is stopped, on a server that takes comments as text only', async () => {
    const textual = await startMongoDouble({ ...USER, commentIsText: true });
    const other = new Connections({
      driver: mongodbDriver(),
      target: targetOf({ ...USER, host: '127.0.0.1', port: textual.port }),
      password: USER.password,
    });
    const own = await other.connect();
    await ask(own, 'db.c.insertOne({_id: 1})');
    expect(await ask(own, 'db.c.find()')).toHaveLength(1);
    const running = own.execute('db.c.find({$where: "sleep(60000) || true"})', new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    running.cancel({ sent: () => {}, acknowledged: () => {}, escalated: () => {} });
    expect(await running.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    await other.closeAll();
    await textual.close();
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
