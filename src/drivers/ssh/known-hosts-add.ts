import { randomBytes, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KNOWN_HOSTS_BYTES_MAX } from '../limits.ts';
import { knownHostsError } from './failures.ts';
import type { PublicKey } from './host-key.ts';
import { findHost, hashOf, knownHostName, knownHostsText } from './known-hosts.ts';

/** Additions by file: one after the other, so that none overwrites another's. */
const running = new Map<string, Promise<void>>();

/**
 * Adds a host's key to a file of known hosts, for this user alone (0600): the whole file is written beside it and renamed, so that a
 * crash leaves the old one or the new one. The host is written as a hash, as the vault does not show the names of hosts either. Does
 * nothing where the file has the key. Never writes through a link.
 * @throws DriverError `ssh.knownHostsNotWritten`
 */
export function addKnownHost(file: string, host: string, port: number, key: PublicKey): Promise<void> {
  const added = (running.get(file) ?? Promise.resolve())
    .catch(() => {})
    .then(() => add(file, host, port, key));
  running.set(file, added);
  const done = (): void => {
    if (running.get(file) === added) running.delete(file);
  };
  added.then(done, done);
  return added;
}

async function add(file: string, host: string, port: number, key: PublicKey): Promise<void> {
  const beside = `${file}.${randomUUID()}`;
  try {
    const before = await knownHostsText(file, constants.O_NOFOLLOW ?? 0);
    const { lines } = findHost(before.split('\n'), host, port, file);
    const isThere = ({ marker, otherPort, fingerprint }: (typeof lines)[number]): boolean =>
      marker === 'none' && !otherPort && fingerprint === key.fingerprint;
    if (lines.some(isThere)) return;
    const name = hashOf(knownHostName(host, port), randomBytes(20));
    const line = `${name} ${key.keyType} ${Buffer.from(key.blob).toString('base64')}\n`;
    const after = before === '' || before.endsWith('\n') ? before + line : `${before}\n${line}`;
    if (after.length > KNOWN_HOSTS_BYTES_MAX) throw new Error('it is too large');
    const handle = await open(beside, 'wx', 0o600);
    try {
      await handle.writeFile(after, 'latin1');
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await unlink(beside).catch(() => {});
    throw knownHostsError('ssh.knownHostsNotWritten', file, error);
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder; its renames are durable without.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
