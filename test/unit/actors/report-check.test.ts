import { describe, expect, it } from 'vitest';
import { ReportCheck } from '../../../src/actors/report-check.ts';
import type { TapeEvent } from '../../../src/events/envelope.ts';
import type { QueryInput } from '../../../src/events/query.ts';

type Input = Pick<QueryInput, 'purpose' | 'readOnly' | 'rowsMax'>;
const INPUT: Input = { purpose: 'statement', readOnly: false, rowsMax: 10 };

const classified = (more: object) =>
  ({ type: 'query.classified', verdict: 'read', dangers: [], admission: 'admitted', ...more }) as TapeEvent;
const first = { type: 'query.firstRowArrived', afterMs: 1, columns: 2 } as const;
const progressed = (rows: number, bytes = rows) => ({ type: 'query.progressed', rows, bytes }) as const;
const limit = { type: 'query.rowLimitReached', rows: 10 } as const;
const full = { type: 'query.resultLimitReached', bytes: 5, cut: 'diskFull' } as const;
const sent = (attempt: number) => ({ type: 'query.cancelSent', attempt }) as const;
const completed = (more: object) =>
  ({ type: 'query.completed', rows: 0, bytes: 0, columns: 2, resultSets: 1, ...more }) as TapeEvent;

/** What is said of the last of these reports, where none before it is wrong. */
function said(reports: readonly TapeEvent[], input: Partial<Input> = {}): string | null {
  const check = new ReportCheck({ ...INPUT, ...input });
  for (const report of reports.slice(0, -1)) expect(check.next(report, false)).toBe(null);
  return check.next(reports.at(-1)!, false);
}

describe('reports of a query agree', () => {
  it.each<[string, readonly TapeEvent[], Partial<Input>?]>([
    ['where rows come to the end', [first, progressed(3), progressed(3), completed({ rows: 4, bytes: 9 })]],
    ['where no row comes', [completed({})]],
    ['where there is no result', [completed({ columns: 0, resultSets: 0 })]],
    [
      'where the limit of rows is reached',
      [first, limit, completed({ rows: 10, bytes: 0, cut: 'rowLimit' })],
    ],
    ['where the disk refuses rows', [first, full, completed({ rows: 1, bytes: 5, cut: 'diskFull' })]],
    ['where a cancel is sent again, and again from the first', [sent(1), sent(2), sent(1), sent(2)]],
    ['where a question is asked', [classified({ dangers: ['x'], admission: 'confirm', promptId: 'p' })]],
    ['where a rule refuses', [classified({ verdict: 'write', admission: 'refused', code: 'x' })]],
    [
      'where a transaction that has become read-only is rolled back',
      [classified({ verdict: 'transaction' })],
      { readOnly: true, purpose: 'transaction' },
    ],
  ])('%s', (_where, reports, input) => {
    expect(said(reports, input)).toBe(null);
  });
});

describe('reports of a query do not agree', () => {
  it.each<[string, readonly TapeEvent[], string, Partial<Input>?]>([
    ['rows become fewer', [first, progressed(5), progressed(4, 5)], 'rows were 5 before, and are 4'],
    ['bytes become fewer', [first, progressed(5, 9), progressed(6, 8)], 'bytes were 9 before, and are 8'],
    ['columns become fewer', [first, completed({ columns: 1 })], 'columns were 2 before, and are 1'],
    ['rows come before the first', [progressed(5)], 'it has rows before the first one came'],
    ['rows are more than wanted', [first, progressed(11)], 'the limit is 10 rows'],
    ['another limit is reached', [first, { ...limit, rows: 9 }], 'the limit is 10 rows'],
    [
      'the end conceals that rows are missing',
      [first, full, completed({ bytes: 5 })],
      'its rows were cut by diskFull',
    ],
    [
      'the end names a limit that was not reached',
      [completed({ cut: 'rowLimit' })],
      'no limit of rows was reached',
    ],
    ['there are rows and no result', [first, completed({ rows: 1, resultSets: 0 })], 'it has no result'],
    ['a cancel is left out', [sent(1), sent(3)], 'it is attempt 3, after attempt 1'],
    ['a cancel comes twice', [sent(1), sent(2), sent(2)], 'it is attempt 2, after attempt 2'],
    [
      'a cancel is taken that was not sent',
      [sent(1), { type: 'query.cancelAcknowledged', attempt: 2, afterMs: 1 }],
      'attempt 2 was not sent',
    ],
    [
      'a count has neither rows nor a reason',
      [{ type: 'query.counted', serverMs: 1, usable: true }],
      'a count has rows or a reason',
    ],
    [
      'a refusal has no rule',
      [classified({ admission: 'refused' })],
      'a refusal names its rule, and nothing else',
    ],
    [
      'a question has no prompt',
      [classified({ admission: 'confirm', dangers: ['x'] })],
      'a question is asked of what is to be confirmed, and of nothing else',
    ],
    [
      'a question is asked of what is harmless',
      [classified({ admission: 'confirm', promptId: 'p' })],
      'what is not dangerous is not to be confirmed',
    ],
    [
      'a write runs on a read-only profile',
      [classified({ verdict: 'write' })],
      'a read-only profile lets no write run',
      { readOnly: true },
    ],
    [
      'the catalogue is written',
      [classified({ verdict: 'write' })],
      'what is run for purpose catalogue is read',
      { purpose: 'catalogue' },
    ],
  ])('where %s', (_where, reports, words, input) => {
    expect(said(reports, input)).toBe(words);
  });
});
