import type { Environment, Profile } from '../../events/profile.ts';
import { type SessionView, sessionEnded } from '../../events/views/session-view.ts';

/**
 * The environment of a tab, whatever its connection's state: the session's own while it lives, then the profile's, which may have been
 * edited since. Null where there is neither.
 */
export function environmentOf(
  session: SessionView | undefined,
  profile: Profile | undefined,
): Environment | null {
  if (session && !sessionEnded(session.state)) return session.environment;
  return profile?.environment ?? session?.environment ?? null;
}
