import type { BackendReason, SshBackend, SshTunnel } from '../../events/tunnel.ts';
import type { OpenTunnelBy } from '../tunnel.ts';
import { openByOpenssh } from './openssh/open.ts';
import { sshProgram } from './openssh/ssh-process.ts';

/**
 * Which backend opens a tunnel, and why: the one that the profile names; else OpenSSH where a hop needs what only it has, the
 * embedded one where the user is asked for passwords, and OpenSSH for keys and agents where the system has it.
 */
export function chooseBackend(
  { backend, hops }: Pick<SshTunnel, 'backend' | 'hops'>,
  hasSsh: boolean,
): { readonly backend: SshBackend; readonly reason: BackendReason } {
  if (backend) return { backend, reason: 'configured' };
  const onlyOpenssh = hops.some(
    ({ auth }) => auth.by === 'config' || (auth.by === 'key' && auth.certificateFile),
  );
  if (onlyOpenssh) return { backend: 'openssh', reason: 'onlyOpenssh' };
  const isInteractive = hops.some(({ auth }) => auth.by === 'password' || auth.by === 'keyboardInteractive');
  if (isInteractive) return { backend: 'embedded', reason: 'interactive' };
  return hasSsh ? { backend: 'openssh', reason: 'keyOrAgent' } : { backend: 'embedded', reason: 'noSsh' };
}

/** Opens a tunnel through SSH by the backend that `chooseBackend` gives. */
export const openSsh: OpenTunnelBy<SshTunnel> = async (tunnel, target, options) => {
  const chosen = chooseBackend(tunnel, (await sshProgram('ssh')) !== null);
  await options.onStep({ type: 'chosen', ...chosen });
  if (chosen.backend === 'openssh') return await openByOpenssh(tunnel, target, options);
  const { openEmbedded } = await import('./embedded/index.ts');
  return await openEmbedded(tunnel, target, options);
};
