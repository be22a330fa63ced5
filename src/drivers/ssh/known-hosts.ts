import { createHmac } from 'node:crypto';
import { readBounded } from '../bounded-file.ts';
import { KNOWN_HOSTS_BYTES_MAX } from '../limits.ts';
import type { KnownLine } from '../tunnel.ts';
import { knownHostsError } from './failures.ts';
import { type PublicKey, publicKey } from './host-key.ts';

/** A line that names a host, with its key. The format is that of sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHostLine extends KnownLine {
  /** `authority`: the key certifies those of the host. `revoked`: it must not be used. */
  readonly marker: 'none' | 'authority' | 'revoked';
  readonly key: PublicKey;
  /** It names the host without the port that is asked for. */
  readonly otherPort: boolean;
}

/** What the files of known hosts say of one host. */
export interface KnownHost {
  readonly lines: readonly KnownHostLine[];
  /** Lines that can't be read. */
  readonly skipped: number;
}

const MARKERS: Readonly<Record<string, KnownHostLine['marker']>> = {
  '@cert-authority': 'authority',
  '@revoked': 'revoked',
};
/** Lines between two turns of the event loop: each may be hashed. */
const LINES_PER_TURN = 1000;
/** OpenSSH takes no longer pattern either. */
const PATTERN_LENGTH_MAX = 1023;

/** How known_hosts writes a host: by its name in lower case, with its port where that is not 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/**
 * Looks a host up in files of known hosts, in their order. A file that does not exist has no lines.
 * @throws DriverError `ssh.knownHostsUnreadable` for a file that can't be read whole: it may revoke a key
 */
export async function readKnownHost(
  files: readonly string[],
  host: string,
  port: number,
): Promise<KnownHost> {
  const found: KnownHostLine[] = [];
  let skipped = 0;
  for (const file of new Set(files)) {
    const lines = await readLines(file);
    for (let from = 0; from < lines.length; from += LINES_PER_TURN) {
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      const part = findHost(lines.slice(from, from + LINES_PER_TURN), host, port, file, from + 1);
      found.push(...part.lines);
      skipped += part.skipped;
    }
  }
  return { lines: found, skipped };
}

/** Looks a host up in lines of a file, the first of which has the number `first`. */
export function findHost(
  lines: readonly string[],
  host: string,
  port: number,
  file: string,
  first = 1,
): KnownHost {
  const name = knownHostName(host, port);
  const plain = knownHostName(host, 22);
  const found: KnownHostLine[] = [];
  let skipped = 0;
  for (const [index, text] of lines.entries()) {
    const parts = partsOf(text);
    if (parts === 'empty') continue;
    if (parts === 'bad') {
      skipped += 1;
      continue;
    }
    const { hosts, marker, key } = parts;
    const isNamed = names(hosts, name);
    if (isNamed === null) skipped += 1;
    if (!isNamed && (isNamed === null || name === plain || !names(hosts, plain))) continue;
    const { keyType, fingerprint } = key;
    found.push({ file, line: first + index, marker, keyType, fingerprint, key, otherPort: !isNamed });
  }
  return { lines: found, skipped };
}

function partsOf(
  text: string,
): { hosts: string; marker: KnownHostLine['marker']; key: PublicKey } | 'empty' | 'bad' {
  const words = text.replace(/\r$/, '').split(/[ \t]+/);
  if (words[0] === '') words.shift();
  if (!words[0] || words[0].startsWith('#')) return 'empty';
  const marker = words[0].startsWith('@') ? MARKERS[words.shift()!] : 'none';
  const [hosts, keyType, base64] = words;
  // Buffer skips what is not base64; a line that holds such is not one that OpenSSH reads.
  if (!marker || !hosts || !keyType || !base64 || base64.length % 4 > 0 || !BASE64.test(base64)) return 'bad';
  const key = publicKey(Buffer.from(base64, 'base64'));
  return key?.keyType === keyType ? { hosts, marker, key } : 'bad';
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Whether a line's first field names a host; null where it can't be read. */
function names(hosts: string, name: string): boolean | null {
  if (!hosts.startsWith('|')) return isInPatterns(hosts, name);
  const [, magic, salt, hash, ...more] = hosts.split('|');
  const saltBytes = Buffer.from(salt ?? '', 'base64');
  if (magic !== '1' || !hash || more.length > 0 || saltBytes.length !== 20) return null;
  return hashOf(name, saltBytes) === hosts;
}

/** A host's name as hashed files have it: `|1|salt|HMAC-SHA1(salt, name)`. */
export function hashOf(name: string, salt: Uint8Array): string {
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${Buffer.from(salt).toString('base64')}|${hash}`;
}

/** A list of patterns (ssh_config(5), PATTERNS): one that is negated and matches wins over all others. */
function isInPatterns(list: string, name: string): boolean {
  let isIn = false;
  for (const pattern of list.toLowerCase().split(',')) {
    const isNegated = pattern.startsWith('!');
    const text = isNegated ? pattern.slice(1) : pattern;
    if (text.length > PATTERN_LENGTH_MAX) return false;
    if (!matches(text, name)) continue;
    if (isNegated) return false;
    isIn = true;
  }
  return isIn;
}

/** Whether a name matches a pattern in which `*` is any text and `?` any character, in time of at most both lengths' product. */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  let p = 0;
  while (at < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      starAt = at;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[at])) {
      p += 1;
      at += 1;
    } else if (star !== -1) {
      p = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

async function readLines(file: string): Promise<readonly string[]> {
  try {
    return (await knownHostsText(file)).split('\n');
  } catch (error) {
    throw knownHostsError('ssh.knownHostsUnreadable', file, error);
  }
}

/** A file's text, byte for byte; empty where it does not exist, or is a device such as /dev/null. @throws Error */
export async function knownHostsText(file: string, flags = 0): Promise<string> {
  try {
    return (await readBounded(file, KNOWN_HOSTS_BYTES_MAX, undefined, flags)).toString('latin1');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
