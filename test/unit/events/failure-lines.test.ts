import { describe, expect, it } from 'vitest';
import { type FailureText, withoutWords } from '../../../src/events/failure.ts';
import { caretLines, failureLines } from '../../../src/events/failure-lines.ts';

const base: FailureText = { code: '22012', source: 'server', message: 'division by zero' };

describe('a failure', () => {
  it('lists what the server says beside its message, in the order of psql', () => {
    const failure: FailureText = {
      ...base,
      detail: 'd',
      hint: 'h',
      internalQuery: 'select 1\n/ 0',
      internalPosition: 10,
      context: 'PL/pgSQL function f() line 3 at EXECUTE',
      table: 't',
      constraint: 'c',
    };
    expect(failureLines(failure)).toEqual([
      'DETAIL: d',
      'HINT: h',
      'QUERY: select 1\n/ 0\nLINE 2: / 0\n        ^',
      'CONTEXT: PL/pgSQL function f() line 3 at EXECUTE',
      'ABOUT: table t, constraint c',
    ]);
    expect(failureLines(base)).toEqual([]);
    expect(withoutWords(failure)).toEqual({ code: '22012', source: 'server' });
  });

  it.each([
    ['at the start', 'selec 1', 1, 'LINE 1: selec 1\n        ^'],
    ['behind characters of two units', "select '😀', x", 13, "LINE 1: select '😀', x\n                    ^"],
    ['on a later line, a tab as one column', 'a\n\tb', 4, 'LINE 2:  b\n         ^'],
    ['past the end', 'ab', 9, 'LINE 1: ab\n          ^'],
  ])('points %s', (_where, statement, position, lines) => {
    expect(caretLines(statement, position)).toBe(lines);
  });

  it('cuts a long line around the place', () => {
    const [line, caret] = caretLines(`${'x'.repeat(500)}!${'y'.repeat(500)}`, 501).split('\n');
    expect(line!.length).toBeLessThan(150);
    expect(line![caret!.length - 1]).toBe('!');
  });
});
