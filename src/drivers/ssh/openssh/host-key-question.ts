import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverError } from '../../driver.ts';
import type { HostKey, TunnelOptions } from '../../tunnel.ts';
import { type HopName, sshError } from '../failures.ts';
import { type PublicKey, publicKey } from '../host-key.ts';
import { hostKeyClash } from '../host-key-clash.ts';
import { knownHostName, readKnownHost } from '../known-hosts.ts';
import { addKnownHost } from '../known-hosts-add.ts';
import { judgeHostKey } from '../known-hosts-verdict.ts';
import { randomArt } from '../random-art.ts';

/** The name that known_hosts has for a host, before its port is written into it. */
export interface KnownAs {
  readonly host: string;
  readonly port: number;
}

/** Where ssh writes the key that a host shows, and the script that does so (ssh_config(5), `KnownHostsCommand`, OpenSSH 8.5). */
export interface ShownKey {
  readonly script: string;
  /** The key, once ssh has been shown one that it does not know. */
  read(): Promise<PublicKey | null>;
}

/** Prepares a file for the key of one hop. It has no key for ssh: nothing becomes known by it. */
export async function shownKey(folder: string, name: string): Promise<ShownKey> {
  const script = join(folder, `${name}.shown.sh`);
  const file = join(folder, `${name}.shown`);
  await rm(file, { force: true });
  const shell = file.replaceAll("'", `'\\''`);
  await writeFile(script, `[ "$1" = ORDER ] || printf '%s %s\\n' "$2" "$3" >> '${shell}'\n`, { mode: 0o600 });
  return {
    script,
    async read() {
      const lines = (await readFile(file, 'latin1').catch(() => '')).trim().split('\n');
      // A certificate of an unknown authority is shown first, then its plain key.
      const keys = lines.map((line) => publicKey(Buffer.from(line.split(' ')[1] ?? '', 'base64')));
      return keys.findLast((key) => key !== null) ?? null;
    },
  };
}

/**
 * Asks the user whether a key that no file knows is the host's, and remembers it if so. ssh has ended by then, and nothing but the key
 * was exchanged: there is no limit to how long the user compares, and the next ssh takes this one key only.
 * @throws DriverError `tunnel.notAnswered`, `ssh.hostKey…` where the files judge it otherwise than ssh did
 */
export async function askForHostKey(
  at: HopName,
  known: KnownAs,
  name: string,
  key: PublicKey,
  options: Pick<TunnelOptions, 'ask' | 'knownHosts' | 'signal'>,
): Promise<void> {
  const { files, ours } = options.knownHosts;
  const { verdict, others } = judgeHostKey(
    await readKnownHost([ours, ...files], known.host, known.port),
    key.blob,
  );
  if (verdict === 'revoked') throw sshError('ssh.hostKeyRevoked', at);
  if (verdict === 'changed') throw sshError('ssh.hostKeyChanged', at);
  const { keyType, fingerprint } = key;
  const answer = await options.ask(
    {
      type: 'hostKey',
      hop: at.hop,
      host: name,
      hostKey: { keyType, fingerprint },
      art: randomArt(key),
      others: others.map(({ file, line, ...other }) => ({
        file,
        line,
        keyType: other.keyType,
        fingerprint: other.fingerprint,
      })),
    },
    options.signal,
  );
  if (!answer || !('trusted' in answer)) throw sshError('tunnel.notAnswered', at);
  await addKnownHost(ours, known.host, known.port, key);
}

/** The error of a changed or revoked key, with what the files have for the host. ssh says which key it was shown, and no more of it. */
export async function clashingKey(
  code: 'ssh.hostKeyChanged' | 'ssh.hostKeyRevoked',
  at: HopName,
  known: KnownAs,
  shown: HostKey | null,
  files: readonly string[],
): Promise<DriverError> {
  const { lines } = await readKnownHost(files, known.host, known.port);
  const marker = code === 'ssh.hostKeyRevoked' ? 'revoked' : 'none';
  const host = knownHostName(known.host, known.port);
  return hostKeyClash(code, at, {
    host,
    shown,
    lines: lines.filter((line) => line.marker === marker && !line.otherPort),
  });
}
