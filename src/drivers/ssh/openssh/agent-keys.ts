import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { SshAgentKey, SshAgentKeys } from '../../../events/ssh-lookup.ts';
import { SSH_ADD_TIMEOUT_MS } from '../../limits.ts';
import { type HopName, sshError } from '../failures.ts';
import { fingerprintOf } from '../host-key.ts';
import { sshEnvironment, sshProgram } from './ssh-process.ts';

const run = promisify(execFile);

/** The keys of the agent at `SSH_AUTH_SOCK`; null where none answers, or there is no ssh-add. */
export async function agentKeys(): Promise<SshAgentKeys | null> {
  const listed = await listKeys();
  if (typeof listed === 'string') return null;
  return { keys: listed.map(({ keyType, fingerprint, comment }) => ({ keyType, fingerprint, comment })) };
}

/**
 * Writes the public key of an agent that has `fingerprint` to `file`, so that ssh offers this one alone.
 * @throws DriverError `ssh.notInstalled`, `ssh.agentUnreachable`, `ssh.agentLacksKey`
 */
export async function writeAgentKey(
  at: HopName,
  socket: string | undefined,
  fingerprint: string,
  file: string,
): Promise<void> {
  const listed = await listKeys(socket);
  if (typeof listed === 'string') throw sshError(listed, at);
  const key = listed.find((one) => one.fingerprint === fingerprint);
  if (!key) throw sshError('ssh.agentLacksKey', at);
  await writeFile(file, `${key.keyType} ${key.base64}\n`, { mode: 0o600 });
}

interface ListedKey extends SshAgentKey {
  readonly base64: string;
}

/** What `ssh-add -L` (ssh-add(1)) lists of the agent at `socket`, or at `SSH_AUTH_SOCK`; or the code of what stands in the way. */
async function listKeys(socket?: string): Promise<ListedKey[] | 'ssh.notInstalled' | 'ssh.agentUnreachable'> {
  const program = await sshProgram('ssh-add');
  if (!program) return 'ssh.notInstalled';
  const env = sshEnvironment(socket ? { SSH_AUTH_SOCK: socket } : {});
  const printed = await run(program, ['-L'], { env, timeout: SSH_ADD_TIMEOUT_MS }).catch(
    // It exits with 1 where the agent has no keys, and with 2 where it does not answer.
    ({ code }: { code?: unknown }) => (code === 1 ? { stdout: '' } : null),
  );
  return printed ? printed.stdout.split('\n').flatMap(keyOf) : 'ssh.agentUnreachable';
}

/** A line of it: the key's type, its blob in base64, and a comment that may hold spaces. */
function keyOf(line: string): ListedKey[] {
  const [, keyType, base64, comment = ''] = /^(\S+) ([A-Za-z0-9+/=]+)(?: (.*))?$/.exec(line.trim()) ?? [];
  if (!keyType || !base64) return [];
  return [{ keyType, fingerprint: fingerprintOf(Buffer.from(base64, 'base64')), comment, base64 }];
}
