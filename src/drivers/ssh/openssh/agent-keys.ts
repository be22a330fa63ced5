import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SshAgentKey, SshAgentKeys } from '../../../events/ssh-lookup.ts';
import { SSH_ADD_TIMEOUT_MS } from '../../limits.ts';
import { fingerprintOf } from '../host-key.ts';
import { sshEnvironment, sshProgram } from './ssh-process.ts';

const run = promisify(execFile);

/** The keys of the agent at `SSH_AUTH_SOCK` (ssh-add(1), `-L`); null where none answers, or there is no ssh-add. */
export async function agentKeys(): Promise<SshAgentKeys | null> {
  const program = await sshProgram('ssh-add');
  if (!program) return null;
  const printed = await run(program, ['-L'], { env: sshEnvironment(), timeout: SSH_ADD_TIMEOUT_MS }).catch(
    // It exits with 1 where the agent has no keys, and with 2 where it does not answer.
    ({ code }: { code?: unknown }) => (code === 1 ? { stdout: '' } : null),
  );
  return printed && { keys: printed.stdout.split('\n').flatMap(keyOf) };
}

/** A line of `ssh-add -L`: the key's type, its blob in base64, and a comment that may hold spaces. */
function keyOf(line: string): SshAgentKey[] {
  const [, keyType, base64, comment = ''] = /^(\S+) ([A-Za-z0-9+/=]+)(?: (.*))?$/.exec(line.trim()) ?? [];
  if (!keyType || !base64) return [];
  return [{ keyType, fingerprint: fingerprintOf(Buffer.from(base64, 'base64')), comment }];
}
