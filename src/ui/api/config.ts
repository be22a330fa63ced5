import type { PolicyView, ProfileView, VaultView } from '../../events/config.ts';
import type { Envelope } from '../../events/envelope.ts';
import { DEFAULT_POLICY } from '../../events/policy.ts';
import type { Profile } from '../../events/profile.ts';
import { type SessionView, sessionEnded } from '../../events/views/session-view.ts';

/** The persistent configuration, as far as the page may know it. */
export interface Config {
  readonly vault: VaultView;
  readonly profiles: readonly ProfileView[];
  readonly policy: PolicyView;
}

/** The configuration before the program has sent it. */
export const NO_CONFIG: Config = {
  vault: { state: 'absent', protection: null, keychainAvailable: false, problem: null, backup: null },
  profiles: [],
  policy: { policy: DEFAULT_POLICY, path: '', sources: {}, variables: {}, setBy: {}, problems: [] },
};

/** Whether this event changes the configuration. */
export function changesConfig({ event: { type } }: Envelope): boolean {
  return /^(vault\.|profile\.(saved|deleted)$|policy\.changed$)/.test(type);
}

/**
 * The profiles to show: those that can be opened, and those that a session is still open of, which a locked
 * vault does not list any more.
 */
export function profilesToShow(
  listed: readonly ProfileView[],
  before: readonly Profile[],
  sessions: Readonly<Record<string, SessionView>>,
): readonly Profile[] {
  const living = new Set(
    Object.values(sessions)
      .filter(({ state }) => !sessionEnded(state))
      .map(({ profileId }) => profileId),
  );
  const known = new Set(listed.map(({ profile }) => profile.profileId));
  const gone = before.filter(({ profileId }) => living.has(profileId) && !known.has(profileId));
  return [...listed.map(({ profile }) => profile), ...gone];
}
