import { domainToASCII } from 'node:url';
import type { Target, TlsMode } from '../../events/profile.ts';
import { tlsWeakness } from '../../events/tls-default.ts';
import type { NotTaken } from './not-taken.ts';

const WEAK: Readonly<Record<TlsMode, { readonly code: string }>> = {
  disable: { code: 'import.tlsOff' },
  require: { code: 'import.tlsUnverified' },
  'verify-ca': { code: 'import.tlsAnyName' },
  'verify-full': { code: '' },
};

/**
 * What has to be known of a target that comes from elsewhere before it is saved: what it protects less than a
 * new connection would, and where it goes that does not show. Said of every import, whatever the source wrote
 * it as.
 */
export function protectionNotes(target: Target): NotTaken[] {
  const { tls, mongo } = target;
  const notes: NotTaken[] = [];
  const weakness = tlsWeakness(target);
  if (weakness !== null) notes.push({ what: 'TLS mode', ...WEAK[tls.mode], why: weakness });
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
        why: `Letters beyond a to z can pass for others. DNS looks up ${domainToASCII(host.replace(/:\d+$/, '')) || 'no valid name'}.`,
      });
  return notes;
}
