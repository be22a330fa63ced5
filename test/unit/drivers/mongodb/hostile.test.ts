import { describe, expect, it } from 'vitest';
import { MONGODB_STATEMENT_UNITS_MAX } from '../../../../src/drivers/limits.ts';
import { classifyMongodb } from '../../../../src/drivers/mongodb/classify.ts';
import { statementFailure } from '../../../../src/drivers/mongodb/failure.ts';
import { parseStatement } from '../../../../src/drivers/mongodb/statement/parse.ts';
import { StatementError } from '../../../../src/drivers/mongodb/statement/syntax.ts';
import { threadMs } from '../../thread-time.ts';

/** Where and why a statement is refused. */
function refusal(text: string): StatementError {
  try {
    parseStatement(text, 'shop');
  } catch (error) {
    if (error instanceof StatementError) return error;
    throw error;
  }
  throw new Error(`it was understood: ${text.slice(0, 80)}`);
}

describe('what is not understood is refused, with its place:', () => {
  it.each([
    ['', '', /no statement/],
    ['// nothing', '', /no statement/],
    ['db', 'db', /Call a method/],
    ['db.orders', 'orders', /Call a method/],
    ['db.orders.find', 'find', /find is a method. Call it/],
    ['db.orders.find({)', ')', /./],
    ['db.orders.find(}', '}', /./],
    ['db.orders.frobnicate()', 'frobnicate', /A collection has: find, findOne/],
    ['db.orders.constructor("x")()', 'db', /one call/],
    ['db.orders.find.call(null)', 'find', /find is a method. Call it/],
    ['db.frobnicate()', 'frobnicate', /A database has: runCommand/],
    ['alert(1)', 'alert', /one call/],
    ['process.exit(1)', 'process', /process is not understood/],
    ['require("fs")', 'require', /one call/],
    ['/* a */ globalThis.db.x.find()', 'globalThis', /not understood/],
    ['db.orders.find({a: process.env})', 'process', /literal/],
    ['db.orders.find({a: eval("1")})', 'eval', /eval is not understood/],
    ['db.orders.find({a: x})', 'x', /x is not understood/],
    ['db.orders.find({a: 1 + 1})', '1 + 1', /literal/],
    [
      'db.orders.find({at: {$gte: new Date(Date.now() - 864e5)}})',
      'Date.now() -',
      /server can compute: .*\$\$NOW/i,
    ],
    ['db.orders.find({a: (() => 1)()})', '(() ', /literal/],
    ['db.orders.find({a: function() { return 1 }})', 'function', /written as text/],
    ['db.orders.find({a: Date()})', 'Date', /new Date/],
    ['db.orders.find({a: BinData(0, "AAECA")})', 'BinData', /base 64/],
    ['db.orders.find({a: {$binary: "AA==", $type: "zz"}})', '{$binary', /two hexadecimal/],
    ['db.orders.find({a: ObjectId.createFromTime("x")})', 'ObjectId', /seconds/],
    ['printjson(db.orders.find())', 'printjson', /call inside it alone/],
    ['EJSON.stringify(db.orders.find())', 'EJSON', /call inside it alone/],
    ['db.orders.watch()', 'watch', /change streams/],
    ['db.fsyncLock()', 'fsyncLock', /adminCommand/],
    ['db.orders.find().readPref("secondary")', 'readPref', /setting of the connection/],
    ['db.orders.find({get a() { return 1 }})', 'get a', /no functions/],
    ['db.orders.find({a() {}})', 'a()', /no functions/],
    ['db.orders.find({[x]: 1})', '[x]', /name: value/],
    ['db.orders.find({a})', 'a}', /name: value/],
    ['db.orders.find({...x})', 'x}', /literal/],
    ['db.orders.find(...x)', '...x', /one by one/],
    ['db.orders.find({a: [...x]})', '...x', /without gaps/],
    ['db.orders.find({a: [1,,2]})', '[1', /without gaps/],
    [`db.orders.find({a: \`x$\{process.pid}\`})`, '`x', /literal/],
    ['db.orders.find`x`', 'db', /one call/],
    ['db[`orders`].find()', '`orders`', /word or by a string/],
    ['db?.orders.find()', 'db', /./],
    ['db.orders?.find()', 'db', /./],
    ['new db.orders.find()', 'new', /one call/],
    ['delete db.orders', 'delete', /one call/],
    ['db.x = 1', 'db', /one call/],
    ['let a = 1', 'let', /Variables/],
    ['for (;;) db.x.find()', 'for', /Variables/],
    ['db.a.find(); db.b.find()', 'db.b', /more than one/],
    ['show dbs //\ndb.a.drop()', 'dbs', /can be shown/],
    ['import("fs")', 'import', /one call/],
    ['await db.x.find()', 'db', /./],
    ['db.x.find({}, {}, {}, {})', '{})', /at most 3/],
    ['db.x.find({}, {}, {allowPartial: 1})', '{allow', /allowPartial is not understood/],
    ['db.x.find(1)', '1', /document/],
    ['db.x.find().limit("a")', '"a"', /whole number/],
    ['db.x.find().limit(1.5)', '1.5', /whole number/],
    ['db.x.find().forEach(print)', 'forEach', /No functions are run here/],
    ['db.x.find().frobnicate()', 'frobnicate', /A cursor has: sort/],
    ['db.x.find().explain().limit(1)', 'limit', /can’t be called/],
    ['db.x.findOne({}).a', 'a', /name them in the projection/],
    ['db.x.insertOne()', ')', /missing/],
    ['db.x.insertOne([1])', '[1]', /document/],
    ['db.x.insertMany([])', '[]', /nothing to write/],
    ['db.x.updateOne({}, {a: 1})', '{a', /operators/],
    ['db.x.replaceOne({}, {$set: {a: 1}})', '{$set', /no operators/],
    ['db.x.updateOne({})', ')', /missing/],
    ['db.x.deleteMany()', ')', /missing/],
    ['db.x.bulkWrite([{upsertOne: {}}])', '[{', /no write/],
    ['db.x.bulkWrite([{insertOne: {document: {}, x: 1}}])', '[{', /no field x/],
    ['db.x.dropIndex()', ')', /Which index/],
    ['db.x.explain()', 'explain', /explained/],
    ['db.runCommand({})', '{}', /document/],
    ['db.runCommand({find: "x", lsid: {}})', '{find', /lsid is set/],
    ['db.runCommand({insert: "x", documents: [], txnNumber: 1})', '{insert', /txnNumber is set/],
    ['db.getSiblingDB("a b").x.find()', '"a b"', /name/],
    ['use', 'use', /Which database/],
    ['use a.b', 'a.b', /have none of .* and no spaces/],
    [`use ${'a'.repeat(64)}`, 'aaa', /at most 63 bytes/],
    ['show me', 'me', /can be shown/],
    ['session.endSession()', 'endSession', /A session has/],
    ['db.x.insertOne({a: ObjectId("xyz")})', 'ObjectId', /24 hexadecimal/],
    ['db.x.insertOne({a: NumberInt(2147483648)})', 'NumberInt', /32 bits/],
    ['db.x.insertOne({a: NumberLong("9223372036854775808")})', 'NumberLong', /64 bits/],
    ['db.x.insertOne({a: 9007199254740993})', '9007', /NumberLong/],
    ['db.x.insertOne({a: ISODate("yesterday")})', 'ISODate', /ISO 8601/],
    ['db.x.insertOne({a: new Date("2024-05-01T10:00")})', 'new', /zone/],
    ['db.x.insertOne({a: new Date(2024, 1, 1)})', 'new', /ISO 8601/],
    ['db.x.insertOne({a: BinData(0, "*")})', 'BinData', /base 64/],
    ['db.x.insertOne({a: /x/g})', '/x/g', /flags/],
    ['db.x.insertOne({a: undefined})', 'undefined', /can’t be stored/],
    ['db.x.insertOne({a: "\\ud800"})', '"\\ud800"', /half of a character/],
    ['db.x.insertOne({"a\\0b": 1})', '"a\\0b"', /NUL/],
    ['db.x.insertOne({a: {"$oid": "x"}})', '{"$oid"', /24 hexadecimal/],
    ['db.x.insertOne({a: {"$date": {"$numberLong": "9223372036854775807"}}})', '{"$date"', /date/],
    ['db.x.insertOne({a: -"1"})', '-"1"', /literal/],
    ['db.x.insertOne({a: !0})', '!0', /literal/],
    ['db.x.insertOne({a: void 0})', 'void', /literal/],
  ])('%s', (text, place, message) => {
    const { message: said, at } = refusal(text);
    expect(said).toMatch(message);
    expect(text.slice(at).startsWith(place)).toBe(true);
    expect(said).toMatch(/^\S.*[.?|)]$/su);
  });

  it('advises, where a time would be computed, what is understood and reads', () => {
    const { message } = refusal('db.orders.find({at: {$gte: new Date(Date.now() - 864e5)}})');
    const [filter] = /\{\$expr.*\}(?= )/.exec(message)!;
    expect(classifyMongodb(`db.orders.find(${filter})`).verdict).toBe('read');
  });

  it.each([
    // Methods are called, and no part of a collection's name.
    ['db.x.find().count', 'count', /count is a method. Call it/],
    ['db.x.find().explain', 'explain', /explain is a method. Call it/],
    ['db.x.aggregate([]).explain', 'explain', /explain is a method. Call it/],
    ['db.x.explain.find({})', 'explain', /Call it.*db\.getCollection\("x\.explain"\)/],
    ['db.x.explain', 'explain', /explain is a method/],
    ['db.stats.find()', 'stats', /Call it.*db\.getCollection\("stats"\)/],
    ['db["stats"].find()', '"stats"', /stats is a method/],
    ['db.getSiblingDB.x.find()', 'getSiblingDB', /getSiblingDB is a method/],
    ['db.getSiblingDB("a")', 'getSiblingDB', /Call a method/],
    ['db.getCollection("a")', 'getCollection', /Call a method/],
    ['session.commitTransaction', 'commitTransaction', /Call it/],
    // What a result has in mongosh.
    ['db.x.find().toArray().length', 'length', /countDocuments/],
    ['db.x.find()[0]', '0', /skip.*limit/],
    ['db.x.find().toArray()[3]', '3', /skip.*limit/],
    ['db.x.find().next()', 'next', /findOne/],
    ['db.x.aggregate([]).forEach(f)', 'forEach', /No functions/],
    ['db.x.insertOne({}).insertedId', 'insertedId', /can’t be taken from a result/],
    // Methods that mongosh has.
    ['db.x.insert({})', 'insert', /insertOne\(\) or insertMany\(\)/],
    ['db.x.validate()', 'validate', /runCommand\(\{validate: "x"\}\)/],
    ['db.version()', 'version', /serverBuildInfo/],
    ['db.getUsers()', 'getUsers', /show users/],
    ['rs.status()', 'rs', /replSetGetStatus/],
    ['use("shop")', 'use', /without parentheses/],
    // Arguments that would be left out.
    ['db.x.find().limit(1, 2)', '2', /at most 1/],
    ['db.x.find().count(1)', '1', /true/],
    ['db.x.find().count(true, {})', '{}', /at most 1/],
    ['db.x.find().size(true)', 'true', /no argument/],
    ['db.x.find().returnKey().count()', 'count', /returnKey has no meaning/],
    ['db.x.find().allowDiskUse(1)', '1', /true or false/],
    ['db.x.find().skip(-1)', '-1', /not negative/],
    ['db.x.find({}, {}, {sort: 1})', '{sort', /sort is a document/],
    ['db.x.find({}, {}, {limit: "1"})', '{limit', /limit is a whole number/],
    ['db.x.find().hint(1)', '1', /name or a document/],
    ['db.x.findOne({}, {}, {limit: 5})', '{limit', /limit is not understood/],
    ['db.x.aggregate([], {batchSize: 1, cursor: {}})', '{batch', /given twice/],
    ['db.x.aggregate([], {explain: 1})', '{explain', /queryPlanner/],
    ['db.x.aggregate([], {explain: true}).explain()', 'explain', /can’t be called/],
    ['db.x.aggregate([]).allowDiskUse("yes")', '"yes"', /true or false/],
    ['db.x.insertMany([{}], {ordered: 0})', '{ordered', /true or false/],
    ['db.x.updateOne({}, {$set: {a: 1}}, {upsert: 1})', '{upsert', /true or false/],
    ['db.x.bulkWrite([{deleteOne: {filter: {}, hint: 1}}])', '[{', /name or a document/],
    ['db.x.dropIndex(1)', '1', /name or its keys/],
    ['db.x.hideIndex(1)', '1', /name or its keys/],
    ['db.x.insertOne({a: ObjectId("65f000000000000000000001", 1)})', 'ObjectId', /fewer arguments/],
    ['db.x.insertOne({a: NumberLong("5", 16)})', 'NumberLong', /fewer arguments/],
    ['db.x.insertOne({a: MinKey(1)})', 'MinKey', /fewer arguments/],
    ['db.x.insertOne({a: Timestamp({t: 1, i: 2, x: 3})})', 'Timestamp', /\{t: …, i: …\}/],
    ['db.x.insertOne({a: {$timestamp: {t: 1, i: 2, x: 3}}})', '{$timestamp', /t and i/],
    ['db.x.insertOne({a: {$minKey: 2}})', '{$minKey', /number 1/],
    ['db.x.insertOne({a: NumberInt("")})', 'NumberInt', /32 bits/],
    // Numbers that a double would change, however they are written.
    ['db.x.insertOne({a: 9_007_199_254_740_993})', '9_007', /NumberLong\("9007199254740993"\)/],
    ['db.x.insertOne({a: -9007199254740993})', '-9007', /NumberLong\("-9007199254740993"\)/],
    ['db.x.insertOne({a: 0x20000000000001})', '0x20', /NumberLong\("9007199254740993"\)/],
    ['db.x.insertOne({a: 0b100000000000000000000000000000000000000000000000000001})', '0b1', /NumberLong/],
    ['db.x.insertOne({a: 0o400000000000000001})', '0o4', /NumberLong\("9007199254740993"\)/],
    ['db.x.insertOne({a: 9007199254740993.0})', '9007', /NumberDecimal\("9007199254740993.0"\)/],
    ['db.x.insertOne({a: 9.007199254740993e15})', '9.007', /NumberDecimal/],
    ['db.x.insertOne({a: 18446744073709551617})', '18446', /NumberDecimal\("18446744073709551617"\)/],
    ['db.x.insertOne({a: 1e400})', '1e400', /NumberDecimal\("1e400"\)/],
    ['db.x.insertOne({a: -1e400})', '-1e400', /NumberDecimal\("-1e400"\)/],
    ['db.x.insertOne({a: 1e-400})', '1e-400', /NumberDecimal/],
    ['db.x.insertOne({a: Double("1e400")})', 'Double', /this large/],
    ['db.x.insertOne({a: {$numberDouble: "1e400"}})', '{$numberDouble', /this large/],
    ['db.x.insertOne({9007199254740993: 1})', '9007', /name is a word or a string/],
    ['db.x.find().limit(9007199254740993)', '9007', /NumberLong/],
  ])('%s', (text, place, message) => {
    const { message: said, at } = refusal(text);
    expect(said).toMatch(message);
    expect(text.slice(at).startsWith(place)).toBe(true);
    expect(said).toMatch(/^\S.*[.?|)]$/su);
  });

  it('a place counts characters, from 1', () => {
    const text = 'db.x.insertOne({a: "🦊🦊", b: y})';
    expect(statementFailure(refusal(text), text)).toMatchObject({
      code: 'statement.notUnderstood',
      position: text.indexOf('y') - 1,
    });
  });

  it.each([
    ['brackets', (n: number) => '['.repeat(n)],
    ['brackets that close', (n: number) => `db.x.find(${'['.repeat(n)}${']'.repeat(n)})`],
    ['documents', (n: number) => `db.x.find(${'{a:'.repeat(n)}1${'}'.repeat(n)})`],
    ['signs', (n: number) => `${'-'.repeat(n)}1`],
    ['signs apart', (n: number) => `db.x.find({a: ${'- '.repeat(n)}1})`],
    ['calls', (n: number) => `db.x.find({a: ${'ObjectId('.repeat(n)}${')'.repeat(n)}})`],
    ['negations', (n: number) => `${'!'.repeat(n)}1`],
    ['arrows', (n: number) => `${'a=>'.repeat(n)}1`],
    ['conditions', (n: number) => `${'a?'.repeat(n)}1`],
    ['templates', (n: number) => `\`$\{`.repeat(n)],
    ['names', (n: number) => `db${'.a'.repeat(n)}`],
    ['blocks', (n: number) => '{'.repeat(n)],
    ['news', (n: number) => `${'new '.repeat(n)}X`],
    ['blanks in a name', (n: number) => `use a${' '.repeat(n)}b c`],
    ['blanks after what is shown', (n: number) => `show a${' \n'.repeat(n)}b`],
    ['comments that end nowhere', (n: number) => `show a ${'/* '.repeat(n)}`],
    ['comments before it', (n: number) => `${'/**/ '.repeat(n)}use a b`],
  ])('64 KiB of %s is refused and crashes nothing', (_what, make) => {
    expect(refusal(make(65_536)).message).toMatch(/^\S/);
  });

  it.each([300, 3_000, 300_000])(
    '%i levels are too deep, whether the parser or its reader ends there',
    (n) => {
      for (const text of [`${'['.repeat(n)}${']'.repeat(n)}`, `${'{a:'.repeat(n)}1${'}'.repeat(n)}`])
        expect(refusal(`db.x.find({a: ${text}})`).code).toBe('statement.tooDeep');
    },
  );

  it('a text beyond the limit is refused unread; one just below it takes no more for each of its documents', {
    tags: ['slow'],
  }, () => {
    expect(refusal('x'.repeat(MONGODB_STATEMENT_UNITS_MAX + 1)).code).toBe('statement.tooLong');
    const item = '{a:1,b:"x",c:[1,2]},';
    const count = Math.min(99_999, Math.floor((MONGODB_STATEMENT_UNITS_MAX - 100) / item.length));
    const msPerDocument = (documents: number): number => {
      const startedAt = threadMs();
      expect(parseStatement(`db.x.insertMany([${item.repeat(documents)}])`, 'shop').type).toBe('command');
      return (threadMs() - startedAt) / documents;
    };
    const few = msPerDocument(Math.floor(count / 10));
    // Reading that were quadratic would take ten times as long for each.
    expect(Math.min(msPerDocument(count), msPerDocument(count))).toBeLessThan(6 * few);
  });

  it('a long chain of members is a long name and no deep one', () => {
    const operation = parseStatement(`db${'.a'.repeat(20_000)}.find()`, 'shop');
    expect(operation.type).toBe('command');
  });

  it('nothing that is read touches the prototype of anything', () => {
    parseStatement(
      'db.x.insertOne({__proto__: {polluted: 1}, constructor: {prototype: {polluted: 1}}})',
      'shop',
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
