import { createConnection } from 'node:net';
import { BSON, Double, Int32, Long, MongoClient, type MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Doc, decode, encode } from '../servers/mongo-double/bson.ts';
import { compare } from '../servers/mongo-double/compare.ts';
import { MessageReader } from '../servers/mongo-double/messages.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';

const USER = { user: 'u', password: 'p' };
const LOSSLESS = { promoteValues: false, promoteBuffers: false, bsonRegExp: true };

describe('the double of MongoDB, to the bare driver, ', () => {
  let double: MongoDouble;
  let client: MongoClient;
  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => (error as MongoServerError).code,
    );

  beforeAll(async () => {
    double = await startMongoDouble(USER);
    const auth = { username: USER.user, password: USER.password };
    const uri = `mongodb://127.0.0.1:${double.port}/?replicaSet=rs0`;
    client = await new MongoClient(uri, { auth, serverMonitoringMode: 'poll' }).connect();
  });
  afterAll(async () => {
    await client.close();
    await double.close();
  });

  it('keeps the types of what it stores, and the order of its fields', async () => {
    const collection = client.db('d').collection('types');
    const document = {
      b: new Int32(1),
      a: new Double(1),
      c: Long.fromNumber(1),
      d: [BSON.Decimal128.fromString('1.0')],
    };
    await collection.insertOne({ _id: 1 as never, ...document });
    const text = BSON.EJSON.stringify(await collection.findOne({}, LOSSLESS), { relaxed: false });
    expect(text).toBe(
      '{"_id":{"$numberInt":"1"},"b":{"$numberInt":"1"},"a":{"$numberDouble":"1.0"},"c":{"$numberLong":"1"},"d":[{"$numberDecimal":"1.0"}]}',
    );
  });

  it('finds, sorts, pages in batches, counts, groups and changes', async () => {
    const collection = client.db('d').collection<{ _id: number; n: number; tags: string[] }>('many');
    const documents = Array.from({ length: 1000 }, (_, n) => ({ _id: n, n: n % 10, tags: [`t${n % 3}`] }));
    await collection.insertMany(documents);
    const found = await collection
      .find({ n: { $gte: 5 }, tags: 't1' })
      .sort({ _id: -1 })
      .batchSize(7)
      .toArray();
    expect(found.map(({ _id }) => _id)).toEqual(
      documents
        .filter(({ n, tags }) => n >= 5 && tags[0] === 't1')
        .map(({ _id }) => _id)
        .reverse(),
    );
    expect(await collection.countDocuments({ n: 3 })).toBe(100);
    expect(await collection.distinct('tags')).toEqual(['t0', 't1', 't2']);
    const groups = await collection
      .aggregate([{ $group: { _id: '$n', s: { $sum: '$_id' } } }, { $sort: { _id: 1 } }])
      .toArray();
    expect(groups[3]).toEqual({
      _id: 3,
      s: documents.filter(({ n }) => n === 3).reduce((sum, { _id }) => sum + _id, 0),
    });
    expect(await collection.updateMany({ n: 1 }, { $inc: { n: 100 }, $push: { tags: 'new' } })).toMatchObject(
      { matchedCount: 100, modifiedCount: 100 },
    );
    expect(
      await collection.findOneAndUpdate({ _id: 1 }, { $set: { n: 7 } }, { returnDocument: 'after' }),
    ).toEqual({ _id: 1, n: 7, tags: ['t1', 'new'] });
    expect(await collection.replaceOne({ _id: 5000 }, { n: 1, tags: [] }, { upsert: true })).toMatchObject({
      upsertedCount: 1,
    });
    expect((await collection.deleteMany({ n: { $lt: 5 } })).deletedCount).toBeGreaterThan(300);
    expect(double.openCursors).toBe(0);
  });

  it('refuses what a server refuses', async () => {
    const db = client.db('d');
    await db.collection('u').createIndex({ a: 1 }, { unique: true });
    await db.collection('u').insertOne({ a: 1 });
    expect(await codeOf(db.collection('u').insertOne({ a: new Double(1) }))).toBe(11000);
    expect(await codeOf(db.command({ noSuchCommand: 1 }))).toBe(59);
    expect(await codeOf(db.collection('u').find({ $nope: 1 }).toArray())).toBe(2);
    expect(
      await codeOf(
        db
          .collection('u')
          .aggregate([{ $nope: 1 }])
          .toArray(),
      ),
    ).toBe(40324);
    expect(await codeOf(db.collection('u').updateOne({}, { $set: { _id: 2 } }))).toBe(66);
    expect(await codeOf(db.createCollection('u'))).toBe(48);
    expect(await codeOf(db.collection('none').rename('other'))).toBe(26);
    await db.createCollection('view', { viewOn: 'u', pipeline: [] });
    expect(await codeOf(db.collection('view').insertOne({}))).toBe(166);
    const wrong = new MongoClient(`mongodb://127.0.0.1:${double.port}/`, {
      auth: { username: 'u', password: 'x' },
    });
    expect(await codeOf(wrong.connect())).toBe(18);
    await wrong.close();
    const anonymous = new MongoClient(`mongodb://127.0.0.1:${double.port}/`);
    expect(await codeOf(anonymous.db('d').collection('u').find().toArray())).toBe(13);
    await anonymous.close();
  });

  it('has transactions that conflict, which the driver tries again', async () => {
    const collection = client.db('d').collection<{ _id: number; n: number }>('txn');
    await collection.insertOne({ _id: 1, n: 0 });
    const add = () =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          const { n } = (await collection.findOne({ _id: 1 }, { session }))!;
          await new Promise((resolve) => setTimeout(resolve, 5));
          await collection.updateOne({ _id: 1 }, { $set: { n: n + 1 } }, { session });
        }),
      );
    await Promise.all([add(), add(), add(), add()]);
    expect((await collection.findOne({ _id: 1 }))?.n).toBe(4);
  });

  it('stops what is killed, by its number and by its session', async () => {
    const collection = client.db('d').collection('slow');
    await collection.insertOne({});
    const admin = client.db('admin');
    const running = async (): Promise<{ opid: number; lsid: { id: unknown } } | undefined> => {
      const operations = await admin
        .aggregate([{ $currentOp: {} }, { $match: { 'command.find': 'slow' } }])
        .toArray();
      return operations[0] as never;
    };
    for (const stop of [
      ({ opid }: { opid: number }) => admin.command({ killOp: 1, op: opid }),
      ({ lsid }: { lsid: { id: unknown } }) => admin.command({ killSessions: [{ id: lsid.id }] }),
    ]) {
      const sleeping = codeOf(collection.find({ $where: 'sleep(30000) || true' }).toArray());
      let found = await running();
      while (!found) found = await running();
      await stop(found as never);
      expect(await sleeping).toBe(11601);
    }
    expect(await codeOf(collection.find({ $where: 'sleep(30000) || true' }).maxTimeMS(20).toArray())).toBe(
      50,
    );
  });

  it('takes messages however they are cut, and drops who speaks something else', async () => {
    const body = encode(
      new Map<string, unknown>([
        ['ping', new Int32(1)],
        ['$db', 'admin'],
      ]),
    );
    const message = Buffer.alloc(21 + body.length);
    message.writeInt32LE(message.length, 0);
    message.writeInt32LE(2013, 12);
    body.copy(message, 21);
    const three = Buffer.concat([message, message, message]);
    for (let size = 1; size < three.length; size += 7) {
      const reader = new MessageReader();
      let count = 0;
      for (let at = 0; at < three.length; at += size)
        count += [...reader.take(three.subarray(at, at + size))].length;
      expect(count).toBe(3);
    }
    const socket = createConnection(double.port, '127.0.0.1');
    socket.write(Buffer.from([22, 3, 1, 2, 0]));
    await new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
  });

  it('orders values as the manual says', () => {
    const ordered = [
      '{"$minKey":1}',
      'null',
      '{"$numberDouble":"NaN"}',
      '{"$numberLong":"-5"}',
      '1',
      '1.5',
      '""',
      '"a"',
      '{}',
      '{"a":1}',
      '[]',
      '[1]',
      'false',
      'true',
      '{"$date":"1970-01-01T00:00:00Z"}',
      '{"$maxKey":1}',
    ];
    const values = ordered.map(
      (text) => decode(BSON.serialize({ v: BSON.EJSON.parse(text, { relaxed: false }) })) as Doc,
    );
    for (const [left, one] of values.entries())
      for (const [right, other] of values.entries())
        expect(Math.sign(compare(one.get('v'), other.get('v')))).toBe(Math.sign(left - right));
    expect(compare(new Int32(1), new Double(1))).toBe(0);
  });
});
