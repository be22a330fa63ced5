import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SSH_ADD_TIMEOUT_MS } from '../../limits.ts';
import { type HopName, sshError } from '../failures.ts';
import { publicKey } from '../host-key.ts';
import { sshEnvironment, sshProgram } from './ssh-process.ts';

const run = promisify(execFile);

/**
 * Writes the public key of an agent that has `fingerprint` to `file`, so that ssh offers this one alone.
 * @throws DriverError `ssh.agentUnreachable`, `ssh.agentLacksKey`
 */
export async function writeAgentKey(
  at: HopName,
  socket: string | undefined,
  fingerprint: string,
  file: string,
): Promise<void> {
  const program = await sshProgram('ssh-add');
  if (!program) throw sshError('ssh.notInstalled', at);
  const env = sshEnvironment(socket ? { SSH_AUTH_SOCK: socket } : {});
  // It exits with 1 where the agent has no keys, and with 2 where it does not answer.
  const listed = await run(program, ['-L'], { env, timeout: SSH_ADD_TIMEOUT_MS }).catch(
    (error: { code?: unknown }) => {
      throw sshError(error.code === 1 ? 'ssh.agentLacksKey' : 'ssh.agentUnreachable', at);
    },
  );
  for (const line of listed.stdout.split('\n')) {
    const [type, base64] = line.split(' ');
    const key = base64 ? publicKey(Buffer.from(base64, 'base64')) : null;
    if (key?.fingerprint !== fingerprint) continue;
    await writeFile(file, `${type} ${base64}\n`, { mode: 0o600 });
    return;
  }
  throw sshError('ssh.agentLacksKey', at);
}
