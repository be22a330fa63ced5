import { describe, expect, it } from 'vitest';
import type { ColumnInfo } from '../../../../../src/events/catalogue.ts';
import { documentCell, sqlCell } from '../../../../../src/ui/result/edit/cell-edits.ts';
import type { CellEdit } from '../../../../../src/ui/result/grid/grid-editing.ts';

const info = (changes: Partial<ColumnInfo>): ColumnInfo => ({
  name: 'price',
  type: 'text',
  nullable: true,
  primaryKey: null,
  default: null,
  generated: false,
  ...changes,
});
const sql = (value: string | null, changes: Partial<ColumnInfo> = {}, isMissing = false) =>
  sqlCell(value, info(changes), isMissing) as CellEdit;

describe('how a cell of a table is edited', () => {
  it('tells NULL from an inserted row’s default, and says where NULL can’t be', () => {
    expect(sql(null)).toMatchObject({ text: '', isNull: true, nullWord: 'NULL', nullLacking: '' });
    expect(sql(null, {}, true).nullWord).toBe('DEFAULT');
    expect(sql('1', { nullable: false }).nullLacking).toBe('price is NOT NULL.');
  });

  it('offers the two values of a boolean, as the server writes them', () => {
    expect(sql('t', { type: 'boolean' }).choices).toEqual(['t', 'f']);
    expect(sql('t').choices).toEqual([]);
  });

  it('offers the values of an ENUM of MySQL', () => {
    expect(sql('new', { type: "enum('new','it''s, sent','')" }).choices).toEqual(['new', "it's, sent", '']);
    expect(sql('a', { type: "set('a','b')" }).choices).toEqual([]);
  });

  it('offers the values of an enumeration that the catalogue lists', () => {
    expect(sql('gold', { type: 'loyalty', choices: ['none', 'gold'] }).choices).toEqual(['none', 'gold']);
  });

  it('takes JSON to the digit, and says what is not JSON', () => {
    const { read } = sql('{}', { type: 'jsonb' });
    expect(read('[1.10]')).toEqual({ value: '[1.10]' });
    expect(read('text')).toMatchObject({ why: expect.stringContaining('Not valid JSON') });
    expect(sql('x').read('text')).toEqual({ value: 'text' });
  });

  it.each(['line\r\n', 'nul\0'])('refuses a value that a text field would change: %j', (value) => {
    expect(sqlCell(value, null, false)).toMatchObject({ why: expect.stringContaining('control characters') });
  });
});

it('edits a field of a document as its type, and null as no field', () => {
  expect(documentCell(null)).toMatchObject({ isNull: true, nullWord: 'no field' });
  expect(documentCell('true').choices).toEqual(['true', 'false']);
  expect(documentCell('{"$numberInt":"1"}').typeOf('2')).toBe(documentCell('{"$numberInt":"1"}').typeOf('1'));
});
