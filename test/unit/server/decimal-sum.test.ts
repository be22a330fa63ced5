import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecimalSum } from '../../../src/server/decimal-sum.ts';

function sumOf(...texts: string[]) {
  const sum = new DecimalSum();
  const isNumber = texts.map((text) => sum.add(text));
  return { sum: sum.sum, average: sum.average, numbers: isNumber.filter(Boolean).length };
}

describe('the sum of decimal numbers', () => {
  it.each([
    [['1', '2'], '3', '1.5'],
    [['0.1', '0.2'], '0.3', '0.15'],
    [['4310.50', '0', '0'], '4310.50', '1436.83'],
    [
      ['9007199254740993', '0.000000000000000000001'],
      '9007199254740993.000000000000000000001',
      '4503599627370496.500000000000000000001',
    ],
    [['-1', '-1', '-3'], '-5', '-1.67'],
    [['10', '20'], '30', '15'],
    [['1.10', '1.10'], '2.20', '1.10'],
    [['1e3', '1E-3', '+2'], '1002.001', '334.000'],
    [['00042', '-0'], '42', '21'],
    [['.5', '5.'], '5.5', '2.75'],
    [['1.5', 'NaN'], 'NaN', 'NaN'],
    [['1', '-Infinity', '-inf'], '-Infinity', '-Infinity'],
    [['Infinity', '-Infinity'], 'NaN', 'NaN'],
  ])('of %j is %s, the average %s', (texts, sum, average) => {
    expect(sumOf(...texts)).toEqual({ sum, average, numbers: texts.length });
  });

  it('takes nothing for a number that is none', () => {
    const none = ['', '.', '-', '$1.00', '1,000', '0x10', '1 ', 'e5', '1e99999', '2026-01-01', 'infinite'];
    expect(sumOf(...none, '7')).toEqual({ sum: '7', average: '7', numbers: 1 });
    expect(sumOf(...none)).toEqual({ sum: '0', average: null, numbers: 0 });
  });

  it('has every digit, in whatever order', () => {
    const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(30));
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1 }), (numbers) => {
        const texts = numbers.map(([units, places]) => `${units}e-${places}`);
        const total = numbers.reduce((sum, [units, places]) => sum + units * 10n ** BigInt(30 - places), 0n);
        const { sum } = sumOf(...texts);
        const [whole = '', fraction = ''] = sum.split('.');
        expect(
          BigInt(whole.replace('-', '') + fraction.padEnd(30, '0')) * (sum.startsWith('-') ? -1n : 1n),
        ).toBe(total);
        expect(sumOf(...texts.toReversed()).sum).toBe(sum);
      }),
    );
  });
});
