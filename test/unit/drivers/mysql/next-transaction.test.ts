import { expect, it } from 'vitest';
import { CHARACTERISTICS, setForNext } from '../../../../src/drivers/mysql/next-transaction.ts';

/** What is set after each statement of a script; one that fails ends in `!`. */
function after(...texts: string[]): string {
  return texts.reduce((before, text) => setForNext(text.replace(/!$/, ''), !text.endsWith('!'), before), '');
}

const SERIALIZABLE = 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;';
const READ_ONLY = 'SET TRANSACTION READ ONLY;';

it.each([
  [['set /* the next */ transaction read only -- now'], READ_ONLY],
  [['SET TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE;'], `${SERIALIZABLE} ${READ_ONLY}`],
  [
    [
      'SET TRANSACTION READ WRITE',
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'SET TRANSACTION READ ONLY',
    ],
    `${SERIALIZABLE} ${READ_ONLY}`,
  ],
  [['SET TRANSACTION ISOLATION LEVEL READ COMMITTED'], 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED;'],
  [['SET TRANSACTION READ ONLY', 'SET @a = 1', 'USE shop', 'SET TRANSACTION READ WRITE!'], READ_ONLY],
  [['SET TRANSACTION READ ONLY', 'SELECT * FROM t'], ''],
  [['SET TRANSACTION READ ONLY', 'INSERT INTO t VALUES (1)!'], ''],
  [['SET TRANSACTION READ ONLY', 'BEGIN'], ''],
  [['SET TRANSACTION READ ONLY', 'SET STATEMENT max_statement_time = 1 FOR SELECT * FROM t'], ''],
  [['SET SESSION TRANSACTION READ ONLY'], ''],
  [['SET @transaction = 1'], ''],
])('after %j the next transaction has %j', (texts, expected) => {
  expect(after(...texts)).toBe(expected);
  expect(expected === '' || CHARACTERISTICS.test(expected)).toBe(true);
});
