import type { Ports } from '../actors/ports.ts';
import type { TunnelOptions } from '../drivers/tunnel.ts';

/** Opens tunnels by what they need, which is loaded when it is first used. */
export function tunnelOpener(places: Pick<TunnelOptions, 'knownHosts' | 'folder'>): Ports['openTunnel'] {
  return async (tunnel, target, options) => {
    const all = { ...options, ...places };
    if (tunnel.by === 'command') {
      const { openCommand } = await import('../drivers/tunnel-command/index.ts');
      return openCommand(tunnel, target, all);
    }
    const { openSsh } = await import('../drivers/ssh/index.ts');
    return openSsh(tunnel, target, all);
  };
}
