import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BriefHint } from '../../../../src/ui/query/brief-hint.ts';

describe('a brief hint', () => {
  const host = {
    addController() {},
    removeController() {},
    requestUpdate: vi.fn(),
    updateComplete: Promise.resolve(true),
  };
  let hint: BriefHint;

  beforeEach(() => {
    vi.useFakeTimers();
    hint = new BriefHint(host);
    hint.follow('q', 'ready');
    hint.say('Nothing is running in this tab.');
    host.requestUpdate.mockClear();
  });
  afterEach(() => void vi.useRealTimers());

  it('stands while what it speaks of is as it was, for a moment', () => {
    hint.follow('q', 'ready');
    expect([hint.text, host.requestUpdate.mock.calls.length]).toEqual(['Nothing is running in this tab.', 0]);
    vi.runAllTimers();
    expect([hint.text, host.requestUpdate.mock.calls.length]).toEqual(['', 1]);
  });

  it('ends as soon as that has changed', () => {
    hint.follow('q', 'offline');
    expect([hint.text, host.requestUpdate.mock.calls.length]).toEqual(['', 1]);
    hint.follow('q', 'ready');
    expect(host.requestUpdate).toHaveBeenCalledTimes(1);
  });

  it('ends with another statement', () => {
    hint.follow('p', 'ready');
    expect(hint.text).toBe('');
  });

  it('stands while the connection becomes another where it says what was done, until another statement or a moment later', () => {
    hint.say('Nothing was sent.', true);
    hint.follow('q', 'opening');
    hint.follow('q', 'ready');
    expect(hint.text).toBe('Nothing was sent.');
    hint.follow('p', 'ready');
    expect(hint.text).toBe('');
    hint.say('Nothing was sent.', true);
    vi.runAllTimers();
    expect(hint.text).toBe('');
  });
});
