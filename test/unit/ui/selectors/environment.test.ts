import { describe, expect, it } from 'vitest';
import type { Environment, Profile } from '../../../../src/events/profile.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import { environmentOf } from '../../../../src/ui/selectors/environment.ts';

describe('the environment of a tab', () => {
  const session = (state: string): SessionView =>
    ({ state, environment: 'production' as Environment }) as SessionView;
  const profile = (environment: Environment): Profile => ({ environment }) as Profile;

  it('is that of the session while it lives, whatever the profile has become', () => {
    for (const state of ['opening.connecting', 'ready', 'reconnecting.waiting', 'disconnected', 'closing'])
      expect(environmentOf(session(state), profile('development'))).toBe('production');
  });

  it('is that of the profile before a session, after it, and where it failed', () => {
    expect(environmentOf(undefined, profile('production'))).toBe('production');
    for (const state of ['offline', 'failed'])
      expect(environmentOf(session(state), profile('staging'))).toBe('staging');
  });

  it('is that of the last session where the profile is in a locked vault', () => {
    expect(environmentOf(session('failed'), undefined)).toBe('production');
    expect(environmentOf(undefined, undefined)).toBeNull();
  });
});
