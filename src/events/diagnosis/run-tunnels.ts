import type { ReadEnvelope } from '../upcast.ts';
import { FLAPPING_LOSSES, FLAPPING_MS } from './bounds.ts';
import { between, type Mark, markOf } from './mark.ts';

/** What a diagnosis knows of the tunnels of one start of the program. */
export interface RunTunnels {
  first: Mark | null;
  /** The last one that was opened by a command, which checks keys or not by itself. */
  byCommand: Mark | null;
  /** The last host key that was shown, by the tunnel that has not ended. */
  readonly keys: Map<string, Mark>;
  /** The question about a host key that is open. */
  readonly asking: Map<string, Mark>;
  /** The last host key that was not taken: what showed it, and what the tunnel failed by. */
  keyRefused: { readonly seen: Mark | undefined; readonly failed: Mark; readonly code: string } | null;
  /** The last losses of each tunnel that has not ended, FLAPPING_LOSSES at most. */
  readonly losses: Map<string, Mark[]>;
  lossCount: number;
  lastLoss: Mark | null;
  /** The last losses of one tunnel that came within FLAPPING_MS. */
  flapping: readonly Mark[] | null;
}

/** Codes of a host key, or a host's certificate, that was not taken. */
const OF_HOST_KEY: ReadonlySet<string> = new Set([
  'ssh.hostKeyUnknown',
  'ssh.hostKeyChanged',
  'ssh.hostKeyRevoked',
  'ssh.hostCertificate',
]);

export function newRunTunnels(): RunTunnels {
  return {
    first: null,
    byCommand: null,
    keys: new Map(),
    asking: new Map(),
    keyRefused: null,
    losses: new Map(),
    lossCount: 0,
    lastLoss: null,
    flapping: null,
  };
}

/** Adds a record of a tunnel. */
export function addToTunnels(tunnels: RunTunnels, envelope: ReadEnvelope): void {
  const { event, actor } = envelope;
  const mark = markOf(envelope);
  tunnels.first ??= mark;
  switch (event.type) {
    case 'tunnel.chosen':
      if (event.backend === 'command') tunnels.byCommand = mark;
      break;
    case 'tunnel.hostKeySeen':
      tunnels.keys.set(actor, mark);
      break;
    case 'tunnel.asked':
      if (event.kind === 'hostKey') tunnels.asking.set(actor, mark);
      break;
    case 'tunnel.answered':
    case 'tunnel.questionExpired':
      tunnels.asking.delete(actor);
      break;
    case 'tunnel.notOpened': {
      const { code } = event.failure;
      if (OF_HOST_KEY.has(code)) tunnels.keyRefused = { seen: tunnels.keys.get(actor), failed: mark, code };
      tunnels.asking.delete(actor);
      break;
    }
    case 'tunnel.lost':
      addLoss(tunnels, actor, mark);
      break;
    default:
      break;
  }
  if (envelope.state === 'closed' || envelope.state === 'failed')
    for (const of of [tunnels.keys, tunnels.asking, tunnels.losses]) of.delete(actor);
}

function addLoss(tunnels: RunTunnels, actor: string, mark: Mark): void {
  tunnels.lossCount++;
  tunnels.lastLoss = mark;
  const losses = [...(tunnels.losses.get(actor) ?? []), mark].slice(-FLAPPING_LOSSES);
  tunnels.losses.set(actor, losses);
  if (losses.length === FLAPPING_LOSSES && between(losses[0]!, mark) <= FLAPPING_MS)
    tunnels.flapping = losses;
}
