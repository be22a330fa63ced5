import { stat } from 'node:fs/promises';
import type { Tls } from '../events/profile.ts';

/**
 * What protects a password on the way to a server: `verified` TLS proves who reads it, `encrypted` TLS proves only that no third
 * party does, a Unix-domain `socket` is served on this machine by root, a service or our own user. All else is `plain`, loopback
 * included: any user of this machine can listen on a port (doc/decisions/0015).
 */
export type PasswordTrust = 'verified' | 'encrypted' | 'socket' | 'plain';

/**
 * The trust of a connection by TLS in a mode, or through a Unix-domain socket's file. A certificate of any CA that this machine
 * trusts, for any name, proves no identity: `verify-ca` counts only where the CA is named.
 */
export async function passwordTrustOf(
  { mode, caFile }: Pick<Tls, 'mode' | 'caFile'>,
  socketFile: string | null,
): Promise<PasswordTrust> {
  if (socketFile !== null) return (await isOtherUsers(socketFile)) ? 'plain' : 'socket';
  if (mode === 'disable') return 'plain';
  return mode === 'verify-full' || (mode === 'verify-ca' && caFile !== undefined) ? 'verified' : 'encrypted';
}

/** Whether a password may be sent in clear text: the receiver is proven, or is a trusted process of this machine. */
export function allowsCleartext(trust: PasswordTrust): boolean {
  return trust === 'verified' || trust === 'socket';
}

/** The user ids of human users (Debian policy, "UID and GID classes"; systemd, "Users, Groups, UIDs and GIDs"). */
const HUMAN_UIDS = { from: 1000, to: 60_000 } as const;

/** Whether another human user owns a socket, and would read what is sent to it. A socket that can't be examined counts as theirs. */
async function isOtherUsers(file: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const found = await stat(file).catch(() => null);
  if (!found) return true;
  return found.uid >= HUMAN_UIDS.from && found.uid <= HUMAN_UIDS.to && found.uid !== process.getuid?.();
}
