import { describe, expect, it } from 'vitest';
import { editStatement } from '../../../../src/drivers/mongodb/edit.ts';
import { parseStatement } from '../../../../src/drivers/mongodb/statement/parse.ts';
import { commandsOf } from './documents.ts';

const place = { namespace: 'shop', collection: 'orders' };
const key = [{ column: '_id', value: '{"$oid":"65f000000000000000000001"}' }];

describe('the statement of an edit', () => {
  it('reads as a person would write it', () => {
    const { text, params } = editStatement({
      change: 'update',
      ...place,
      key,
      old: [
        { column: 'status', value: '"paid"' },
        { column: 'note', value: null },
      ],
      values: [
        { column: 'status', value: '"shipped"' },
        { column: 'total', value: '{"$numberDecimal":"1.10"}' },
        { column: 'gone', value: null },
      ],
    });
    expect(params).toEqual([]);
    expect(text).toBe(`db.getSiblingDB("shop").getCollection("orders").updateOne(
  {
    _id: ObjectId("65f000000000000000000001"),
    $expr: {
      $and: [
        { $eq: [{ $type: "$_id" }, "objectId"] },
        { $eq: ["$_id", ObjectId("65f000000000000000000001")] },
        { $eq: [{ $type: "$status" }, "string"] },
        { $eq: ["$status", "paid"] },
        { $eq: [{ $type: "$note" }, "missing"] }
      ]
    }
  },
  {
    $set: { status: "shipped", total: NumberDecimal("1.10") },
    $unset: { gone: "" }
  },
  { collation: { locale: "simple" } }
)`);
  });

  it('asks each number inside of a value for its type, from the outside in', () => {
    const value = '{"a":[{"b.c":{"$numberDouble":"0.0"}},{"$numberLong":"1"}]}';
    const { text } = editStatement({ change: 'delete', ...place, key, old: [{ column: 'v', value }] });
    const [command] = commandsOf(parseStatement(text, 'x'));
    const expected = [
      '{"$eq":[{"$type":"$v"},"object"]}',
      `{"$eq":["$v",{"$literal":${value}}]}`,
      '{"$eq":[{"$type":{"$getField":{"field":{"$literal":"b.c"},"input":{"$arrayElemAt":["$v.a",0]}}}},"double"]}',
      '{"$eq":[{"$toString":{"$getField":{"field":{"$literal":"b.c"},"input":{"$arrayElemAt":["$v.a",0]}}}},"0"]}',
      '{"$eq":[{"$type":{"$arrayElemAt":["$v.a",1]}},"long"]}',
    ];
    expect(command).toContain(expected.join(','));
    expect(command).not.toContain('collation');
  });

  it('is written in time that grows with the depth of a value', () => {
    const value = `${'{"a":['.repeat(90)}"deep"${']}'.repeat(90)}`;
    const { text } = editStatement({ change: 'insert', ...place, values: [{ column: 'v', value }] });
    expect(commandsOf(parseStatement(text, 'x'))[0]).toContain(value);
  });

  it('inserts what is there, and leaves out what is not', () => {
    const values = [
      { column: 'a', value: '{"$numberInt":"1"}' },
      { column: 'b', value: null },
      { column: 'c', value: '{"$numberDouble":"1.0"}' },
    ];
    expect(editStatement({ change: 'insert', ...place, namespace: '', values }).text).toBe(
      'db.getCollection("orders").insertOne({ a: 1, c: Double(1) })',
    );
  });
});
