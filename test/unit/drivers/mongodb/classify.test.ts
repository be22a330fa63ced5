import { describe, expect, it } from 'vitest';
import { classifyMongodb } from '../../../../src/drivers/mongodb/classify.ts';

/** The dangers of a text, each as its kind and the word that its place points at. */
function dangers(text: string): string[] {
  return classifyMongodb(text).dangers.map(({ kind, position, length }) => {
    const from = [...text].slice(position - 1);
    return `${kind} ${from.slice(0, length ?? 5).join('')}`;
  });
}

describe('dangers, and where they are:', () => {
  it.each([
    ['db.orders.find({a: 1})', []],
    ['db.orders.insertOne({a: 1})', []],
    ['db.orders.deleteOne({})', ['alwaysTrue deleteOne']],
    ['db.orders.findOneAndDelete({}, {sort: {_id: 1}})', []],
    ['db.orders.deleteMany({a: 1})', []],
    ['db.orders.deleteMany({})', ['deleteAll deleteMany']],
    ['db.orders.updateMany({}, {$set: {a: 1}})', ['updateAll updateMany']],
    ['db.orders.updateOne({}, {$set: {a: 1}})', ['alwaysTrue updateOne']],
    ['db.orders.deleteMany({_id: {$exists: true}})', ['alwaysTrue deleteMany']],
    ['db.orders.bulkWrite([{deleteMany: {filter: {}}}])', ['deleteAll bulkWrite']],
    ['db.runCommand({delete: "a", deletes: [{q: {}, limit: 0}]})', ['deleteAll delete']],
    ['db.runCommand({delete: "a", deletes: [{q: {}}]})', ['deleteAll delete']],
    ['db.runCommand({delete: "a", deletes: [{q: {}, limit: 1}]})', ['alwaysTrue delete']],
    [
      'db.adminCommand({bulkWrite: 1, ops: [{update: 0, filter: {}, updateMods: {$set: {a: 1}}, multi: true}]})',
      ['updateAll bulkWrite'],
    ],
    ['db.adminCommand({bulkWrite: 1, ops: [{delete: 0, filter: {}, multi: true}]})', ['deleteAll bulkWrite']],
    ['db.orders.explain().deleteMany({})', []],
    ['db.orders.explain(true).deleteMany({})', []],
    ['db.orders.drop()', ['drop drop']],
    ['db["orders"]["drop"]()', ['drop "drop']],
    ['db.dropDatabase()', ['drop dropDatabase']],
    ['db.runCommand({"drop": "a"})', ['drop "drop"']],
    ['db.orders.dropIndexes()', ['drop dropIndexes']],
    ['db.orders.renameCollection("b")', ['alter renameCollection']],
    ['db.orders.renameCollection("b", true)', ['alter renameCollection', 'drop renameCollection']],
    ['db.orders.createIndex({a: 1})', []],
    ['db.orders.createIndex({a: 1}, {expireAfterSeconds: 5})', ['alter expireAfterSeconds']],
    ['db.runCommand({collMod: "a", validationLevel: "off"})', ['alter collMod']],
    ['db.orders.aggregate([{$out: "b"}])', ['drop $out']],
    ['db.orders.aggregate([{$merge: "b"}])', ['updateAll $merge']],
    ['db.orders.aggregate([{$merge: {into: "b", whenMatched: "keepExisting"}}])', []],
    ['db.orders.find({"🦊": 1, $where: "1"})', ['codeExecution $where']],
    ['db.orders.find({a: Code("1")})', ['codeExecution Code']],
    ['db.orders.find({a: {"$code": "1"}})', ['codeExecution "$code"']],
    ['db.orders.aggregate([{$group: {_id: 1, a: {$accumulator: {}}}}])', ['codeExecution $accumulator']],
    ['db.orders.deleteMany({$where: "1"})', ['codeExecution $where', 'alwaysTrue deleteMany']],
    ['db.runCommand({mapReduce: "a", out: {inline: 1}})', ['codeExecution mapReduce']],
    ['db.runCommand({createUser: "u", pwd: "p", roles: []})', ['grant createUser']],
    ['db.killOp(1)', ['terminate killOp']],
    ['db.adminCommand({fsync: 1, lock: true})', ['lock fsync']],
    ['db.adminCommand({setParameter: 1, a: 1})', ['settings setParameter']],
    ['db.adminCommand({shutdown: 1})', ['terminate shutdown']],
    ['db.runCommand({compact: "a"})', ['rewrite compact']],
    ['db.orders.find({$nope: 1})', ['unknown $nope']],
    ['db.runCommand({nope: 1})', ['unknown nope']],
    ['db.a.find(); db.b.drop(); session.commitTransaction()', ['drop drop', 'commitAmongOthers sessi']],
    ['db.a.find();\ndb.b.find({$nope: 1})', ['unknown $nope']],
    ['db.a.find();\ndb.b.find({a: 1 + 1})', ['unknown 1 + 1']],
  ])('%s', (text, expected) => expect(dangers(text)).toEqual(expected));
});

describe('a filter that is not known to leave a document out', () => {
  it.each([
    '{_id: {$exists: true}}',
    '{_id: {$ne: null}}',
    '{_id: {$gte: MinKey}}',
    '{_id: {$lt: MaxKey(), $gt: MinKey()}}',
    '{a: null}',
    '{a: {$exists: false}}',
    '{a: {$not: {$in: []}}}',
    '{$expr: true}',
    '{$expr: {$eq: ["$a", "$b"]}}',
    '{$expr: {$eq: [{$rand: {}}, {$rand: {}}]}}',
    '{$expr: {$and: ["$a", true]}}',
    '{$or: [{}, {a: 1}]}',
    '{$or: [{a: 1}, {_id: {$exists: true}}]}',
    '{$nor: [{a: 1}]}',
    '{$jsonSchema: {required: ["a"]}}',
    '{_id: {$exists: true}, $comment: "all"}',
  ])('an agent: a write of many documents by %s asks', (filter) => {
    for (const text of [`db.a.deleteMany(${filter})`, `db.a.updateMany(${filter}, {$set: {a: 1}})`])
      expect(classifyMongodb(text).dangers.map(({ kind }) => kind)).toEqual(['alwaysTrue']);
  });

  it.each([
    '{a: 1}',
    '{a: {}}',
    '{_id: {$exists: true}, a: 1}',
    '{_id: {$exists: true, $gt: 5}}',
    '{a: {$gt: -1, $lt: 5}}',
    '{a: {$in: [1, /^b/]}}',
    '{a: {$eq: /b/}}',
    '{a: {$in: []}}',
    '{a: {$elemMatch: {b: 1}}}',
    '{a: {$elemMatch: {$gt: 5}}}',
    '{$expr: {$eq: ["$a", 5]}}',
    '{$expr: {$in: ["$a", [1, 2]]}}',
    '{$or: [{a: 1}, {b: 1}]}',
    '{$and: [{}, {a: 1}]}',
    '{$text: {$search: "a"}}',
  ])('is not %s', (filter) => {
    expect(classifyMongodb(`db.a.deleteMany(${filter})`).dangers).toEqual([]);
  });
});

describe('the shape', () => {
  it.each([
    ['db.orders.find({a: 1})', 'db.?.find({?: ?})'],
    ['db.orders.find( { a : "x" } , /* c */ {b: 1}) // d', 'db.?.find({?: ?}, {?: ?})'],
    [
      'db.orders.find({a: 1, b: 2, c: {$in: [1, 2, 3]}}).limit(5);',
      'db.?.find({?: ?, …, ?: {$in: [?, …]}}).limit(?)',
    ],
    ['db.orders.find({"alice@example.org": 1})', 'db.?.find({?: ?})'],
    ['db.orders.find({alice: {bob: 1}})', 'db.?.find({?: {?: ?}})'],
    ['db.orders.find({_id: ObjectId("64b0c0ffee00000000000001")})', 'db.?.find({?: ?})'],
    ['db.orders.find({_id: {$oid: "64b0c0ffee00000000000001"}})', 'db.?.find({?: {?: ?}})'],
    ['db["alice@example.org"].find()', 'db.?.find()'],
    ['db["orders"].find()', 'db.?.find()'],
    ['db.getCollection("orders").find()', 'db.getCollection(?).find()'],
    ['db.getCollection("a b").find()', 'db.getCollection(?).find()'],
    ['db.getSiblingDB("shop").orders.drop()', 'db.getSiblingDB(?).?.drop()'],
    ['db.runCommand({find: "orders", filter: {a: 1}})', 'db.runCommand({find: ?, ?: {?: ?}})'],
    ['db.runCommand({alice: 1})', 'db.runCommand({?: ?})'],
    ['db.orders.insertMany([{a: 1}, {a: 2}])', 'db.?.insertMany([{?: ?}, …])'],
    [
      'db.orders.aggregate([{$match: {a: {$gt: 1}}}, {$out: "b"}])',
      'db.?.aggregate([{$match: {?: {$gt: ?}}}, {$out: ?}])',
    ],
    ['db.orders.find({$alice: 1})', 'db.?.find({?: ?})'],
    ['use shop', 'use ?'],
    ['use a-b', 'use ?'],
    ['show collections // alice', 'show collections'],
    ['// show alice\nshow dbs', 'show databases'],
    ['/* use alice */ use shop', 'use ?'],
    ['show roles', 'show roles'],
    ['// alice', ''],
    ['db.a.find(); db.b.drop();', 'db.?.find(); db.?.drop()'],
    ['db.alice.bob["x y"].find()', 'db.?.find()'],
    ['db.a.find({a: alice})', null],
    ['db.a.find(', null],
    [`db.a.find({a: "${'x'.repeat(70_000)}"})`, null],
  ])('%s', (text, shape) => expect(classifyMongodb(text).shape).toBe(shape));
});

describe('what is said', () => {
  it('quotes names, and no value', () => {
    const texts = [
      'db.a.find({a: "kanari" + 1})',
      'db.a.find({a: 9007199254740993})',
      'db.a.find({a: /kanari(/})',
      'db.a.find({a: "kanari',
      'db.a.updateMany({a: "kanari"}, {$nope: "kanari"})',
      'db.a.deleteMany({$expr: {$eq: ["kanari", "kanari"]}})',
      'db.runCommand({nope: "kanari"})',
      'db.adminCommand({createUser: "u", pwd: "kanari", roles: []})',
      'db.a.aggregate([{$merge: {into: "b", on: "kanari"}}])',
    ];
    for (const text of texts) {
      const { reason, dangers, shape } = classifyMongodb(text);
      expect(`${reason} ${JSON.stringify(dangers)} ${shape}`, text).not.toMatch(/kanari|9007/);
    }
  });

  it('takes use alone for a setting that is harmless', () => {
    expect(classifyMongodb('use shop').harmlessSetting).toBe(true);
    for (const text of [
      'use shop; db.a.drop()',
      'use a\nuse b',
      'session.startTransaction()',
      'db.runCommand({logout: 1})',
    ])
      expect(classifyMongodb(text).harmlessSetting, text).toBeUndefined();
  });

  it('counts statements', () => {
    expect(classifyMongodb('db.a.find(); db.b.find()\ndb.c.find()').statements).toBe(3);
    expect(classifyMongodb(' // nothing').statements).toBe(0);
  });

  it('is that of the worst of several statements', () => {
    expect(classifyMongodb('db.a.find()\ndb.a.deleteMany({})\nuse x\n')).toMatchObject({
      verdict: 'write',
      reason: '`delete` writes documents, at 18.',
      position: 18,
    });
  });

  it('is that of the parts that run, also where JavaScript would read them as one statement or as a comment', () => {
    for (const text of [
      'show dbs // all\ndb.a.drop()',
      'show collections //\u2028db.a.drop()',
      'use shop //\ndb.a.drop()',
      'show dbs /* all */\ndb.a.drop() // yes',
    ])
      expect(classifyMongodb(text), text).toMatchObject({ verdict: 'ddl', statements: 2 });
    expect(classifyMongodb('show dbs // all').verdict).toBe('read');
    expect(classifyMongodb(' /* a */ show dbs /* b */ // c\n;').verdict).toBe('read');
  });

  it('is never a throw: NUL, halves of characters and what is too long are unknown', () => {
    for (const text of [
      'db.a.find()\0',
      'db.a.find({a: "\ud800"})',
      `db.a.find({a: "${'é'.repeat(1_100_000)}"})`,
    ])
      expect(classifyMongodb(text).verdict).toBe('unknown');
  });

  it('a judgement touches the prototype of nothing', () => {
    classifyMongodb(
      'db.runCommand({find: "x", __proto__: {polluted: 1}, filter: {__proto__: {polluted: 1}}})',
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('what mongosh has and is not available here', () => {
  it.each([
    ['db.version()', 'Is not available here (write db.serverBuildInfo()), at 4.'],
    ['db.orders.isCapped()', 'Is not available here (write stats()), at 11.'],
    ['db.orders.find({}); db.version()', 'Is not available here (write db.serverBuildInfo()), at 24.'],
    [
      'rs.status()',
      /^Is not available here \(write db\.adminCommand\({replSetGetStatus: 1}\) or .*\), at 1\.$/,
    ],
    [
      'db.orders.getShardDistribution()',
      'Is not available here (write aggregate([{$collStats: {storageStats: {}}}])), at 11.',
    ],
    [
      'db["or\\"ders"].validate()',
      'Is not available here (write db.runCommand({validate: "or\\"ders"})), at 16.',
    ],
    ['db.orders.secret("hunter2")', 'Is not a known call with literals, at 11.'],
  ])('is unknown with what to write instead: %s', (text, reason) => {
    const judged = classifyMongodb(text);
    expect(judged.verdict).toBe('unknown');
    expect(judged.reason).toMatch(reason);
  });
});
