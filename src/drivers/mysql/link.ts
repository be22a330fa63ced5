import type { Target } from '../../events/profile.ts';
import { isAnotherPersons } from '../socket-owner.ts';

/**
 * What a password may be trusted to on its way: `verified` TLS proves who reads it, `encrypted` TLS only that nobody else does, a
 * Unix-domain `socket` that it stays on this machine with a server of root's, of a service or of our own. All else is `plain`,
 * loopback included: any user of this machine can listen on a port (doc/decisions/0012).
 */
export type Link = 'verified' | 'encrypted' | 'socket' | 'plain';

/** The socket's name in the folder that a packaged server puts it in. */
const SOCKET_NAME = 'mysqld.sock';

/** The socket's file; null for a host on a network. A path that starts with `/` is the socket itself, or the folder that holds it. */
export function socketFile(host: string): string | null {
  if (!host.startsWith('/')) return null;
  return /\.sock(et)?$/.test(host) ? host : `${host.replace(/\/+$/, '')}/${SOCKET_NAME}`;
}

/** What a target's password would be trusted to. */
export async function linkOf({ host, tls }: Pick<Target, 'host' | 'tls'>): Promise<Link> {
  const file = socketFile(host);
  if (file === null) {
    if (tls.mode === 'disable') return 'plain';
    return tls.mode === 'require' ? 'encrypted' : 'verified';
  }
  return (await isAnotherPersons(file)) ? 'plain' : 'socket';
}
