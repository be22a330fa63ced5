import { describe, expect, it } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { scriptSentence } from '../../../../src/ui/format/script-status.ts';

let made = 0;
const query = (outcome: QueryView['outcome'], reason?: 'scriptStopped' | 'user') =>
  ({ queryId: `q${++made}`, outcome, cancel: reason ? { reason } : null }) as QueryView;

describe('the sentence on a script', () => {
  const good = () => query('succeeded');
  const leftOut = () => query('cancelled', 'scriptStopped');

  it('is not there while every statement succeeds or runs', () => {
    const script = [good(), query(null)];
    expect(scriptSentence(script, script[0]!)).toBeNull();
  });

  it('says at which statement the script stopped, at the result of a statement before it and at its own', () => {
    const script = [good(), good(), query('failed'), leftOut()];
    const stopped = { tone: 'failed', words: 'script stopped at statement 3 of 4' };
    expect(script.map((one) => scriptSentence(script, one))).toEqual(script.map(() => stopped));
  });

  it('is no alarm where the user cancelled', () => {
    const script = [good(), query('cancelled', 'user'), leftOut()];
    expect(scriptSentence(script, script[0]!)).toEqual({
      tone: 'waiting',
      words: 'script stopped at statement 2 of 3',
    });
  });

  it('names the one other statement that did not succeed, or counts them', () => {
    const script = [good(), query('timedOut')];
    expect(scriptSentence(script, script[0]!)).toEqual({
      tone: 'waiting',
      words: 'statement 2 of 2 timed out',
    });
    expect(scriptSentence(script, script[1]!)).toBeNull();
    const wentOn = [good(), query('failed'), query('refused'), good()];
    expect(scriptSentence(wentOn, wentOn[3]!)).toEqual({
      tone: 'failed',
      words: '2 of 4 statements did not succeed',
    });
    expect(scriptSentence(wentOn, wentOn[1]!)?.words).toBe('statement 3 of 4 refused');
  });
});
