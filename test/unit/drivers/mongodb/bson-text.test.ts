import fc from 'fast-check';
import {
  Binary,
  BSON,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';
import { describe, expect, it } from 'vitest';
import { Elements } from '../../../../src/drivers/mongodb/bson-reader.ts';
import type { Value } from '../../../../src/drivers/mongodb/statement/operation.ts';
import { shellText } from '../../../../src/drivers/mongodb/statement/shell-text.ts';
import { parseExpression } from '../../../../src/drivers/mongodb/statement/syntax.ts';
import { literalOf } from '../../../../src/drivers/mongodb/statement/value.ts';
import { textOf, textOfBytes } from './documents.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\', '\u0000\u001f\u007f', '\u2028', '🦊', '$a.b'),
);
const name = fc.oneof(
  text.map((item) => item.replaceAll('\0', '')),
  fc.constantFrom('1', '0', '__proto__', 'a b', 'constructor'),
  // A document whose first field has such a name looks like a value of Extended JSON.
  fc.constantFrom(
    '$oid',
    '$numberInt',
    '$numberLong',
    '$date',
    '$code',
    '$scope',
    '$minKey',
    '$binary',
    '$type',
  ),
  fc.constantFrom(
    '$uuid',
    '$undefined',
    '$dbPointer',
    '$ref',
    '$id',
    '$regularExpression',
    '$regex',
    '$options',
  ),
);

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  text,
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((item) => new Int32(item)),
  fc.double().map((item) => new Double(item)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((item) => Long.fromBigInt(item)),
  fc
    .constantFrom(
      '0',
      '12345678901234567890123456789012.34',
      '0E-6176',
      '0E+6111',
      '-0.000',
      '-0',
      '1.10',
      '1E+3',
      '-1E-6176',
      '9.999999999999999999999999999999999E+6144',
      'NaN',
      'Infinity',
      '-Infinity',
    )
    .map((item) => Decimal128.fromString(item)),
  bytes(12).map((item) => new ObjectId(item)),
  fc.integer({ min: -8.64e15, max: 8.64e15 }).map((item) => new Date(item)),
  fc
    .tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 128, 255))
    .map(([item, subtype]) => new Binary(item, subtype)),
  fc
    .tuple(text, fc.constantFrom('', 'i', 'im'))
    .map(([item, options]) => new BSONRegExp(item.replaceAll('\0', ''), options)),
  text.map((item) => new BSONSymbol(item)),
  text.map((item) => new Code(item)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom(new MinKey(), new MaxKey()),
);
const scoped: fc.Arbitrary<Value> = fc
  .tuple(
    text,
    fc.array(
      fc.tuple(
        name,
        fc.integer().map((item) => new Int32(item)),
      ),
      { maxLength: 2 },
    ),
  )
  .map(([item, scope]) => new Code(item, new Map(scope) as unknown as Record<string, unknown>));
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    scoped,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs) as Value),
  ),
}));

const LOSSLESS = { promoteValues: false, promoteBuffers: false, bsonRegExp: true };

describe('BSON as canonical Extended JSON', () => {
  it('is what the BSON library writes, for every document that it can read without loss', () => {
    // Its objects sort fields that look like numbers, and it reads no DBRef as a document.
    const plain = fc.array(
      fc.tuple(
        name.filter((item) => !/^\d+$|^__proto__$|^\$/.test(item)),
        scalar,
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(plain, (pairs) => {
        const document = BSON.serialize(new Map(pairs) as unknown as BSON.Document);
        const theirs = BSON.EJSON.stringify(BSON.deserialize(document, LOSSLESS), { relaxed: false });
        expect(textOfBytes(document)).toBe(theirs);
      }),
      { numRuns: 500 },
    );
  });

  it('comes back as the very same bytes: as Extended JSON, and as the shell writes it', {
    tags: ['slow'],
  }, () => {
    fc.assert(
      fc.property(value, (item) => {
        const document = new Map([['v', item]]);
        const before = Buffer.from(BSON.serialize(document as unknown as BSON.Document)).toString('hex');
        for (const written of [textOf(document), shellText(document)]) {
          const read = literalOf(parseExpression(`(${written})`));
          expect(Buffer.from(BSON.serialize(read as unknown as BSON.Document)).toString('hex')).toBe(before);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('writes what no class of the library holds: a far date, undefined, a pointer, a name that comes twice', () => {
    const element = (type: number, name: string, hex: string): string =>
      Buffer.from([type]).toString('hex') + Buffer.from(`${name}\0`).toString('hex') + hex;
    const body = [
      element(9, 'd', 'ffffffffffffff7f'),
      element(6, 'u', ''),
      element(12, 'p', `02000000${Buffer.from('c\0').toString('hex')}${'65'.repeat(12)}`),
      element(16, 'n', '01000000'),
      element(16, 'n', '02000000'),
      element(5, 'b', `07000000${'02'}${'03000000'}010203`),
    ].join('');
    const document = Buffer.alloc(body.length / 2 + 5);
    document.writeInt32LE(document.length, 0);
    Buffer.from(body, 'hex').copy(document, 4);
    expect(textOfBytes(document)).toBe(
      `{"d":{"$date":{"$numberLong":"9223372036854775807"}},"u":{"$undefined":true},"p":{"$dbPointer":{"$ref":"c","$id":{"$oid":"${'65'.repeat(12)}"}}},"n":{"$numberInt":"1"},"n":{"$numberInt":"2"},"b":{"$binary":{"base64":"AQID","subType":"02"}}}`,
    );
  });

  it('refuses bytes that are no document, and never reads past them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        const walk = (): void => {
          const elements = new Elements(noise, 0);
          while (elements.next()) expect(elements.end).toBeLessThanOrEqual(noise.length);
        };
        try {
          walk();
        } catch (error) {
          expect((error as Error).name).toBe('BsonError');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
