import { describe, expect, it } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { statementErrorOf } from '../../../../src/ui/query/statement-error.ts';

const query = (changes: Partial<QueryView>) =>
  ({
    tabId: 't',
    purpose: 'statement',
    scriptId: 'x',
    scriptIndex: 0,
    submittedAt: 1,
    outcome: null,
    columns: 0,
    resultSets: 0,
    notices: 0,
    failure: null,
    dispatchedAt: null,
    ...changes,
  }) as QueryView;

describe('the error of a tab', () => {
  it('is that of a transaction step that ran after the script', () => {
    const failure = { code: '40001', source: 'server' } as const;
    const step = query({ queryId: 's', purpose: 'transaction', submittedAt: 5, outcome: 'failed', failure });
    const words = new Map([
      [
        's',
        {
          queryId: 's',
          text: 'COMMIT',
          params: [],
          judgement: null,
          challenge: null,
          offset: 0,
          failure: { ...failure, message: 'no' },
          notices: [],
        },
      ],
    ]);
    const fault = (submittedAt: number) =>
      statementErrorOf([query({ submittedAt, outcome: 'succeeded' })], [step], words, '', null);
    expect(fault(1)?.words.message).toBe('no');
    expect(fault(9)).toBeNull();
  });
});
