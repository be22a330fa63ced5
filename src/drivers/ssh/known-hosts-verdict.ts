import type { HostKeyVerdict } from '../tunnel.ts';
import type { KnownHost, KnownHostLine } from './known-hosts.ts';

/** What is known of a host's key, and by which lines. */
export interface HostKeyFinding {
  readonly verdict: Exclude<HostKeyVerdict, 'certified' | 'unchecked'>;
  /** The lines that the verdict rests on: that have this key, revoke it, or have other keys of the host. */
  readonly by: readonly KnownHostLine[];
  /** Keys that are known for the host on another port. */
  readonly others: readonly KnownHostLine[];
  /** Authorities that may certify the host's keys, which only OpenSSH verifies. */
  readonly authorities: readonly KnownHostLine[];
}

/**
 * Judges a key that a host shows, as ssh does. Revoked wins over known, and known over changed: a host may have several keys. A key of
 * a type that is not known is changed where others are known, or whoever is in the way would only have to show another type. A key
 * that is known for the host without its port is known; that another one is known there changes nothing.
 */
export function judgeHostKey({ lines }: KnownHost, key: Uint8Array): HostKeyFinding {
  const having = (marker: KnownHostLine['marker']): KnownHostLine[] =>
    lines.filter((line) => line.marker === marker);
  const isThis = (line: KnownHostLine): boolean => Buffer.compare(line.key.blob, key) === 0;
  const revoked = having('revoked').filter(isThis);
  const known = having('none').filter(isThis);
  const changed = having('none').filter((line) => !line.otherPort);
  const others = having('none').filter((line) => line.otherPort);
  const rest = { others, authorities: having('authority') };
  if (revoked.length > 0) return { ...rest, verdict: 'revoked', by: revoked };
  if (known.length > 0) return { ...rest, verdict: 'known', by: known };
  return { ...rest, verdict: changed.length > 0 ? 'changed' : 'unknown', by: changed };
}

/** The types of the keys that are known for a host, in the order of their lines. */
export function knownKeyTypes({ lines }: KnownHost): readonly string[] {
  return [...new Set(lines.filter(({ marker }) => marker === 'none').map(({ keyType }) => keyType))];
}
