import type { Event } from '../events/envelope.ts';
import type { Profile } from '../events/profile.ts';
import { type SessionView, sessionEnded } from '../events/views/session-view.ts';
import { NO_SETTINGS, type Settings } from './settings-model.ts';
import { NO_VAULT, type VaultView } from './vault-words.ts';

/** A profile that can be opened. */
export interface KnownProfile {
  readonly profile: Profile;
  /** The names of its kept secrets. */
  readonly secrets: readonly string[];
  /** `memory`: for this run only, and not to be edited. */
  readonly kept: 'vault' | 'memory';
}

/** What outlives the program by a person's word, as far as the page may know it. */
export interface Keeping {
  readonly vault: VaultView;
  readonly profiles: readonly KnownProfile[];
  readonly settings: Settings;
}

/** What is kept before the program has told of it. */
export const NOTHING_KEPT: Keeping = { vault: NO_VAULT, profiles: [], settings: NO_SETTINGS };

/** Whether something that is kept is different after a fact. */
export function changesKeeping({ type }: Pick<Event, 'type'>): boolean {
  return /^(vault\.|profile\.(saved|deleted)$|policy\.)/.test(type);
}

/**
 * The profiles to show: those that can be opened, and those that a session is still open of, which a locked vault does not
 * list any more.
 */
export function profilesToShow(
  listed: readonly KnownProfile[],
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
