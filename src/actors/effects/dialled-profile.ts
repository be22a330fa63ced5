import { DriverError } from '../../drivers/driver.ts';
import type { Engine } from '../../events/engines/engine-name.ts';
import type { FailureText } from '../../events/failure.ts';
import type { Profile } from '../../events/profile.ts';
import type { EffectPorts } from './effect.ts';

/** Whose server is dialled: a session's profile, which was of this engine when it was opened. */
interface Dialled {
  readonly profileId: string;
  readonly engine: Engine;
  readonly sessionId: string;
}

/** The profile by which a server is dialled now. @throws DriverError where it can't be */
export function profileToDial(
  { ports, side }: Pick<EffectPorts, 'ports' | 'side'>,
  { profileId, engine, sessionId }: Dialled,
): Profile {
  const profile = ports.profiles.get(profileId);
  if (!profile) throw new DriverError({ source: 'client', ...ports.profiles.missing(profileId) });
  if (profile.target.engine !== engine) throw new DriverError(ENGINE_CHANGED);
  if (profile.askPassword && side.password(sessionId) === undefined)
    throw new DriverError(PASSWORD_FORGOTTEN);
  return profile;
}

/** The password to dial with: the one typed for the session, or that of the profile. */
export function passwordOf(
  { ports, side }: Pick<EffectPorts, 'ports' | 'side'>,
  { profileId, sessionId }: Dialled,
): string | undefined {
  return side.password(sessionId) ?? ports.profiles.password(profileId);
}

/** The server did not answer in time. */
export function connectTimedOut(timeoutMs: number): FailureText {
  return {
    code: 'connect.timeout',
    source: 'connection',
    message: `The server did not answer within ${timeoutMs / 1000} s.`,
    advice:
      'Check host and port, whether a firewall drops the packets, and, behind a pooler, whether its pool has a connection left.',
  };
}

const PASSWORD_FORGOTTEN: FailureText = {
  code: 'profile.passwordNeeded',
  source: 'client',
  message: 'The password is asked for each time, and the one that was typed is forgotten.',
  advice: 'Close the connection and open it again.',
};

const ENGINE_CHANGED: FailureText = {
  code: 'profile.engineChanged',
  source: 'client',
  message: 'The profile names another kind of server than it did when it was opened.',
  advice: 'Close the connection and open it again.',
};
