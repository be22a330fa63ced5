import { isLoopback } from './host-check.ts';
import { readMongoHost } from './mongodb-hosts.ts';
import type { MongoOptions, TlsMode } from './profile.ts';

/** What of a target says where it is. */
interface Place {
  readonly host: string;
  readonly mongo?: Pick<MongoOptions, 'srv' | 'hosts'> | undefined;
}

/** Whether all that is sent there stays on this machine: every server is a loopback address or a Unix-domain socket. */
export function staysHere({ host, mongo }: Place): boolean {
  // The members that DNS names may be anywhere.
  if (!isLoopback(host) || mongo?.srv) return false;
  return (mongo?.hosts ?? []).every((member) => isLoopback(readMongoHost(member)?.host ?? ''));
}

/** The mode of encryption where nothing is said of it: verified wherever others could be on the way. */
export function defaultTlsMode(place: Place): TlsMode {
  return staysHere(place) ? 'disable' : 'verify-full';
}
