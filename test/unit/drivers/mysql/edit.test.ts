import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../../src/drivers/driver.ts';
import { editStatement } from '../../../../src/drivers/mysql/edit.ts';
import type { ColumnInfo } from '../../../../src/events/catalogue.ts';
import type { Cell, RowChange } from '../../../../src/events/edit.ts';

const column = (name: string, type: string): ColumnInfo => ({
  name,
  type,
  nullable: true,
  primaryKey: name === 'id' ? 1 : null,
  default: null,
  generated: false,
});
const insert = (type: string, value: string) =>
  editStatement({ change: 'insert', namespace: 's', collection: 't', values: [{ column: 'v', value }] }, [
    column('v', type),
  ]);
const where = (type: string, cell: Cell) => {
  const change: RowChange = { change: 'delete', namespace: 's', collection: 't', key: [cell], old: [] };
  return editStatement(change, [column(cell.column, type)]);
};

describe('the statement of an edit', () => {
  it.each([
    'varbinary(20) /*M!100301 COMPRESSED*/',
    'varbinary(20) COMPRESSED',
    'blob /*M!100301 COMPRESSED*/',
    'BIT(16)',
  ])('writes %s by its digits', (type) => {
    expect(insert(type, '0xFF00')).toMatchObject({
      text: expect.stringContaining('UNHEX(?)'),
      params: ['FF00'],
    });
  });

  it('has the server give a row whose key only the server knows, where it can', () => {
    const values = [{ column: 'v', value: '1' }];
    const change = { change: 'insert', namespace: 's', collection: 't', values } as const;
    const columns = [{ ...column('id', 'char(36)'), default: 'uuid()' }, column('v', 'int')];
    expect(editStatement({ ...change, returning: ['id', 'v'] }, columns)).toEqual({
      text: 'INSERT INTO `s`.`t` (`v`) VALUES (?)\n  /*M!100500 RETURNING `id`, `v` */',
      params: ['1'],
    });
    expect(editStatement(change, columns).text).not.toContain('RETURNING');
    const key = [...values, { column: 'id', value: 'a' }];
    const known = editStatement({ ...change, values: key, returning: ['id', 'v'] }, columns);
    expect(known.text).not.toContain('RETURNING');
    expect(known.readBack?.text).toContain('`id` <=> ?');
  });

  it('writes a vector from its numbers, as FLOATs', () => {
    expect(insert('vector(2)', '[1,2.5]').params).toEqual(['0000803F00002040']);
    expect(insert('vector', ' [ -0.0, 1e-3 ]').params).toEqual(['000000806F12833A']);
    expect(insert('vector(1)', '0x0000803F').params).toEqual(['0000803F']);
    for (const text of ['[]', '[1', '["1"]', '[1e39]', '[null]', '1,2'])
      expect(() => insert('vector(2)', text), text).toThrow(DriverError);
  });

  it('looks for NULL by IS NULL, which every type has', () => {
    expect(where('vector(2)', { column: 'v', value: null }).text).toContain('`v` IS NULL');
    expect(where('int', { column: 'v', value: null }).text).toContain('`v` IS NULL');
    // IS NULL finds 0000-00-00 too.
    for (const type of ['date', 'datetime(3)', 'timestamp'])
      expect(where(type, { column: 'v', value: null }).text).toContain('`v` <=> NULL');
  });

  it('compares a text that is not UTF-8 by its bytes, and writes none', () => {
    const change: RowChange = {
      change: 'update',
      namespace: 's',
      collection: 't',
      key: [{ column: 'id', value: '1' }],
      old: [{ column: 'v', value: 'A\udcc3(' }],
      values: [{ column: 'n', value: '2' }],
    };
    const columns = [column('id', 'int'), column('v', 'text'), column('n', 'int')];
    expect(editStatement(change, columns).params.at(-1)).toBe('41C328');
    expect(() => insert('text', 'A\udcc3(')).toThrow(/not UTF-8/);
    expect(where('varchar(9)', { column: 'id', value: 'A\udcc3(' }).params).toEqual(['41C328']);
  });
});
