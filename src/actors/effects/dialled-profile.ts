import { DriverError, type SideOptions } from '../../drivers/driver.ts';
import type { Engine } from '../../events/engines/engine-name.ts';
import type { FailureText } from '../../events/failure.ts';
import { type Profile, TLS_PASSPHRASE } from '../../events/profile.ts';
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

/** The secrets to dial with: the password that was typed for the session, or the profile's; and what opens the profile's own key. */
export function secretsOf(
  { ports, side }: Pick<EffectPorts, 'ports' | 'side'>,
  { profileId, sessionId }: Dialled,
): Required<Pick<SideOptions, 'password' | 'tlsPassphrase'>> {
  return {
    password: () => side.password(sessionId) ?? ports.profiles.password(profileId),
    tlsPassphrase: () => ports.profiles.secretText(profileId, TLS_PASSPHRASE),
  };
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
