import { expect, it } from 'vitest';
import { afterKill } from '../../../../src/drivers/mysql/after-kill.ts';

const silent = { isInterrupted: false, lastDigit: null };

it.each([
  ['SELECT 1', silent, 'won'],
  ['INSERT INTO t VALUES (1)', silent, 'won'],
  ['SELECT SLEEP(10)', { ...silent, lastDigit: '1' }, 'endedEarly'],
  ['select sleep (10)', { ...silent, lastDigit: '0' }, 'won'],
  ['SELECT SLEEP(10), 1', silent, 'unknown'],
  ['DO SLEEP(10)', silent, 'unknown'],
  ['UPDATE t SET a = SLEEP(10)', silent, 'unknown'],
  ["SELECT BENCHMARK(1000, MD5('x'))", silent, 'unknown'],
  ["SELECT GET_LOCK('a', 10)", { ...silent, lastDigit: '0' }, 'unknown'],
  ['EXPLAIN ANALYZE SELECT 1', { ...silent, isInterrupted: true }, 'endedEarly'],
  ['OPTIMIZE TABLE t', { ...silent, isInterrupted: true }, 'endedEarly'],
  ['OPTIMIZE TABLE t', silent, 'unknown'],
  ['CALL p()', silent, 'unknown'],
] as const)('what a KILL did to %s, of which %j was seen, is %s', (text, said, what) => {
  expect(afterKill(text, said)).toBe(what);
});
