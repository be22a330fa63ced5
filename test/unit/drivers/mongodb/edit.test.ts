import { describe, expect, it } from 'vitest';
import { editStatement } from '../../../../src/drivers/mongodb/edit.ts';
import { parseStatement } from '../../../../src/drivers/mongodb/statement/parse.ts';
import type { RowChange } from '../../../../src/events/edit.ts';
import { commandsOf } from './documents.ts';

const place = { namespace: 'shop', collection: 'orders' };
const key = [{ column: '_id', value: '{"$oid":"65f000000000000000000001"}' }];

describe('the statement of an edit', () => {
  it('compares and writes a document that only looks like a value as the document that it is', () => {
    const cell = { column: 'v', value: '{"\\u0024numberInt":"5"}' };
    const { text } = editStatement({ change: 'update', ...place, key, old: [cell], values: [cell] });
    expect(text).toContain('{ $eq: [{ $type: "$v" }, "object"] }');
    expect(text).toContain('$set: { v: { "\\u0024numberInt": "5" } }');
    const [sent] = commandsOf(parseStatement(text, 'x'));
    expect(sent).toContain('"$set":{"v":{"\\u0024numberInt":"5"}}');
  });

  it('reads as the user would write it', () => {
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
    expect(text).toBe(`db.getSiblingDB("shop").getCollection("orders").findOneAndUpdate(
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
  { collation: { locale: "simple" }, returnDocument: "after" }
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

  it('compares and sets fields whose names a path can’t spell, and leaves their rows editable', () => {
    const old = [
      { column: 'a.b', value: '{"$numberInt":"1"}' },
      { column: '$x', value: null },
      { column: '', value: '"text"' },
    ];
    const plain = editStatement({
      change: 'update',
      ...place,
      key,
      old,
      values: [{ column: 'n', value: 'true' }],
    });
    const [sent] = commandsOf(parseStatement(plain.text, 'x'));
    expect(sent).toContain(
      [
        '{"$eq":[{"$type":{"$getField":{"field":{"$literal":"a.b"},"input":"$$ROOT"}}},"int"]}',
        '{"$eq":[{"$getField":{"field":{"$literal":"a.b"},"input":"$$ROOT"}},1]}',
        '{"$eq":[{"$type":{"$getField":{"field":{"$literal":"$x"},"input":"$$ROOT"}}},"missing"]}',
      ].join(','),
    );
    expect(sent).toContain('"update":{"$set":{"n":true}}');
    const values = [
      { column: 'a.b', value: '"$y"' },
      { column: '', value: null },
    ];
    const odd = editStatement({ change: 'update', ...place, key, old: [], values });
    expect(commandsOf(parseStatement(odd.text, 'x'))[0]).toContain(
      '"update":[{"$replaceWith":{"$setField":{"field":{"$literal":""},"input":{"$setField":{"field":{"$literal":"a.b"},"input":"$$ROOT","value":{"$literal":"$y"}}},"value":"$$REMOVE"}}}]',
    );
    const added = editStatement({
      change: 'insert',
      ...place,
      values: [...values, { column: '$z', value: '1' }],
    });
    expect(commandsOf(parseStatement(added.text, 'x'))[0]).toContain('"documents":[{"a.b":"$y","$z":1}]');
  });

  it.each([
    ['{"$undefined":true}', '{"$eq":[{"$type":"$v"},"undefined"]}'],
    [
      '{"$dbPointer":{"$ref":"c","$id":{"$oid":"65f000000000000000000001"}}}',
      '{"$eq":[{"$type":"$v"},"dbPointer"]}',
    ],
    [
      '{"$date":{"$numberLong":"9223372036854775807"}}',
      '{"$eq":[{"$type":"$v"},"date"]},{"$eq":[{"$toLong":"$v"},{"$numberLong":"9223372036854775807"}]}',
    ],
    ['[{"$undefined":true}]', '{"$eq":[{"$type":"$v"},"array"]}'],
    ['{"a":{"$undefined":true}}', '{"$eq":[{"$type":"$v"},"object"]}'],
  ])('compares %s, which can’t be written', (value, condition) => {
    const old = [{ column: 'v', value }];
    for (const change of [
      { change: 'delete', ...place, key, old },
      { change: 'update', ...place, key, old, values: [{ column: 'n', value: '1' }] },
    ] satisfies RowChange[])
      expect(commandsOf(parseStatement(editStatement(change).text, 'x'))[0]).toContain(condition);
    expect(() => editStatement({ change: 'insert', ...place, values: old })).toThrow(/can’t be written/);
  });

  it('reads an inserted document back where its id is given', () => {
    const values = [{ column: '_id', value: '{"a":"x"}' }];
    expect(editStatement({ change: 'insert', ...place, values }).readBack?.text).toBe(
      'db.getSiblingDB("shop").getCollection("orders").find({ _id: { $eq: { a: "x" } } }).limit(1)',
    );
  });
});
