import type { KnownHostKey, SeenHostKey } from '../../events/host-key-clash.ts';
import { HOST_KEY_LINES_MAX } from '../../events/limits.ts';
import { DriverError } from '../driver.ts';
import type { HostKey } from '../tunnel.ts';
import { type HopName, sshFailure } from './failures.ts';
import { type PublicKey, publicKeyShape } from './host-key.ts';
import type { KnownHostLine } from './known-hosts.ts';
import { randomArt } from './random-art.ts';

/** What a host shows, and what the files of known hosts have for it. */
export interface HostKeyClashOptions {
  /** As known_hosts writes it. */
  readonly host: string;
  /** Null where ssh does not say which. */
  readonly shown: HostKey | PublicKey | null;
  readonly lines: readonly KnownHostLine[];
}

/** The error of a key that is another than the known one, or a revoked one, with both to be compared. */
export function hostKeyClash(
  code: 'ssh.hostKeyChanged' | 'ssh.hostKeyRevoked',
  at: HopName,
  { host, shown, lines }: HostKeyClashOptions,
): DriverError {
  const known = lines
    .slice(0, HOST_KEY_LINES_MAX)
    .map(({ file, line, key }): KnownHostKey => ({ ...seen(key), file, line }));
  const knownText = known.map(
    ({ keyType, fingerprint, file, line }) => `${keyType} ${fingerprint} (${file}, line ${line})`,
  );
  const shownText = shown ? `${shown.keyType} ${shown.fingerprint}` : 'a key';
  return new DriverError({
    ...sshFailure(code, at, `It shows ${shownText}. Known: ${knownText.join('; ')}.`),
    hostKeys: { host, shown: shown && seen(shown), known },
  });
}

/** A key as the user compares it. An RSA key's size is not known from its type alone, and its picture names it. */
function seen(key: HostKey | PublicKey): SeenHostKey {
  const { keyType, fingerprint } = key;
  const shape = 'blob' in key ? key : publicKeyShape(keyType);
  return { keyType, fingerprint, art: shape && randomArt({ ...shape, fingerprint }) };
}
