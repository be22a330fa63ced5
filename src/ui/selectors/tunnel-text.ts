import type { Tunnel } from '../../events/tunnel.ts';
import { type TunnelView, tunnelEnded } from '../../events/views/tunnel-view.ts';

/** How the server is reached, in a few words, such as `through bastion`; empty where it is dialled itself. */
export function throughText(tunnel: Tunnel | undefined): string {
  if (tunnel === undefined) return '';
  if (tunnel.by === 'command') return `through ${tunnel.argv[0]!.split(/[\\/]/).at(-1)}`;
  const { hops } = tunnel;
  return `through ${hops.length > 3 ? `${hops[0]!.host} and ${hops.length - 1} more hops` : hops.map(({ host }) => host).join(', ')}`;
}

/** The tunnel of a session: the one that lives, or else the last one. */
export function tunnelOfSession(
  tunnels: Readonly<Record<string, TunnelView>>,
  sessionId: string,
): TunnelView | undefined {
  const all = Object.values(tunnels).filter((tunnel) => tunnel.sessionId === sessionId);
  return all.find(({ state }) => !tunnelEnded(state)) ?? all.at(-1);
}

/** What a tunnel is doing while it does not forward; empty while it does, or was closed. */
export function tunnelStateText({ state, hop, hops, attempts, failure, promptId }: TunnelView): string {
  const at = hop === null || hops < 2 ? '' : `, hop ${hop + 1} of ${hops}`;
  if (state === 'forwarding' || state === 'closed') return '';
  if (state === 'failed') return `tunnel failed${failure ? ` (${failure.code})` : ''}`;
  if (promptId !== null) return `tunnel waits for your answer${at}`;
  if (state.startsWith('opening')) return `opening the tunnel${at}`;
  if (!state.startsWith('reopening')) return '';
  const lost = `tunnel lost${failure ? ` (${failure.code})` : ''}`;
  return state === 'reopening.waiting'
    ? `${lost}, ${attempts === 0 ? 'about to reopen it' : `attempt ${attempts} failed, about to try again`}`
    : `${lost}, reopening, attempt ${attempts}${at}`;
}
