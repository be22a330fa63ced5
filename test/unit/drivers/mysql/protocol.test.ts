import { describe, expect, it } from 'vitest';
import {
  type ColumnDefinition,
  isEof,
  type Packet,
  readColumnDefinition,
  readEof,
  readOk,
} from '../../../../src/drivers/mysql/protocol.ts';
import { columnsOf, typeText } from '../../../../src/drivers/mysql/types.ts';
import { isBinaryType } from '../../../../src/events/engines/mysql-rows.ts';

const packet = (...payload: number[]): Packet => ({
  buffer: Buffer.from([9, 9, 9, 9, ...payload]),
  start: 0,
  end: 4 + payload.length,
  isGiven: false,
});
const text = (value: string): number[] => [Buffer.byteLength(value), ...Buffer.from(value)];
const int = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, at) => (value >>> (8 * at)) & 0xff);

describe('an OK packet', () => {
  it('tells rows, status and warnings', () => {
    expect(readOk(packet(0, 0xfc, 0x10, 0x27, 5, 3, 0, 2, 1), false)).toEqual({
      affected: 10_000,
      status: 3,
      warnings: 258,
      variables: {},
      changed: false,
      endsRows: false,
    });
    expect(readOk(packet(0, 0xfe, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0), false)).toMatchObject({
      affected: 2 ** 32,
    });
  });

  it('tells the variables that changed, one a change as MySQL writes them, or several as MariaDB does', () => {
    const one = [...text('character_set_client'), ...text('latin1')];
    const two = [...text('character_set_results'), ...text('')];
    const changed = { character_set_client: 'latin1', character_set_results: '' };
    const ok = (...changes: number[]) =>
      readOk(packet(0, 0, 0, 0, 0x40, 0, 0, ...text('done'), changes.length, ...changes), true);
    const schema = [1, 5, ...text('shop')];
    expect(ok(0, one.length, ...one, ...schema, 0, two.length, ...two).variables).toEqual(changed);
    expect(ok(...schema, 0, one.length + two.length, ...one, ...two).variables).toEqual(changed);
    expect(readOk(packet(0, 0, 0, 0, 0x40, 0, 0), true)).toMatchObject({ variables: {}, changed: true });
  });

  it('takes the count of statements and what is of transactions, which MySQL reports too, for no change', () => {
    const counter = [...text('statement_id'), ...text('7')];
    const zone = [...text('time_zone'), ...text('+01:00')];
    const ok = (...changes: number[]) =>
      readOk(packet(0, 0, 0, 0, 0x40, 0, 0, ...text(''), changes.length, ...changes), true);
    expect(ok(0, counter.length, ...counter)).toMatchObject({ variables: {}, changed: false });
    // A temporary table.
    expect(ok(0, counter.length, ...counter, 2, 1, 0x31)).toMatchObject({ variables: {}, changed: true });
    expect(ok(0, counter.length, ...counter, 1, 2, ...text('a'))).toMatchObject({ changed: true });
    // GTIDs, the characteristics of a transaction, its state.
    for (const type of [3, 4, 5]) {
      const ofTransactions = [type, 9, ...text('T_______')];
      expect(ok(...ofTransactions)).toMatchObject({ variables: {}, changed: false });
      expect(ok(0, counter.length, ...counter, ...ofTransactions)).toMatchObject({ changed: false });
      expect(ok(...ofTransactions, 2, 1, 0x31)).toMatchObject({ changed: true });
    }
    expect(ok(0, counter.length + zone.length, ...counter, ...zone)).toMatchObject({
      variables: { time_zone: '+01:00' },
      changed: true,
    });
  });

  it('reads how a transaction begins, which may be as the server’s session has it', () => {
    const ok = (...changes: number[]) =>
      readOk(packet(0, 0, 0, 0, 0x40, 0, 0, ...text(''), changes.length, ...changes), true);
    const words = text('SET TRANSACTION READ ONLY;');
    expect(ok(4, words.length, ...words).characteristics).toBe('SET TRANSACTION READ ONLY;');
    expect(ok(4, 1, ...text('')).characteristics).toBe('');
    expect(ok(5, 9, ...text('T_______'))).not.toHaveProperty('characteristics');
  });

  it('is distinguished from EOF, and EOF from a row that begins with its byte', () => {
    expect(readEof(packet(0xfe, 1, 0, 3, 0))).toEqual({
      affected: 0,
      status: 3,
      warnings: 1,
      variables: {},
      changed: false,
      endsRows: true,
    });
    expect(readEof(packet(0xfe, 0, 0, 2, 0x40)).changed).toBe(true);
    expect(isEof(packet(0xfe, 1, 0, 3, 0))).toBe(true);
    expect(isEof(packet(0xfe, ...new Array<number>(8).fill(0)))).toBe(false);
  });

  it('that is cut short ends where it ends', () => {
    expect(readOk(packet(0), true)).toMatchObject({ affected: 0, status: 0, warnings: 0, variables: {} });
  });
});

describe('a column’s definition', () => {
  const names = [
    ...text('def'),
    ...text('shop'),
    ...text('o'),
    ...text('orders'),
    ...text('n'),
    ...text('name'),
  ];
  const fixed = [0x0c, ...int(255, 2), ...int(80, 4), 253, ...int(0x1001, 2), 0, 0, 0];

  it('is read with MariaDB’s extended metadata and without', () => {
    const plain = readColumnDefinition(packet(...names, ...fixed));
    expect(plain).toMatchObject({
      schema: 'shop',
      table: 'o',
      orgTable: 'orders',
      name: 'n',
      orgName: 'name',
      charset: 255,
      length: 80,
      type: 253,
      extendedType: '',
    });
    const extended = [0, ...text('uuid'), 1, ...text('json')];
    expect(readColumnDefinition(packet(...names, extended.length, ...extended, ...fixed))).toEqual({
      ...plain,
      extendedType: 'uuid',
      extendedFormat: 'json',
    });
    // A block of twelve bytes looks like the length of the fixed part.
    const twelve = [0, ...text('multipoint')];
    expect(readColumnDefinition(packet(...names, twelve.length, ...twelve, ...fixed))).toEqual({
      ...plain,
      extendedType: 'multipoint',
    });
  });

  const definition = (over: Partial<ColumnDefinition>): ColumnDefinition => ({
    ...{ schema: '', table: '', orgTable: '', name: 'c', orgName: '', extendedType: '', extendedFormat: '' },
    ...{ charset: 255, length: 4, type: 253, flags: 0, decimals: 0 },
    ...over,
  });

  it.each<[string, Partial<ColumnDefinition>]>([
    ['json', { type: 245, charset: 63, length: 0xffffffff }],
    ['vector', { type: 242, charset: 63, length: 4096 }],
    ['geometry', { type: 255, charset: 63, length: 0xffffffff }],
    ['longblob', { type: 252, charset: 63, length: 0xffffffff }],
    ['longtext', { type: 252, length: 0xffffffff }],
    ['text', { type: 252, length: 262_140 }],
    ['tinytext', { type: 252, length: 1020 }],
    ['enum', { type: 254, flags: 0x100 }],
    ['set', { type: 254, flags: 0x800 }],
    ['char(10)', { type: 254, length: 40 }],
    ['binary(16)', { type: 254, length: 16, charset: 63 }],
    ['varbinary(0)', { length: 0, charset: 63 }],
    ['tinyint unsigned', { type: 1, length: 1, flags: 0x20 }],
    ['tinyint(1)', { type: 1, length: 1 }],
    ['decimal(10,2)', { type: 246, length: 12, decimals: 2 }],
    ['decimal(10,0) unsigned', { type: 246, length: 10, flags: 0x20 }],
    ['datetime(3)', { type: 12, decimals: 3, charset: 63 }],
    ['datetime', { type: 12, decimals: 31, charset: 63 }],
    ['type 200', { type: 200 }],
  ])('names %s', (name, over) => {
    expect(typeText(definition(over))).toBe(name);
  });

  it('names what has no character set by a type that reads as bytes, and nothing else', () => {
    const wrong: string[] = [];
    for (let type = 0; type < 256; type++) {
      for (const charset of [63, 255]) {
        const named = typeText(definition({ type, charset, length: 300 }));
        const isString = [15, 249, 250, 251, 252, 253, 254].includes(type);
        const isBytes = [16, 242, 255].includes(type) || (isString && charset === 63);
        if (isBinaryType(named) !== isBytes) wrong.push(`${type} ${charset} ${named}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('tells where a column comes from, and nothing of a name that the statement made', () => {
    const own = definition({ schema: 'shop', orgTable: 'Orders', orgName: 'id' });
    expect(columnsOf([own])[0]?.origin).toEqual({ namespace: 'shop', collection: 'Orders', column: 'id' });
    expect(columnsOf([own], new Set(['orders']))[0]).not.toHaveProperty('origin');
    // WITH c (name) AS (SELECT id FROM Orders), as MySQL says it.
    const renamed = definition({ schema: 'shop', table: 'C', orgTable: 'Orders', orgName: 'name' });
    expect(columnsOf([renamed], new Set(['c']))[0]).not.toHaveProperty('origin');
    expect(columnsOf([definition({ schema: 'shop', orgTable: 'orders' })])[0]).not.toHaveProperty('origin');
  });
});
