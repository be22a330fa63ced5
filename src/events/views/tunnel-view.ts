import type { Failure } from '../failure.ts';
import { TUNNEL_PROCESSES_MAX } from '../limits.ts';
import { reconnectBackoffMs } from '../reconnect-backoff.ts';
import type { BackendReason } from '../tunnel.ts';
import type { KeyType, TunnelBackend, TunnelKind } from '../tunnel-facts.ts';
import type { ReadEnvelope } from '../upcast.ts';

/**
 * One step of the last opening, and how long after its beginning it was done, in milliseconds. `hostKey`: the key was seen; `trusted`: it
 * is taken, by what is known or by the user.
 */
export interface TunnelStepView {
  readonly step: 'reached' | 'hostKey' | 'trusted' | 'signedIn' | 'opened' | 'failed';
  /** From 0; null for the whole tunnel. */
  readonly hop: number | null;
  readonly afterMs: number;
}

/** A process that a tunnel started, named by its id and its start. */
export interface TunnelProcess {
  readonly pid: number;
  readonly startTime: string;
}

/** A tunnel as the tape tells it. */
export interface TunnelView {
  readonly tunnelId: string;
  /** Its session; null for the tunnel of a test. */
  readonly sessionId: string | null;
  readonly testId: string | null;
  /** The command that asked for the test. */
  readonly commandId: string | null;
  readonly by: TunnelKind;
  readonly hops: number;
  /** As the tape has it: `opening.connecting`, `forwarding`, `reopening.waiting` … */
  readonly state: string;
  /** Since when it is in that state; milliseconds since 1970 UTC. */
  readonly since: number;
  /** The hop that is reached, verified or signed in to; null before the first and once it forwards. */
  readonly hop: number | null;
  readonly backend: TunnelBackend | null;
  readonly reason: BackendReason | null;
  readonly commandHash: string | null;
  /** The last host key's type and verdict, of each hop. */
  readonly hostKeys: readonly { readonly hop: number; readonly keyType: KeyType; readonly verdict: string }[];
  /** The question that the user is asked; null for none. */
  readonly promptId: string | null;
  /** When the last opening began, and what was done of it. */
  readonly openingAt: number;
  readonly steps: readonly TunnelStepView[];
  /** Attempts to open it again since it was lost. */
  readonly attempts: number;
  /** When it is opened again by itself, in milliseconds since 1970 UTC; null while that is not awaited. */
  readonly nextAttemptAt: number | null;
  /** How often it was lost. */
  readonly losses: number;
  /** Why it does not forward, or last did not. */
  readonly failure: Failure | null;
  /** What it started and may not have ended yet. */
  readonly processes: readonly TunnelProcess[];
  readonly endedAt: number | null;
}

/** Whether a tunnel in this state has ended. */
export function tunnelEnded(state: string): boolean {
  return state === 'closed' || state === 'failed';
}

/** Whether it is being opened: the first time, or again. */
function isDialling(state: string): boolean {
  return state.startsWith('opening.') || state.startsWith('reopening.dialling.');
}

/** One more record of a tunnel. Undefined where the tape begins in the middle of its life. */
export function foldTunnel(tunnel: TunnelView | undefined, envelope: ReadEnvelope): TunnelView | undefined {
  const { event, at } = envelope;
  if (!tunnel) {
    if (event.type !== 'xstate.init' || !('tunnelId' in event.input)) return undefined;
    const { tunnelId, sessionId, testId, commandId = null, by, hops } = event.input;
    return {
      tunnelId,
      sessionId,
      testId,
      commandId,
      by,
      hops,
      state: envelope.state ?? 'opening.connecting',
      since: at,
      hop: null,
      backend: null,
      reason: null,
      commandHash: null,
      hostKeys: [],
      promptId: null,
      openingAt: at,
      steps: [],
      attempts: 0,
      nextAttemptAt: null,
      losses: 0,
      failure: null,
      processes: [],
      endedAt: null,
    };
  }
  if (envelope.ignored) return tunnel;
  const state = envelope.state ?? tunnel.state;
  const ended = tunnelEnded(state);
  const again = isDialling(state) && !isDialling(tunnel.state);
  const next: TunnelView = {
    ...tunnel,
    state,
    since: state === tunnel.state ? tunnel.since : at,
    nextAttemptAt:
      state === 'reopening.waiting'
        ? (tunnel.nextAttemptAt ?? at + reconnectBackoffMs(tunnel.attempts + 1))
        : null,
    ...(again ? { openingAt: at, steps: [], attempts: tunnel.attempts + 1 } : {}),
    ...(ended ? { endedAt: at, promptId: null, hop: null } : {}),
    // A close that took too long may have left what the tunnel started.
    ...(ended && !event.type.startsWith('xstate.') ? { processes: [] } : {}),
  };
  return { ...next, ...changes(next, envelope) };
}

function processOf({ pid, startTime }: TunnelProcess): TunnelProcess {
  return { pid, startTime };
}

/** What an event says of a tunnel. */
function changes(tunnel: TunnelView, { event, at }: ReadEnvelope): Partial<TunnelView> {
  const done = (step: TunnelStepView['step'], hop: number | null): Pick<TunnelView, 'steps'> => ({
    steps: [...tunnel.steps, { step, hop, afterMs: Math.max(0, at - tunnel.openingAt) }],
  });
  switch (event.type) {
    case 'tunnel.chosen': {
      const { backend, reason, commandHash = null } = event;
      return { backend, reason, commandHash };
    }
    case 'tunnel.spawned':
      return { processes: [...tunnel.processes, processOf(event)].slice(-TUNNEL_PROCESSES_MAX) };
    case 'tunnel.hopReached':
      return { hop: event.hop, ...done('reached', event.hop) };
    case 'tunnel.hostKeySeen': {
      const { hop, keyType, verdict } = event;
      const others = tunnel.hostKeys.filter((one) => one.hop !== hop);
      return { hop, hostKeys: [...others, { hop, keyType, verdict }], ...done('hostKey', hop) };
    }
    case 'tunnel.asked':
      return { hop: event.hop, promptId: event.promptId };
    case 'tunnel.answered':
    case 'tunnel.questionExpired':
      return { promptId: null };
    case 'tunnel.signInBegan':
      return { hop: event.hop, ...done('trusted', event.hop) };
    case 'tunnel.signedIn':
      return { hop: event.hop, ...done('signedIn', event.hop) };
    case 'tunnel.opened':
      return { hop: null, promptId: null, attempts: 0, failure: null, ...done('opened', null) };
    case 'tunnel.notOpened':
      return { promptId: null, failure: event.failure, ...done('failed', tunnel.hop) };
    case 'tunnel.lost':
      return { losses: tunnel.losses + 1, hop: null, failure: event.failure };
    default:
      return {};
  }
}
