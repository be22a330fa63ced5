import { domainToASCII } from 'node:url';
import type { Target } from '../../events/profile.ts';
import { staysHere } from '../../events/tls-default.ts';
import type { NotTaken } from './candidate.ts';

/** What each mode that is weaker than verify-full leaves open, where others could be on the way. */
const WEAK = {
  disable: {
    code: 'import.tlsOff',
    why: 'TLS is off: whoever is on the way reads and changes what is sent, the password as far as the server’s way of signing in shows it.',
  },
  require: {
    code: 'import.tlsUnverified',
    why: 'It is encrypted, but no certificate is checked: whoever answers is believed, and may be given the password.',
  },
  'verify-ca': {
    code: 'import.tlsAnyName',
    why: 'The certificate has to be signed by a trusted CA, but may carry any name.',
  },
} as const;

/**
 * What has to be known of a target that comes from elsewhere before it is saved: what it protects less than a new connection would,
 * and where it goes that does not show. Said of every import, whatever the source wrote it as.
 */
export function protectionNotes(target: Target): NotTaken[] {
  const { tls, mongo } = target;
  const notes: NotTaken[] = [];
  if (tls.mode !== 'verify-full' && !staysHere(target)) notes.push({ what: 'TLS mode', ...WEAK[tls.mode] });
  if (tls.serverName !== undefined && tls.serverName !== target.host)
    notes.push({
      what: 'server name',
      code: 'import.serverName',
      why: 'The certificate is checked by another name than the host’s.',
    });
  if (mongo?.authMechanism === 'PLAIN')
    notes.push({
      what: 'authMechanism',
      code: 'import.plain',
      why: 'PLAIN sends the password as it is: only TLS that verifies the server keeps it from others.',
    });
  const hosts = [target.host, ...(mongo?.hosts ?? [])];
  for (const host of hosts)
    if (!host.startsWith('/') && /[^\u0020-\u007e]/.test(host))
      notes.push({
        what: 'host',
        code: 'import.hostLetters',
        why: `Letters beyond a to z can pass for others. DNS is asked for ${domainToASCII(host.replace(/:\d+$/, '')) || 'no valid name'}.`,
      });
  return notes;
}
