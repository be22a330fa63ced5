import fc from 'fast-check';
import { vi } from 'vitest';
import type { Envelope } from '../../src/events/envelope.ts';
import type { TapeFact } from '../../src/events/tape.ts';
import { fold } from '../../src/events/views/state.ts';
import { asks, FakeTunnels, ONE_HOP } from '../unit/actors/fake-tunnels.ts';
import { type Step, settle, step } from '../unit/actors/play.ts';
import { WatchedPlay } from '../unit/events/diagnosis/watched-play.ts';

/** What happens on a day beside what a play has: servers that refuse and fail for a reason, a computer that is busy or sleeps. */
type DayStep =
  | Step
  | { readonly kind: 'failWith'; readonly which: number; readonly code: keyof typeof MEANINGS }
  | { readonly kind: 'refuseWith'; readonly code: string }
  | { readonly kind: 'stall'; readonly ms: number }
  | { readonly kind: 'sleep' }
  | { readonly kind: 'loseTunnel'; readonly which: number }
  | { readonly kind: 'refuseTunnel'; readonly code: 'ssh.authFailed' | 'ssh.hostKeyChanged' }
  | { readonly kind: 'newHostKey' | 'welcomeTunnel' | 'trust' | 'distrust' };

/** What a server's code says of a statement. */
const MEANINGS = {
  '40P01': 'lockWait',
  '55P03': 'lockWait',
  '25P02': 'abortedTransaction',
  '53100': 'fullDisk',
  '25P04': 'timeout',
} as const;

const SLEEP_MS = 3_600_000;
const HOST_KEY = { keyType: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` } as const;

/** Steps after which little else happens until they are undone. */
const RARE: ReadonlySet<string> = new Set([
  'failTape',
  'hold',
  'refuseSignIn',
  'refuseDial',
  'closeSession',
  'closeTab',
  'stricter',
  'dangerous',
  'throwAtExecute',
  'throwInSink',
  'unusable',
  'lose',
  'reject',
  'loseConnection',
]);

/** A day on which most of what is run completes. */
const dayStep: fc.Arbitrary<DayStep> = fc.oneof(
  { weight: 40, arbitrary: step.filter(({ kind }) => !RARE.has(kind)) },
  { weight: 6, arbitrary: step },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('complete' as const),
      which: fc.nat(9),
      transaction: fc.constantFrom('none' as const, 'none' as const, 'open' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom<DayStep>(
      { kind: 'welcome' },
      { kind: 'mendTape' },
      { kind: 'release' },
      { kind: 'laxer' },
      { kind: 'harmless' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('failWith' as const),
      which: fc.nat(9),
      code: fc.constantFrom(...(Object.keys(MEANINGS) as (keyof typeof MEANINGS)[])),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        kind: fc.constant('refuseWith' as const),
        code: fc.constantFrom('53300', 'DEPTH_ZERO_SELF_SIGNED_CERT', '57P03'),
      }),
      fc.record({ kind: fc.constant('stall' as const), ms: fc.integer({ min: 1000, max: 20_000 }) }),
      fc.constant<DayStep>({ kind: 'sleep' }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant('loseTunnel' as const), which: fc.nat(3) }),
      fc.constantFrom<DayStep>(
        { kind: 'refuseTunnel', code: 'ssh.authFailed' },
        { kind: 'refuseTunnel', code: 'ssh.hostKeyChanged' },
        { kind: 'newHostKey' },
        { kind: 'welcomeTunnel' },
        { kind: 'welcomeTunnel' },
        { kind: 'trust' },
        { kind: 'trust' },
        { kind: 'distrust' },
      ),
    ),
  },
);

/** One start of the program on that day. */
export class DayPlay extends WatchedPlay {
  /** Statements that were there as the event loop was blocked. */
  readonly blocked = new Set<string>();
  stalls = 0;
  /** Connections that a sleep ended. */
  lostBySleep = 0;

  /** Tunnels that were lost while they were open. */
  tunnelsLost = 0;

  constructor(
    private readonly start: { readonly runId: string; readonly afterSeq: number },
    offsetMs: number,
    private readonly tunnels: FakeTunnels | null = null,
  ) {
    super({
      ...start,
      ...(tunnels && { openTunnel: tunnels.open, tunnel: ONE_HOP, tunnelPace: TUNNEL_PACE }),
    });
    this.world.clock.offsetMs = offsetMs;
    this.fact({ type: 'process.watched', stallMs: 1000 });
  }

  private fact(event: TapeFact): void {
    const { tape, clock } = this.world;
    const at = 1_000_000 + this.start.afterSeq + tape.envelopes.length + clock.offsetMs;
    tape.append({ actor: 'tape', kind: 'tape', machine: null, cause: null, state: null, at, event });
  }

  async takeOfDay(one: DayStep): Promise<void> {
    switch (one.kind) {
      case 'failWith': {
        const execution = this.running(one.which);
        const queryId = execution && this.texts.get(execution.text);
        if (!execution || !queryId || execution.cancelled || execution.connection.closed) return;
        this.failed.add(`${MEANINGS[one.code]} ${queryId}`);
        execution.fail(one.code);
        return settle();
      }
      case 'refuseWith':
        this.world.driver.refuse = {
          code: one.code,
          source: /^\d/.test(one.code) ? 'server' : 'connection',
          message: 'no',
        };
        return;
      case 'stall':
        return this.stands(one.ms);
      case 'sleep':
        return this.sleeps();
      case 'loseTunnel':
      case 'refuseTunnel':
      case 'newHostKey':
      case 'welcomeTunnel':
        if (this.tunnels) await this.hurt(this.tunnels, one);
        return;
      case 'trust':
      case 'distrust':
        return this.answer(one.kind === 'trust');
      default:
        return this.take(one);
    }
  }

  /** Openings of a tunnel that were refused because of a host's key. */
  get keysRefused(): number {
    return this.tunnels?.refusedWith.filter((code) => code === 'ssh.hostKeyChanged').length ?? 0;
  }

  /** What becomes of the tunnel that is open, and of the next ones. */
  private async hurt(tunnels: FakeTunnels, one: DayStep): Promise<void> {
    if (one.kind === 'refuseTunnel') tunnels.refuse = { code: one.code, source: 'server', message: 'no' };
    else if (one.kind === 'newHostKey')
      tunnels.before = async (options) => {
        await asks(options, {
          type: 'hostKey',
          hop: 0,
          host: 'bastion',
          hostKey: HOST_KEY,
          art: '',
          others: [],
        });
      };
    else if (one.kind === 'welcomeTunnel') {
      tunnels.refuse = null;
      tunnels.before = async () => undefined;
    } else if (one.kind === 'loseTunnel') {
      const open = tunnels.opened.filter(({ closed }) => !closed);
      const tunnel = open[one.which % Math.max(1, open.length)];
      if (!tunnel) return;
      this.loseTrack();
      this.tunnelsLost++;
      // Whatever went through it is lost with it.
      for (const connection of this.world.driver.connections) this.harmed.add(connection);
      tunnel.lose();
    }
    await settle();
  }

  /** Answers each question of a host key that is open: it is trusted, or it is left without an answer. */
  private async answer(trusted: boolean): Promise<void> {
    for (const { kind, promptId, challenge } of this.world.workspace.prompts()) {
      if (kind !== 'hostKey') continue;
      if (trusted)
        this.send({ type: 'prompt.answer', promptId, answer: { kind: 'hostKey', challenge, trusted: true } });
      else this.send({ type: 'prompt.dismiss', promptId });
    }
    await settle();
  }

  /** The event loop is blocked for a time, which passes by every clock. */
  private async stands(ms: number): Promise<void> {
    this.stalls++;
    this.loseTrack();
    this.world.clock.offsetMs += ms;
    await vi.advanceTimersByTimeAsync(ms);
    await settle();
    this.loseTrack();
    for (const { queryId, outcome } of Object.values(fold(this.world.tape.envelopes).queries))
      if (outcome === null) this.blocked.add(queryId);
    this.fact({ type: 'process.stalled', loopMs: ms, clockMs: ms });
  }

  /** The computer sleeps for an hour, and no connection outlives that. */
  private async sleeps(): Promise<void> {
    this.loseTrack();
    this.world.clock.offsetMs += SLEEP_MS;
    this.fact({ type: 'process.stalled', loopMs: 0, clockMs: SLEEP_MS });
    for (const connection of this.world.driver.connections) {
      if (connection.closed) continue;
      this.harmed.add(connection);
      for (const execution of connection.executions) if (!execution.hasEnded) execution.lose();
      await settle();
      if (connection.closed) continue;
      this.lostBySleep++;
      connection.loseWith({ code: 'ECONNRESET', source: 'connection', message: 'lost' });
    }
    await settle();
  }
}

/** A day: one tape, and what was done in each start of the program. */
export interface Day {
  readonly tape: readonly Envelope[];
  readonly plays: readonly { readonly play: DayPlay; readonly killed: boolean; readonly inFlight: number }[];
}

/** How often a tunnel is asked for a sign of life: as seldom as in the product, for hours are played. */
const TUNNEL_PACE = { lookMs: 10_000, timeoutMs: 5_000, wakeMs: 20_000 };
/** Records of one start, at most and about: a short day has three starts, too. */
const RECORDS_OF_A_START = 1500;
const STARTS_MIN = 3;

/** Plays a day of at least so many records on the real machines; each second start reaches its server through a tunnel, and each third ends by a kill. Needs fake timers. */
export async function playDay(seed: number, records: number): Promise<Day> {
  const tape: Envelope[] = [];
  const plays: { play: DayPlay; killed: boolean; inFlight: number }[] = [];
  let offsetMs = 0;
  while (tape.length < records) {
    const number = plays.length + 1;
    const start = { runId: `run-${number}`, afterSeq: tape.length };
    const play = new DayPlay(start, offsetMs, number % 2 === 0 ? new FakeTunnels() : null);
    const most = Math.min(RECORDS_OF_A_START, Math.ceil(records / STARTS_MIN), records - tape.length);
    const steps = fc.sample(dayStep, { seed: seed + number, numRuns: most });
    await play.open();
    for (const one of steps) {
      if (play.world.tape.envelopes.length >= most) break;
      await play.takeOfDay(one);
    }
    const killed = number % 3 === 0;
    const inFlight = Object.values(fold(play.world.tape.envelopes).queries).filter(
      ({ outcome }) => outcome === null,
    ).length;
    // A killed program does nothing more.
    if (killed) vi.clearAllTimers();
    else await play.finish();
    tape.push(...play.world.tape.envelopes);
    plays.push({ play, killed, inFlight });
    offsetMs = play.world.clock.offsetMs + play.world.tape.envelopes.length;
  }
  return { tape, plays };
}
