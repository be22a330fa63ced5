import type { Tunnel } from '../../events/tunnel.ts';
import type { TunnelStepView, TunnelView } from '../../events/views/tunnel-view.ts';

/** One step of the way that a connection's test takes. */
export interface TestStep {
  readonly words: string;
  /** What was found by it; empty for nothing. */
  readonly found: string;
  readonly state: 'done' | 'running' | 'asking' | 'failed' | 'stopped' | 'waiting';
  /** How long it took, in milliseconds; null where it is not done. */
  readonly ms: number | null;
}

/** How far a test is, and with what end. */
export type TestProgress = 'running' | 'reached' | 'failed' | 'stopped';

/** What a test through a tunnel does, in order, each with its time; the first that is not done is the one it is at, or ended with. */
export function testSteps(
  tunnel: Tunnel,
  view: TunnelView | undefined,
  progress: TestProgress,
  engine: string,
): readonly TestStep[] {
  const planned = plannedSteps(tunnel, engine);
  const isAsking = view?.promptId != null;
  let doneMs = 0;
  let isCurrent = true;
  return planned.map(({ step, hop, words }) => {
    const done = view?.steps.findLast((one) => one.step === step && one.hop === hop);
    const found = step === 'trusted' ? keyFound(view, hop) : '';
    if (done) {
      const ms = Math.max(0, done.afterMs - doneMs);
      doneMs = done.afterMs;
      return { words, found, state: 'done', ms };
    }
    if (progress === 'reached') return { words, found, state: 'done', ms: null };
    const state = !isCurrent ? 'waiting' : progress === 'running' && isAsking ? 'asking' : progress;
    isCurrent = false;
    return { words, found, state, ms: null };
  });
}

/** The type of a hop's key and what is known of it, such as `ssh-ed25519, known`. */
function keyFound(view: TunnelView | undefined, hop: number | null): string {
  const key = view?.hostKeys.find((one) => one.hop === hop);
  return key ? `${key.keyType}, ${key.verdict}` : '';
}

interface PlannedStep {
  readonly step: TunnelStepView['step'] | 'database';
  readonly hop: number | null;
  readonly words: string;
}

function plannedSteps(tunnel: Tunnel, engine: string): readonly PlannedStep[] {
  const database: PlannedStep = { step: 'database', hop: null, words: `Connect and sign in to ${engine}` };
  if (tunnel.by === 'command') return [{ step: 'opened', hop: null, words: 'Start the command' }, database];
  return [
    ...tunnel.hops.flatMap(({ host }, hop): PlannedStep[] => {
      // Hops may have the same host, on several ports or as several users; a failure names its hop in these words.
      const name = tunnel.hops.length === 1 ? host : `hop ${hop + 1} (${host})`;
      return [
        { step: 'reached', hop, words: `Reach ${name}` },
        { step: 'trusted', hop, words: `Verify the host key of ${name}` },
        { step: 'signedIn', hop, words: `Sign in to ${name}` },
      ];
    }),
    { step: 'opened', hop: null, words: 'Open the tunnel' },
    database,
  ];
}
