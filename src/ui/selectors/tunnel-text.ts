import type { Tunnel } from '../../events/tunnel.ts';
import type { SessionView } from '../../events/views/session-view.ts';
import { type TunnelView, tunnelEnded } from '../../events/views/tunnel-view.ts';

/** How the server is reached, in a few words, such as `through bastion`; empty where it is dialled itself. */
export function throughText(tunnel: Tunnel | undefined): string {
  if (tunnel === undefined) return '';
  if (tunnel.by === 'command') return `through ${tunnel.argv[0]!.split(/[\\/]/).at(-1)}`;
  const { hops } = tunnel;
  return `through ${hops.length > 3 ? `${hops[0]!.host} and ${hops.length - 1} more hops` : hops.map(({ host }) => host).join(', ')}`;
}

/** The latest tunnel of each session, by session id: the same map as before where none has changed. */
export function latestTunnels(
  tunnels: Readonly<Record<string, TunnelView>>,
  before: ReadonlyMap<string, TunnelView>,
): ReadonlyMap<string, TunnelView> {
  const latest = new Map<string, TunnelView>();
  for (const tunnel of Object.values(tunnels))
    if (tunnel.sessionId !== null) latest.set(tunnel.sessionId, tunnel);
  const isSame =
    latest.size === before.size && [...latest].every(([id, tunnel]) => before.get(id) === tunnel);
  return isSame ? before : latest;
}

/** The tunnel of a session: the one that lives, or else the last one. */
export function tunnelOfSession(
  tunnels: Readonly<Record<string, TunnelView>>,
  sessionId: string,
): TunnelView | undefined {
  const all = Object.values(tunnels).filter((tunnel) => tunnel.sessionId === sessionId);
  return all.find(({ state }) => !tunnelEnded(state)) ?? all.at(-1);
}

/** What a tunnel is doing while it does not forward, at `now` in milliseconds since 1970 UTC; empty while it does, or was closed. */
export function tunnelStateText(
  { state, hop, hops, attempts, failure, promptId, nextAttemptAt }: TunnelView,
  now: number,
): string {
  const at = hop === null || hops < 2 ? '' : `, hop ${hop + 1} of ${hops}`;
  if (state === 'forwarding' || state === 'closed') return '';
  if (state === 'failed') return `tunnel failed${failure ? ` (${failure.code})` : ''}`;
  if (promptId !== null) return `tunnel waits for your answer${at}`;
  if (state.startsWith('opening')) return `opening the tunnel${at}`;
  if (!state.startsWith('reopening')) return '';
  const lost = `tunnel lost${failure && failure.code !== 'tunnel.lost' ? ` (${failure.code})` : ''}`;
  if (state !== 'reopening.waiting') return `${lost}, reopening, attempt ${attempts}${at}`;
  const leftS = Math.ceil(((nextAttemptAt ?? now) - now) / 1000);
  const when = leftS > 0 ? `in ${leftS} s` : 'now';
  return `${lost}, ${attempts === 0 ? 'reopening it' : `attempt ${attempts} failed, trying again`} ${when}`;
}

/** The same in a word or two, beside the name of a connection or a tab. */
export function tunnelBriefText({ state, promptId }: TunnelView): string {
  if (state === 'failed') return 'tunnel failed';
  if (promptId !== null) return 'needs your answer';
  if (state.startsWith('opening')) return 'opening tunnel…';
  return state.startsWith('reopening') ? 'tunnel lost…' : '';
}

/** What the label of a tab says of the tunnel that its session goes through. */
export interface TunnelMark {
  /** While it does not forward. */
  readonly tone: '' | 'waiting' | 'failed';
  /** What it is doing then, in a word or two; empty while it forwards. */
  readonly brief: string;
  /** The way, and that: `through bastion, tunnel lost…`. */
  readonly words: string;
}

/** The mark of a session's tunnel, by the tunnel of its profile; null where it has none that is open, or was. */
export function tunnelMark(
  way: Tunnel | undefined,
  session: SessionView | undefined,
  tunnel: TunnelView | undefined,
): TunnelMark | null {
  if (!session || session.state === 'offline' || !tunnel || tunnel.state === 'closed') return null;
  const brief = tunnelBriefText(tunnel);
  const tone = brief === '' ? '' : tunnel.state === 'failed' ? 'failed' : 'waiting';
  return {
    tone,
    brief,
    words: [throughText(way) || 'through a tunnel', brief].filter((one) => one).join(', '),
  };
}
