import { describe, expect, it } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { thousands } from '../../../../src/ui/format/format.ts';
import { scriptSentence } from '../../../../src/ui/format/script-status.ts';

let made = 0;
const query = (outcome: QueryView['outcome'], reason?: 'scriptStopped' | 'user') =>
  ({ queryId: `q${++made}`, outcome, cancel: reason ? { reason } : null }) as QueryView;
/** The sentence where these are the statements of a script from `first` on that the page remembers. */
const sentence = (
  script: readonly QueryView[],
  shown: QueryView,
  {
    first = 0,
    of,
    heard = true,
  }: { readonly first?: number; readonly of?: number; readonly heard?: boolean } = {},
) => {
  const places = script.map((one, i) => ({
    ...one,
    scriptIndex: first + i,
    scriptStatements: of ?? first + script.length,
  }));
  return scriptSentence(places, places[script.indexOf(shown)]!, heard);
};

describe('the sentence on a script', () => {
  const good = () => query('succeeded');
  const leftOut = () => query('cancelled', 'scriptStopped');

  it('is not there where every statement has succeeded, or for one alone', () => {
    const script = [good(), good()];
    expect(sentence(script, script[0]!)).toBeNull();
    const alone = query(null);
    expect(sentence([alone], alone)).toBeNull();
  });

  it('says how far the script is while it runs, of all of its statements', () => {
    const script = [good(), query(null), query(null)];
    const running = { tone: 'running', words: 'script at statement 1 202 of 20 000' };
    for (const one of script) expect(sentence(script, one, { first: 1200, of: 20_000 })).toEqual(running);
    expect(sentence(script, script[0]!, { heard: false })).toBeNull();
  });

  it('says at which statement the script stopped, at the result of a statement before it and at its own', () => {
    const script = [good(), good(), query('failed'), leftOut()];
    const stopped = { tone: 'failed', words: 'script stopped at statement 3 of 4' };
    expect(script.map((one) => sentence(script, one))).toEqual(script.map(() => stopped));
  });

  it('is no alarm where the user cancelled', () => {
    const script = [good(), query('cancelled', 'user'), leftOut()];
    expect(sentence(script, script[0]!)).toEqual({
      tone: 'waiting',
      words: 'script stopped at statement 2 of 3',
    });
  });

  it('says the same whether the user’s cancel or the end of the script reached first what was still waiting', () => {
    const unsent = { ...query('cancelled', 'user'), dispatchedAt: null };
    for (const rest of [unsent, leftOut()]) {
      const script = [good(), query('cancelled', 'user'), rest];
      for (const one of script)
        expect(sentence(script, one)?.words).toBe('script stopped at statement 2 of 3');
    }
    const early = [good(), unsent, leftOut()];
    expect(sentence(early, early[0]!)?.words).toBe('script stopped before statement 2 of 3');
    const running = [query(null), unsent];
    expect(sentence(running, running[0]!)?.words).toBe('script at statement 1 of 2');
  });

  it('names the one other statement that did not succeed, or counts them', () => {
    const script = [good(), query('timedOut')];
    expect(sentence(script, script[0]!)).toEqual({
      tone: 'waiting',
      words: 'statement 2 of 2 timed out',
    });
    expect(sentence(script, script[1]!)).toBeNull();
    const wentOn = [good(), query('failed'), query('refused'), good()];
    expect(sentence(wentOn, wentOn[3]!)).toEqual({
      tone: 'failed',
      words: '2 of 4 statements did not succeed',
    });
    expect(sentence(wentOn, wentOn[1]!)?.words).toBe('statement 3 of 4 refused');
  });

  it('counts a long script whole, of which the page remembers the end, or the beginning after a kill', () => {
    const forgotten = { first: 600, of: 1000 };
    const stopped = [good(), query('failed'), leftOut()];
    expect(sentence(stopped, stopped[1]!, forgotten)?.words).toBe(
      `script stopped at statement 602 of ${thousands(1000)}`,
    );
    const left = [leftOut(), leftOut()];
    expect(sentence(left, left[1]!, forgotten)).toEqual({
      tone: 'waiting',
      words: `script stopped before statement 601 of ${thousands(1000)}`,
    });
    const killed = [good(), query('lost.mayHaveCompleted'), query('lost.notRun')];
    expect(sentence(killed, killed[1]!, { of: 20_000 })?.words).toBe(
      `${thousands(19998)} of ${thousands(20000)} statements did not succeed`,
    );
    const wentOn = [good(), query('failed'), query('failed'), query('failed')];
    expect(sentence(wentOn, wentOn[2]!, { first: 500 })?.words).toBe(
      'at least 2 of 504 statements did not succeed',
    );
    expect(sentence([...wentOn, query(null)], wentOn[0]!, { of: 20_000 })?.words).toBe(
      `3 of ${thousands(20000)} statements did not succeed`,
    );
  });
});
