import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { program } from './debian.ts';

const run = promisify(execFile);

/** As ssh-keygen names them. */
export type SshKeyType = 'ed25519' | 'ecdsa' | 'rsa';

/** A key pair in files. */
export interface SshKey {
  /** The private key's file, mode 0600; the public one has `.pub` after it. */
  readonly file: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly line: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/**
 * Makes a key pair at `file`, which must not exist. An empty passphrase leaves the private key readable; `rounds` of its derivation are
 * few, so that tests don't wait for it.
 */
export async function makeSshKey(
  file: string,
  type: SshKeyType = 'ed25519',
  passphrase = '',
  rounds = 2,
): Promise<SshKey> {
  const keygen = await program(['ssh-keygen'], 'openssh-client');
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  const lock = ['-N', passphrase, '-a', `${rounds}`];
  await run(keygen, ['-q', '-t', type, ...bits, ...lock, '-C', 'querytape test', '-f', file]);
  return await sshKeyAt(file);
}

/** Reads what is public of the key pair at `file`. */
export async function sshKeyAt(file: string): Promise<SshKey> {
  const keygen = await program(['ssh-keygen'], 'openssh-client');
  const [type, blob] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
  const { stdout } = await run(keygen, ['-l', '-f', `${file}.pub`]);
  return { file, line: `${type} ${blob}`, fingerprint: stdout.split(' ')[1]! };
}

/**
 * Signs a user's key for `principals`, which may then sign in where `authority` is trusted. @returns the certificate's file, beside
 * the key's
 */
export async function certifyUser(
  authority: SshKey,
  key: SshKey,
  principals: readonly string[],
): Promise<string> {
  return await certify(authority, key, principals, []);
}

/** Signs a host's key for the names by which it is dialled. @returns the certificate's file, beside the key's */
export async function certifyHost(authority: SshKey, key: SshKey, names: readonly string[]): Promise<string> {
  return await certify(authority, key, names, ['-h']);
}

async function certify(
  authority: SshKey,
  key: SshKey,
  names: readonly string[],
  options: string[],
): Promise<string> {
  const keygen = await program(['ssh-keygen'], 'openssh-client');
  const who = ['-I', 'querytape test', '-n', names.join(',')];
  await run(keygen, ['-q', '-s', authority.file, ...options, ...who, '-V', '-5m:+1h', `${key.file}.pub`]);
  return `${key.file}-cert.pub`;
}

/** An ssh-agent of the tests' own. */
export interface SshAgent {
  /** Its socket, as `SSH_AUTH_SOCK` names it. */
  readonly socket: string;
  /** Removes all of its keys. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an ssh-agent on a private socket and adds keys without a passphrase to it, in order. */
export async function startSshAgent(keys: readonly SshKey[]): Promise<SshAgent> {
  const agent = await program(['ssh-agent'], 'openssh-client');
  const add = await program(['ssh-add'], 'openssh-client');
  const home = await mkdtemp(join(tmpdir(), 'querytape-agent-'));
  const socket = join(home, 'agent');
  const child = spawn(agent, ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  // It prints its socket once it listens on it.
  for await (const _line of createInterface(child.stdout)) break;
  const ask = (...args: string[]) => run(add, ['-q', ...args], { env: { SSH_AUTH_SOCK: socket } });
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(home, { recursive: true, force: true });
  };
  try {
    for (const { file } of keys) await ask(file);
  } catch (error) {
    await stop();
    throw error;
  }
  return { socket, forget: async () => void (await ask('-D')), stop };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
