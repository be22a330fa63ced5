import { readMongoHost } from './engines/mongodb-hosts.ts';
import { isLoopback } from './host-check.ts';
import type { MongoOptions, Tls, TlsMode } from './profile.ts';

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

/** What each mode leaves open, as a sentence; null for the one that leaves nothing. */
const WEAKNESS: Readonly<Record<TlsMode, string | null>> = {
  disable:
    'TLS is off: anyone on the way can read and change what is sent, the password as far as the server’s way of signing in shows it.',
  require:
    'It is encrypted, but no certificate is checked: any server that answers is believed, and may be given the password.',
  'verify-ca': 'The certificate has to be signed by a trusted CA, but may carry any name.',
  'verify-full': null,
};

/** What the encryption of a target leaves open to others on the way, as a sentence; null where nothing, or where no other machine can be. */
export function tlsWeakness(target: Place & { readonly tls: Pick<Tls, 'mode'> }): string | null {
  return staysHere(target) ? null : WEAKNESS[target.tls.mode];
}
