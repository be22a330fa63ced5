import { describe, expect, it } from 'vitest';
import { ejsonText, fromEjsonText, kindOf } from '../../../../../src/ui/result/edit/ejson-edit.ts';

describe('editing a document’s value', () => {
  const edit = (value: string | null, typed: string) => fromEjsonText(typed, ejsonText(value));

  it.each([
    ['"old"', '5', '"5"'],
    ['"old"', 'say "hi"\\', JSON.stringify('say "hi"\\')],
    ['{"$numberInt":"1"}', '-7', '{"$numberInt":"-7"}'],
    ['{"$numberLong":"1"}', '9007199254740993', '{"$numberLong":"9007199254740993"}'],
    ['{"$numberDouble":"1.5"}', '2', '{"$numberDouble":"2.0"}'],
    ['{"$numberDecimal":"1.50"}', '1.10', '{"$numberDecimal":"1.10"}'],
    ['true', 'false', 'false'],
    ['["a"]', '["b"]', '["b"]'],
    [null, '"made"', '"made"'],
  ])('%s typed over with %s is %s', (value, typed, made) =>
    expect(edit(value, typed)).toEqual({ value: made }),
  );

  it.each([
    ['{"$numberInt":"1"}', '2147483648'],
    ['{"$numberInt":"1"}', '1.5'],
    ['{"$numberLong":"1"}', '9223372036854775808'],
    ['{"$numberDouble":"1.5"}', 'much'],
    ['true', 'yes'],
    ['{"$oid":"65f000000000000000000001"}', 'nothing valid'],
    [null, ''],
  ])('%s is not typed over with %s, as the type would change', (value, typed) =>
    expect(edit(value, typed)).toHaveProperty('why'),
  );

  it('says the type of what is typed as Extended JSON', () => {
    const was = ejsonText('["a"]');
    expect(['["b"]', '{"$numberInt":"1"}', '{'].map((typed) => kindOf(typed, was))).toEqual([
      'array',
      'int',
      'not valid',
    ]);
  });
});
