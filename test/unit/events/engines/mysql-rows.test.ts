import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEX_TEXT, isBinaryType } from '../../../../src/events/engines/mysql-rows.ts';
import type { Column } from '../../../../src/events/result.ts';
import { readRows, rowCodec } from '../../../../src/events/rows.ts';
import { visibleText } from '../../../../src/events/utf8-text.ts';

const column = (type: string): Column => ({ name: 'c', type, numeric: false });

/** A row as the driver hands it over: Int<4> length, then for each value 0xfb or its length and its bytes. */
function row(values: readonly (Uint8Array | null)[]): Buffer {
  const parts = values.flatMap((value) => {
    if (value === null) return [Buffer.from([0xfb])];
    const { length } = value;
    if (length < 0xfb) return [Buffer.from([length]), value];
    const size = length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 8;
    const header = Buffer.alloc(1 + size);
    header[0] = size === 2 ? 0xfc : size === 3 ? 0xfd : 0xfe;
    header.writeUIntLE(length, 1, Math.min(size, 6));
    return [header, value];
  });
  const payload = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  return Buffer.concat([length, payload]);
}

const codec = rowCodec('mysql-text');

describe('rows of MySQL', () => {
  it('give back every text, and every byte as its digits', { tags: ['slow'] }, () => {
    const value = fc.option(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('\ufeffmark')),
    );
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 3, maxLength: 3 })), (rows) => {
        const columns = [column('text'), column('varbinary(9)'), column('varchar(20)')];
        const bytes = Buffer.concat(
          rows.map((values) => row(values.map((text) => (text === null ? null : Buffer.from(text))))),
        );
        const expected = rows.map((values) =>
          values.map((text, at) =>
            text !== null && at === 1
              ? `0x${Buffer.from(text).toString('hex').toUpperCase()}`
              : text === null
                ? null
                : Buffer.from(text).toString(),
          ),
        );
        expect(readRows(codec, bytes, columns)).toEqual(expected);
      }),
    );
  });

  it.each([0, 250, 251, 65_535, 65_536, 0xffffff, 0x1000000])(
    'know a value of %i bytes',
    { tags: ['slow'] },
    (length) => {
      const bytes = row([Buffer.alloc(length, 'a'), null, Buffer.from('next')]);
      expect(codec.rowLength(bytes, 0)).toBe(bytes.length);
      const [first, second, third] = codec.cells(bytes, 0, [column('text'), column('text'), column('text')]);
      expect([first?.length, second, third]).toEqual([length, null, 'next']);
      const [digits] = codec.cells(bytes, 0, [column('longblob'), column('text'), column('text')]);
      expect(digits?.length).toBe(2 + 2 * length);
      expect(HEX_TEXT.test(digits!.slice(0, 100))).toBe(true);
    },
  );

  it('mark bytes of a text column that are not UTF-8', () => {
    const bytes = row([Buffer.from([0x41, 0xc3, 0x28]), Buffer.from('\ufffd')]);
    const [first, second] = codec.cells(bytes, 0, [column('text'), column('text')]);
    expect([visibleText(first!), second]).toEqual(['A\\xC3(', '\ufffd']);
  });

  it.each([
    'blob',
    'tinyblob',
    'longblob',
    'binary(3)',
    'varbinary(300)',
    'bit(1)',
    'point',
    'geometry',
    'geomcollection',
    'multipolygon',
    'vector(3)',
    'varbinary(20) COMPRESSED',
    'blob /*M!100301 COMPRESSED*/',
    'BLOB',
    'point ref_system_id=4326',
  ])('take %s for bytes', (type) => {
    expect(isBinaryType(type)).toBe(true);
  });

  it.each([
    'text',
    'varchar(20)',
    'json',
    'int',
    "enum('blob')",
    'varchar(20) /*M!100301 COMPRESSED*/',
    'pointer',
    'blobs(3)',
    '',
    'decimal(10,2)',
    'uuid',
    'null',
    'bigint unsigned',
    'longtext',
  ])('take %s for text', (type) => {
    expect(isBinaryType(type)).toBe(false);
  });
});
