import type { ReadEnvelope } from '../upcast.ts';
import { NOTICEABLE_MS, SLEEP_MS, STALLS_REMEMBERED } from './bounds.ts';
import { type Mark, markOf } from './mark.ts';
import { addToTunnels, newRunTunnels, type RunTunnels } from './run-tunnels.ts';

/** A time in which the process did not run. */
export interface Stall extends Mark {
  /** How late it was, by the clock that does not count sleep on most systems, and by the wall clock. */
  readonly loopMs: number;
  readonly clockMs: number;
  /** Processor time that the process had in it; null where its program did not record that. */
  readonly cpuMs: number | null;
}

/** What the running program knows beside the tape that it writes. */
export interface Present {
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** The system's code for which the tape can't be written now; null where it can. */
  readonly tapeFailure: string | null;
}

/** What a diagnosis knows of one start of the program. */
export interface RunFacts {
  /** Null where the tape begins in the middle of it. */
  started: Mark | null;
  /** It ended in order. */
  stopped: Mark | null;
  /** The next start, which came although this one had not ended in order. */
  killedBefore: Mark | null;
  /** The next start, before which records are missing: whether this one ended in order may be among them. */
  endMissing: Mark | null;
  /** Statements that had no end then, as far as they are listed, and how many there were. */
  inFlight: { readonly queryId: string; readonly mayHaveRun: boolean; readonly last: Mark }[];
  inFlightCount: number;
  /** Whether this program records that it stood still. */
  watchesStalls: boolean;
  /** The longest stall of the event loop, the last one, how many there were, and the last sleep. */
  blocked: Stall | null;
  blockedLast: Stall | null;
  blockedCount: number;
  /** The newest stalls and sleeps, at most `STALLS_REMEMBERED`. */
  readonly stalls: Stall[];
  slept: Stall | null;
  vaultLocked: Mark | null;
  tapeFailed: (Mark & { readonly code: string }) | null;
  /** Null unless it runs and is asked itself. */
  present: Present | null;
  last: Mark | null;
  /** Seq of the workspace's last record. */
  lastOfWorkspace: number | null;
  readonly tunnels: RunTunnels;
}

/** Statements that are listed one by one where the program was killed. */
export const IN_FLIGHT_LISTED = 50;

export function newRun(): RunFacts {
  return {
    started: null,
    stopped: null,
    killedBefore: null,
    endMissing: null,
    inFlight: [],
    inFlightCount: 0,
    watchesStalls: false,
    blocked: null,
    blockedLast: null,
    blockedCount: 0,
    stalls: [],
    slept: null,
    vaultLocked: null,
    tapeFailed: null,
    present: null,
    last: null,
    lastOfWorkspace: null,
    tunnels: newRunTunnels(),
  };
}

/** Adds a record of the workspace, of a tunnel or of the tape itself. */
export function addToRun(run: RunFacts, envelope: ReadEnvelope): void {
  const { event } = envelope;
  if (envelope.kind === 'tunnel') addToTunnels(run.tunnels, envelope);
  if (envelope.kind === 'workspace') run.lastOfWorkspace = envelope.seq;
  if (envelope.kind === 'workspace' && envelope.state === 'stopped') run.stopped ??= markOf(envelope);
  switch (event.type) {
    case 'xstate.init':
      if (envelope.kind === 'workspace') run.started = markOf(envelope);
      break;
    case 'vault.locked':
      run.vaultLocked = markOf(envelope);
      break;
    case 'process.watched':
      run.watchesStalls = true;
      break;
    case 'process.stalled':
      addStall(run, {
        ...markOf(envelope),
        loopMs: event.loopMs,
        clockMs: event.clockMs,
        cpuMs: event.cpuMs ?? null,
      });
      break;
    case 'tape.failed':
      run.tapeFailed = { ...markOf(envelope), code: event.code };
      break;
    default:
      break;
  }
}

/** Whether the computer slept, or the process was stopped, rather than busy. */
export function isSleep(stall: Stall): boolean {
  return sleptMs(stall) >= SLEEP_MS;
}

/** How long a sleep was, in milliseconds, by the clock that counted most of it. */
export function sleptMs({ loopMs, clockMs }: Stall): number {
  return Math.max(loopMs, clockMs);
}

/** What a sleep was, as far as the clocks say: where the loop's own clock stood still, or only the wall clock jumped, it was no stop. */
export function sleepText({ loopMs }: Stall): string {
  return `the computer slept, or ${loopMs >= SLEEP_MS ? 'the process was stopped' : 'its clock was set forward'}`;
}

function addStall(run: RunFacts, stall: Stall): void {
  // Only the wall clock jumped.
  if (!isSleep(stall) && stall.loopMs < NOTICEABLE_MS) return;
  run.stalls.push(stall);
  if (run.stalls.length > STALLS_REMEMBERED) run.stalls.shift();
  if (isSleep(stall)) {
    run.slept = stall;
    return;
  }
  run.blockedCount++;
  run.blockedLast = stall;
  if (stall.loopMs > (run.blocked?.loopMs ?? 0)) run.blocked = stall;
}
