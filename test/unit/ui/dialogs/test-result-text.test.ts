import { describe, expect, it } from 'vitest';
import { testResultFacts } from '../../../../src/ui/dialogs/test-result-text.ts';

describe('what a test reached', () => {
  const reached = {
    flavour: 'PostgreSQL',
    version: '18.4',
    encrypted: true,
    user: 'app',
    replica: null,
    canWrite: true,
    afterMs: 31,
    warnings: [],
  };

  it('is looked at twice where a read-only connection’s role may write, or nothing is encrypted', () => {
    const loud = (readOnly: boolean, changes = {}) =>
      testResultFacts({ ...reached, ...changes }, readOnly)
        .filter(({ tone }) => tone === 'waiting')
        .map(({ name }) => name);
    expect(loud(false)).toEqual([]);
    expect(loud(true)).toEqual(['Can write']);
    expect(loud(true, { canWrite: false, encrypted: false })).toEqual(['Encryption']);
  });

  it('says nothing of what the server does not say', () => {
    expect(testResultFacts(reached, false).map(({ name }) => name)).not.toContain('Part');
    expect(testResultFacts({ ...reached, canWrite: null }, true).at(-1)!.words).toBe(
      'unknown: checking would be expensive',
    );
  });
});
