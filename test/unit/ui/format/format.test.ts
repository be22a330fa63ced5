import { describe, expect, it } from 'vitest';
import { durationText } from '../../../../src/events/duration-text.ts';
import { sentences } from '../../../../src/events/sentences.ts';
import {
  age,
  characterCount,
  clock,
  rowsText,
  thousands,
  ticking,
} from '../../../../src/ui/format/format.ts';

describe('figures', () => {
  it.each([
    [0.04, '0 ms'],
    [0.44, '0.4 ms'],
    [9.96, '10 ms'],
    [999.4, '999 ms'],
    [3249, '3.2 s'],
    [59_999, '59.9 s'],
    [125_000, '2 min 5 s'],
    [-5, '0 ms'],
    [120_000, '2 min'],
    [3_780_000, '1 h 3 min'],
    [273_600_000, '3 d 4 h'],
  ])('writes %d ms as %s', (ms, text) => expect(durationText(ms)).toBe(text));

  it('counts what grows in whole seconds', () => {
    expect(age(12_900)).toBe('12 s');
    expect(age(-5)).toBe('0 s');
  });

  it('ticks in tenths, so that neither width nor unit jumps', () => {
    expect([-3, 0, 99, 400, 59_999, 61_000, 120_000].map(ticking)).toEqual([
      '0.0 s',
      '0.0 s',
      '0.0 s',
      '0.4 s',
      '59.9 s',
      '1 min 1 s',
      '2 min 0 s',
    ]);
  });

  it('puts texts of several hands one after the other', () => {
    expect(sentences('connect ECONNREFUSED', undefined, 'Is it running?')).toBe(
      'connect ECONNREFUSED. Is it running?',
    );
  });

  it('writes the second of a record only where it is a new one', () => {
    expect(clock(7112, undefined)).toBe('07.112');
    expect([clock(7113, 7112), clock(8001, 7999)]).toEqual(['.113', '08.001']);
  });

  it('counts characters, not UTF-16 units', () => {
    expect(['', 'a', '🙂é', '\ud83d'].map(characterCount)).toEqual([0, 1, 2, 1]);
  });

  it('keeps thousands apart and one row in the singular', () => {
    expect(thousands(21480)).toBe('21\u00a0480');
    expect(thousands(1234567)).toBe('1\u00a0234\u00a0567');
    expect(rowsText(1)).toBe('1 row');
  });
});
