import { describe, expect, it } from 'vitest';
import { parseStatement } from '../../../../src/drivers/mongodb/statement/parse.ts';
import { commandsOf } from './documents.ts';

const sent = (text: string): string[] => commandsOf(parseStatement(text, 'shop'));

describe('a statement of the shell is one operation:', () => {
  it.each<[string, string | string[]]>([
    ['db.orders.find()', 'shop {"find":"orders","filter":{}}'],
    ['db.orders.find({status: "paid"},)', 'shop {"find":"orders","filter":{"status":"paid"}}'],
    [
      'db.orders.find({a: {$gt: -1}}, {b: 1, _id: 0}).sort({at: -1, _id: 1}).limit(20).skip(5)',
      'shop {"find":"orders","filter":{"a":{"$gt":-1}},"projection":{"b":1,"_id":0},"sort":{"at":-1,"_id":1},"limit":20,"skip":5}',
    ],
    [
      `db.orders
        // the newest
        .find(/* all */)
        .sort({ at: -1 }).hint('by_at').collation({locale: "de"}).maxTimeMS(100).batchSize(7).toArray();`,
      'shop {"find":"orders","filter":{},"sort":{"at":-1},"hint":"by_at","collation":{"locale":"de"},"maxTimeMS":100,"batchSize":7}',
    ],
    ['db.currentOp(true)', 'admin {"currentOp":1,"$all":true}'],
    ['db.currentOp(false)', 'admin {"currentOp":1}'],
    ['db.orders.find().limit(-5)', 'shop {"find":"orders","filter":{},"singleBatch":true,"limit":5}'],
    [
      'db.orders.find({a: 1}, null, {sort: {b: 1}, limit: 3}).project({c: 1})',
      'shop {"find":"orders","filter":{"a":1},"sort":{"b":1},"limit":3,"projection":{"c":1}}',
    ],
    ['db.orders.findOne({_id: 1})', 'shop {"find":"orders","filter":{"_id":1},"limit":1,"singleBatch":true}'],
    ['db["odd name"].find()', 'shop {"find":"odd name","filter":{}}'],
    ['db.system.users.find()', 'shop {"find":"system.users","filter":{}}'],
    ['db.getCollection("a.b")["c d"].find()', 'shop {"find":"a.b.c d","filter":{}}'],
    ['db.getSiblingDB("other").x.find()', 'other {"find":"x","filter":{}}'],
    ['db.getSiblingDB("a").getSiblingDB("b").getCollection("x").find()', 'b {"find":"x","filter":{}}'],
    [
      'db.orders.find({a: 1}).explain("executionStats")',
      'shop {"explain":{"find":"orders","filter":{"a":1}},"verbosity":"executionStats"}',
    ],
    [
      'db.orders.explain().find({a: 1}).sort({a: 1})',
      'shop {"explain":{"find":"orders","filter":{"a":1},"sort":{"a":1}},"verbosity":"queryPlanner"}',
    ],
    [
      'db.orders.explain(true).deleteMany({})',
      'shop {"explain":{"delete":"orders","deletes":[{"q":{},"limit":0}]},"verbosity":"allPlansExecution"}',
    ],
    ['db.orders.find({a: 1}).limit(2).count(true)', 'shop {"count":"orders","query":{"a":1},"limit":2}'],
    ['db.orders.find({a: 1}).limit(2).count(false)', 'shop {"count":"orders","query":{"a":1}}'],
    [
      'db.orders.find().limit(4294967297).skip(4294967296).maxTimeMS(4294967297).batchSize(2147483648)',
      'shop {"find":"orders","filter":{},"limit":{"$numberLong":"4294967297"},"skip":{"$numberLong":"4294967296"},"maxTimeMS":{"$numberLong":"4294967297"},"batchSize":{"$numberLong":"2147483648"}}',
    ],
    [
      'db.orders.find().limit(-4294967297).skip(NumberLong("9223372036854775807"))',
      'shop {"find":"orders","filter":{},"singleBatch":true,"limit":{"$numberLong":"4294967297"},"skip":{"$numberLong":"9223372036854775807"}}',
    ],
    [
      'db.orders.aggregate([]).maxTimeMS(4294967297).batchSize(3)',
      'shop {"aggregate":"orders","pipeline":[],"cursor":{"batchSize":3},"maxTimeMS":{"$numberDouble":"4294967297.0"}}',
    ],
    ['db.orders.stats(4294967296)', 'shop {"collStats":"orders","scale":{"$numberDouble":"4294967296.0"}}'],
    [
      'db.orders.createIndex({a: 1}, {expireAfterSeconds: 4294967297})',
      'shop {"createIndexes":"orders","indexes":[{"key":{"a":1},"name":"a_1","expireAfterSeconds":{"$numberDouble":"4294967297.0"}}]}',
    ],
    ['db.orders.find({a: 1}).skip(3).count()', 'shop {"count":"orders","query":{"a":1}}'],
    ['db.orders.find({a: 1}).skip(3).size()', 'shop {"count":"orders","query":{"a":1},"skip":3}'],
    ['db.orders.count({a: 1})', 'shop {"count":"orders","query":{"a":1}}'],
    ['db.orders.estimatedDocumentCount()', 'shop {"count":"orders"}'],
    [
      'db.orders.countDocuments({a: 1}, {limit: 5})',
      'shop {"aggregate":"orders","pipeline":[{"$match":{"a":1}},{"$limit":5},{"$group":{"_id":1,"n":{"$sum":1}}}],"cursor":{}}',
    ],
    ['db.orders.distinct("a.b", {c: 1})', 'shop {"distinct":"orders","key":"a.b","query":{"c":1}}'],
    [
      'db.orders.aggregate([{$match: {a: 1}}, {$group: {_id: "$b", n: {$sum: 1}}}], {allowDiskUse: true})',
      'shop {"aggregate":"orders","pipeline":[{"$match":{"a":1}},{"$group":{"_id":"$b","n":{"$sum":1}}}],"cursor":{},"allowDiskUse":true}',
    ],
    [
      'db.orders.aggregate({$match: {}}, {$limit: 1})',
      'shop {"aggregate":"orders","pipeline":[{"$match":{}},{"$limit":1}],"cursor":{}}',
    ],
    [
      'db.aggregate([{$documents: [{a: 1}]}], {batchSize: 2}).maxTimeMS(9)',
      'shop {"aggregate":1,"pipeline":[{"$documents":[{"a":1}]}],"cursor":{"batchSize":2},"maxTimeMS":9}',
    ],
    [
      'db.orders.aggregate([]).explain()',
      'shop {"explain":{"aggregate":"orders","pipeline":[],"cursor":{}},"verbosity":"queryPlanner"}',
    ],
    ['db.orders.insertOne({a: 1})', 'shop {"insert":"orders","documents":[{"a":1}]}'],
    [
      'db.orders.insertMany([{a: 1}, {}], {ordered: false})',
      'shop {"insert":"orders","documents":[{"a":1},{}],"ordered":false}',
    ],
    [
      'db.orders.updateOne({a: 1}, {$set: {b: 2}}, {upsert: true, writeConcern: {w: 1}})',
      'shop {"update":"orders","updates":[{"q":{"a":1},"u":{"$set":{"b":2}},"multi":false,"upsert":true}],"writeConcern":{"w":1}}',
    ],
    [
      'db.orders.updateMany({}, [{$set: {b: "$a"}}])',
      'shop {"update":"orders","updates":[{"q":{},"u":[{"$set":{"b":"$a"}}],"multi":true}]}',
    ],
    [
      'db.orders.replaceOne({a: 1}, {b: 2})',
      'shop {"update":"orders","updates":[{"q":{"a":1},"u":{"b":2},"multi":false}]}',
    ],
    ['db.orders.deleteOne({a: 1})', 'shop {"delete":"orders","deletes":[{"q":{"a":1},"limit":1}]}'],
    [
      'db.orders.deleteMany({}, {hint: {a: 1}})',
      'shop {"delete":"orders","deletes":[{"q":{},"limit":0,"hint":{"a":1}}]}',
    ],
    [
      'db.orders.bulkWrite([{insertOne: {document: {a: 1}}}, {insertOne: {document: {a: 2}}}, {updateMany: {filter: {}, update: {$inc: {a: 1}}}}, {replaceOne: {filter: {a: 1}, replacement: {}, upsert: true}}, {deleteOne: {filter: {a: 2}}}])',
      [
        'shop {"insert":"orders","documents":[{"a":1},{"a":2}]}',
        'shop {"update":"orders","updates":[{"q":{},"u":{"$inc":{"a":1}},"multi":true},{"q":{"a":1},"u":{},"multi":false,"upsert":true}]}',
        'shop {"delete":"orders","deletes":[{"q":{"a":2},"limit":1}]}',
      ],
    ],
    [
      'db.orders.findOneAndUpdate({a: 1}, {$set: {b: 1}}, {returnDocument: "after", projection: {b: 1}})',
      'shop {"findAndModify":"orders","query":{"a":1},"update":{"$set":{"b":1}},"new":true,"fields":{"b":1}}',
    ],
    [
      'db.orders.findOneAndReplace({}, {a: 2}, {sort: {a: 1}})',
      'shop {"findAndModify":"orders","query":{},"update":{"a":2},"sort":{"a":1}}',
    ],
    ['db.orders.findOneAndDelete({a: 1})', 'shop {"findAndModify":"orders","query":{"a":1},"remove":true}'],
    [
      'db.orders.createIndex({a: 1, b: -1}, {unique: true})',
      'shop {"createIndexes":"orders","indexes":[{"key":{"a":1,"b":-1},"name":"a_1_b_-1","unique":true}]}',
    ],
    [
      'db.orders.createIndexes([{a: 1}, {t: "text"}])',
      'shop {"createIndexes":"orders","indexes":[{"key":{"a":1},"name":"a_1"},{"key":{"t":"text"},"name":"t_text"}]}',
    ],
    ['db.orders.dropIndex("a_1")', 'shop {"dropIndexes":"orders","index":"a_1"}'],
    ['db.orders.dropIndexes()', 'shop {"dropIndexes":"orders","index":"*"}'],
    ['db.orders.getIndexes()', 'shop {"listIndexes":"orders","cursor":{}}'],
    ['db.orders.hideIndex("a_1")', 'shop {"collMod":"orders","index":{"name":"a_1","hidden":true}}'],
    ['db.orders.drop()', 'shop {"drop":"orders"}'],
    [
      'db.orders.renameCollection("old", true)',
      'admin {"renameCollection":"shop.orders","to":"shop.old","dropTarget":true}',
    ],
    ['db.orders.stats(1024)', 'shop {"collStats":"orders","scale":1024}'],
    ['db.createCollection("x", {capped: true, size: 10})', 'shop {"create":"x","capped":true,"size":10}'],
    [
      'db.createView("v", "orders", [{$match: {}}])',
      'shop {"create":"v","viewOn":"orders","pipeline":[{"$match":{}}]}',
    ],
    ['db.dropDatabase()', 'shop {"dropDatabase":1}'],
    ['db.stats()', 'shop {"dbStats":1}'],
    ['db.runCommand({ping: 1})', 'shop {"ping":1}'],
    ['db.runCommand("ping")', 'shop {"ping":1}'],
    ['db.adminCommand({setParameter: 1, x: 2.5})', 'admin {"setParameter":1,"x":{"$numberDouble":"2.5"}}'],
    ['db.currentOp()', 'admin {"currentOp":1}'],
    ['db.killOp(77)', 'admin {"killOp":1,"op":77}'],
    [
      'db.getCollectionInfos({name: "x"}, {nameOnly: true})',
      'shop {"listCollections":1,"filter":{"name":"x"},"nameOnly":true,"cursor":{}}',
    ],
    ['show dbs', '{"type":"list","list":"databases"}'],
    ['show databases;', '{"type":"list","list":"databases"}'],
    [
      '// which?\n show collections',
      'shop {"listCollections":1,"nameOnly":true,"authorizedCollections":true,"cursor":{}}',
    ],
    ['show tables', 'shop {"listCollections":1,"nameOnly":true,"authorizedCollections":true,"cursor":{}}'],
    ['show users', 'shop {"usersInfo":1}'],
    ['use other', '{"type":"use","database":"other"}'],
    ['use a:b', '{"type":"use","database":"a:b"}'],
    ['use "other" ;', '{"type":"use","database":"other"}'],
    ['session.commitTransaction()', '{"type":"transaction","step":"commit"}'],
    ['session.abortTransaction();', '{"type":"transaction","step":"abort"}'],
    ['session.startTransaction()', '{"type":"transaction","step":"start","options":{}}'],
  ])('%s', (text, commands) => {
    expect(sent(text)).toEqual(Array.isArray(commands) ? commands : [commands]);
  });

  it('takes the options of a transaction, and no others', () => {
    const operation = parseStatement('session.startTransaction({readConcern: {level: "snapshot"}})', 'shop');
    expect(operation).toMatchObject({ type: 'transaction', step: 'start' });
    expect(() => parseStatement('session.startTransaction({retry: true})', 'shop')).toThrow(/not understood/);
  });
});

const value = (text: string): string => {
  const [command] = sent(`db.c.insertOne({v: ${text}})`);
  return /"documents":\[\{"v":(.*)\}\]\}$/.exec(command!)![1]!;
};

it.each([
  'db.createCollection("c", {autocommit: false, startTransaction: true, txnNumber: NumberLong(1)})',
  'db.serverStatus({lsid: {id: UUID()}})',
  'db.currentOp({$db: "other"})',
  'db.runCommand({ping: 1, txnNumber: NumberLong(1)})',
])('a statement sets nothing of the connection’s session: %s', (text) => {
  expect(() => sent(text)).toThrow(/is set by the connection/);
});

describe('a value is what the shell has it be:', () => {
  it.each([
    ['1', '1'],
    ['-2147483648', '-2147483648'],
    ['2147483648', '{"$numberDouble":"2147483648.0"}'],
    ['1.0', '1'],
    ['-0', '{"$numberDouble":"-0.0"}'],
    ['1.5e300', '{"$numberDouble":"1.5e+300"}'],
    ['NaN', '{"$numberDouble":"NaN"}'],
    ['-Infinity', '{"$numberDouble":"-Infinity"}'],
    ['0x10', '16'],
    ['1_000', '1000'],
    ['9007199254740992', '{"$numberDouble":"9007199254740992.0"}'],
    ['-9007199254740992', '{"$numberDouble":"-9007199254740992.0"}'],
    ['1152921504606846976', '{"$numberDouble":"1152921504606846976.0"}'],
    ['0xFFFFFFFFFFFFF800', '{"$numberDouble":"18446744073709549568.0"}'],
    ['1e23', '{"$numberDouble":"1e+23"}'],
    ['1.7976931348623157e308', '{"$numberDouble":"1.7976931348623157e+308"}'],
    ['5e-324', '{"$numberDouble":"5e-324"}'],
    ['0.1', '{"$numberDouble":"0.1"}'],
    ['0.0', '0'],
    ['9007199254740993n', '{"$numberLong":"9007199254740993"}'],
    ['-1n', '{"$numberLong":"-1"}'],
    ['NumberInt(5)', '5'],
    ['NumberInt("5")', '5'],
    ['Int32(-5)', '-5'],
    ['NumberLong("9223372036854775807")', '{"$numberLong":"9223372036854775807"}'],
    ['Long(7)', '{"$numberLong":"7"}'],
    ['Long.fromString("8")', '{"$numberLong":"8"}'],
    ['NumberDecimal("1.10")', '{"$numberDecimal":"1.10"}'],
    ['Decimal128("NaN")', '{"$numberDecimal":"NaN"}'],
    ['Double(1)', '{"$numberDouble":"1.0"}'],
    ['new Double("-0")', '{"$numberDouble":"-0.0"}'],
    ['ObjectId("65F000000000000000000001")', '{"$oid":"65f000000000000000000001"}'],
    ['ISODate("2024-05-01")', '{"$date":{"$numberLong":"1714521600000"}}'],
    ['ISODate("2024-05-01T10:00:00.5")', '{"$date":{"$numberLong":"1714557600500"}}'],
    ['new Date("2024-05-01T10:00:00+02:00")', '{"$date":{"$numberLong":"1714550400000"}}'],
    ['new Date(0)', '{"$date":{"$numberLong":"0"}}'],
    ['ObjectId.createFromTime(1714521600)', '{"$oid":"663186000000000000000000"}'],
    ['{"$date": 1714521600000}', '{"$date":{"$numberLong":"1714521600000"}}'],
    ['{"$binary": "AAEC", "$type": "05"}', '{"$binary":{"base64":"AAEC","subType":"05"}}'],
    ['Timestamp(1, 2)', '{"$timestamp":{"t":1,"i":2}}'],
    ['Timestamp({t: 4294967295, i: 0})', '{"$timestamp":{"t":4294967295,"i":0}}'],
    ['BinData(0, "AAEC")', '{"$binary":{"base64":"AAEC","subType":"00"}}'],
    ['Binary.createFromBase64("AAEC", 5)', '{"$binary":{"base64":"AAEC","subType":"05"}}'],
    ['HexData(0, "00ff")', '{"$binary":{"base64":"AP8=","subType":"00"}}'],
    [
      'UUID("6f1c8f0e-5a0b-4c1d-9e2f-3a4b5c6d7e8f")',
      '{"$binary":{"base64":"bxyPDloLTB2eLzpLXG1+jw==","subType":"04"}}',
    ],
    ['MinKey()', '{"$minKey":1}'],
    ['MaxKey', '{"$maxKey":1}'],
    ['Code("return 1")', '{"$code":"return 1"}'],
    ['Code("x", {a: 1})', '{"$code":"x","$scope":{"a":1}}'],
    ['DBRef("c", 1, "d")', '{"$ref":"c","$id":1,"$db":"d"}'],
    ['/a.b/im', '{"$regularExpression":{"pattern":"a.b","options":"im"}}'],
    ['RegExp("(?i)a", "x")', '{"$regularExpression":{"pattern":"(?i)a","options":"x"}}'],
    ['BSONSymbol("s")', '{"$symbol":"s"}'],
    ['"a\\u{1F98A}"', '"a🦊"'],
    ["'it\\'s'", '"it\'s"'],
    ['`plain`', '"plain"'],
    ['[1, [2], {a: 3},]', '[1,[2],{"a":3}]'],
    ['{b: 1, "1": 2, a: 3}', '{"b":1,"1":2,"a":3}'],
    ['{__proto__: {x: 1}, constructor: 2}', '{"__proto__":{"x":1},"constructor":2}'],
    ['{"$oid": "65f000000000000000000001"}', '{"$oid":"65f000000000000000000001"}'],
    ['{"$numberLong": "5"}', '{"$numberLong":"5"}'],
    ['{"$numberInt": "5"}', '5'],
    ['{"$numberDouble": "Infinity"}', '{"$numberDouble":"Infinity"}'],
    ['{"$date": "2024-05-01T00:00:00Z"}', '{"$date":{"$numberLong":"1714521600000"}}'],
    ['{"$date": {"$numberLong": "-1"}}', '{"$date":{"$numberLong":"-1"}}'],
    ['{"$binary": {"base64": "AA==", "subType": "80"}}', '{"$binary":{"base64":"AA==","subType":"80"}}'],
    [
      '{"$regularExpression": {"pattern": "a", "options": "i"}}',
      '{"$regularExpression":{"pattern":"a","options":"i"}}',
    ],
    ['{"$code": "f", "$scope": {}}', '{"$code":"f","$scope":{}}'],
    // Operators of queries are documents.
    ['{$regex: "a", $options: "i"}', '{"$regex":"a","$options":"i"}'],
    ['{$type: "string"}', '{"$type":"string"}'],
  ])('%s', (text, expected) => {
    expect(value(text)).toBe(expected);
  });
});
