import { durationText } from '../../duration-text.ts';
import type { CodeMeaning } from '../../engines/code-meaning.ts';
import { type Cause, no, otherEnd, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** Meanings of a statement's code that another cause is about; others are about connections. */
const OF_STATEMENTS: ReadonlySet<CodeMeaning> = new Set<CodeMeaning>([
  'lockWait',
  'deadlock',
  'conflict',
  'recoveryConflict',
  'transactionAborted',
  'serverTimeout',
  'stopped',
  'killed',
  'passwordExpired',
  'serverDiskFull',
  'readOnly',
]);

/** The statement itself is refused. */
export const serverError: Cause = {
  name: 'serverError',
  title: 'It failed with an error',
  recognised:
    'The server, or Querytape itself, ended the statement with a code that none of the other causes is about: a syntax error, a table that does not exist, a constraint, a missing privilege, a lack of memory.',
  advice:
    'Read the server’s message beside the statement or in the history: the tape has its code only, as the words may quote values.',
  query(query) {
    const { input, failed, recorded, serverMs } = query;
    if (failed) {
      const { code, source } = failed.failure;
      const meaning = meaningOf(failed.failure, input?.engine);
      if (failed.stopped || (meaning !== null && OF_STATEMENTS.has(meaning)))
        return no('Its code has a cause of its own.', [failed]);
      const after = serverMs === null ? '' : ` after ${durationText(serverMs)}`;
      const by = source === 'server' ? 'The server' : 'Querytape';
      return yes(`${by} ended it with the error ${code}${after}.`, [recorded, failed]);
    }
    return otherEnd(query, 'It did not fail.');
  },
};
