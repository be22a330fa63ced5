import { stat } from 'node:fs/promises';
import type { Tls } from '../events/profile.ts';

/**
 * What a password may be trusted to on its way: `verified` TLS proves who reads it, `encrypted` TLS only that no third party does, a
 * Unix-domain `socket` that it stays on this machine with a server of root's, of a service or of our own. All else is `plain`,
 * loopback included: any user of this machine can listen on a port (doc/decisions/0015).
 */
export type Link = 'verified' | 'encrypted' | 'socket' | 'plain';

/**
 * What a way to a server is: by TLS in a mode, or by a Unix-domain socket's file, where there is one. A certificate of whichever CA this
 * machine trusts, for whatever name, proves no identity: `verify-ca` counts where the CA is named.
 */
export async function linkOver(
  { mode, caFile }: Pick<Tls, 'mode' | 'caFile'>,
  socketFile: string | null,
): Promise<Link> {
  if (socketFile !== null) return (await isAnotherPersons(socketFile)) ? 'plain' : 'socket';
  if (mode === 'disable') return 'plain';
  return mode === 'verify-full' || (mode === 'verify-ca' && caFile !== undefined) ? 'verified' : 'encrypted';
}

/** Whether a password may go as it is, to whoever is at the other end: it is proved who that is, or it is this machine's own. */
export function takesCleartext(link: Link): boolean {
  return link === 'verified' || link === 'socket';
}

/** The accounts that people have (Debian policy, "UID and GID classes"; systemd, "Users, Groups, UIDs and GIDs"). */
const PEOPLE = { from: 1000, to: 60_000 } as const;

/** Whether another user of this machine made a socket, and would read what is sent to it; so would whoever made one that can't be looked at. */
async function isAnotherPersons(file: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const found = await stat(file).catch(() => null);
  if (!found) return true;
  return found.uid >= PEOPLE.from && found.uid <= PEOPLE.to && found.uid !== process.getuid?.();
}
