import { describe, expect, it } from 'vitest';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import { currentSessions } from '../../../../src/ui/selectors/current-sessions.ts';

const session = (sessionId: string, openedAt: number, state = 'ready', profileId = 'p') =>
  ({ sessionId, openedAt, state, profileId }) as SessionView;
const stateOf = (...all: SessionView[]) => Object.fromEntries(all.map((one) => [one.sessionId, one]));
const idOf = (all: readonly SessionView[], before: readonly SessionView[] = []) =>
  currentSessions(stateOf(...all), new Map(before.map((one) => [one.profileId, one]))).get('p')?.sessionId;

describe('the session that the tabs of a profile run in', () => {
  const own = session('own', 1);

  it('stays the same while another one comes and goes', () => {
    for (const state of ['opening.connection', 'ready', 'closing.tabs', 'offline', 'failed']) {
      const other = session('other', 2, state);
      expect(idOf([own, other], [own])).toBe('own');
      expect(idOf([other, own], [own])).toBe('own');
      expect(idOf([own, other])).toBe('own');
    }
    for (const state of ['opening.tunnel', 'reconnecting', 'disconnected'])
      expect(idOf([session('own', 1, state), session('other', 2)], [own])).toBe('own');
    expect(idOf([own, session('other', 0)], [own])).toBe('own');
  });

  it('is none that a script has for itself', () => {
    const script = { ...session('script', 0), leased: true };
    expect(idOf([script])).toBeUndefined();
    expect(idOf([script, own], [script])).toBe('own');
    expect(idOf([script, session('left', 1, 'offline')])).toBe('left');
  });

  it('gives way to the next one where it closes or failed, and is the latest where all have', () => {
    for (const state of ['closing.tabs', 'offline', 'failed']) {
      const left = session('own', 1, state);
      expect(idOf([left, session('next', 2, 'opening.connection')], [own])).toBe('next');
      expect(idOf([left, session('next', 2, 'offline')], [own])).toBe('next');
      expect(idOf([session('earlier', 0, 'failed'), left], [own])).toBe('own');
    }
  });

  it('is each profile’s own, and the same map where none has changed', () => {
    const other = session('theirs', 2, 'ready', 'q');
    const now = currentSessions(stateOf(own, other), new Map());
    expect([...now.keys()]).toEqual(['p', 'q']);
    expect(currentSessions(stateOf(own, other), now)).toBe(now);
    expect(currentSessions(stateOf(session('own', 1), other), now)).not.toBe(now);
  });
});
