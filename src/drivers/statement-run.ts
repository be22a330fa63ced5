import type { TransactionStatus } from '../events/connection.ts';
import type { FailureText } from '../events/failure.ts';
import {
  type CancelDelivery,
  type CancelRefusal,
  type CancelTimes,
  cancelUntilSettled,
} from './cancel-loop.ts';
import type { CancelObserver, ExecutionEnd, Termination } from './driver.ts';

/** How a connection's statement is stopped by another connection. */
export interface StatementStops {
  readonly times: CancelTimes;
  /** Sends one request and waits until its channel has closed. Never rejects; bounded. */
  requestCancel(
    onSent: () => void,
    onRefused: (refusal: CancelRefusal) => void,
    isSettled: () => boolean,
  ): Promise<CancelDelivery>;
  /** Ends the server's process, if it is still ours and still runs. Never rejects; ended by the signal. */
  terminate(
    signal: AbortSignal,
    onRefused: (refusal: CancelRefusal) => void,
    isSettled: () => boolean,
  ): Promise<Termination>;
}

/** What a statement needs of its connection, whatever its protocol. */
export interface StatementLink {
  readonly transaction: TransactionStatus;
  readonly isGone: boolean;
}

/** What each end says of a statement and its connection. */
type CommonEnd = Pick<ExecutionEnd, 'serverMs' | 'pausedMs' | 'usable' | 'transaction'>;

/**
 * One statement on its way through a server: when it settled on the wire, what was done to stop it, and what each end says.
 *
 *   running ─────── settle(end) ──────→ settled ── channelsClosed()
 *      └─ cancel() → cancelling ───────────┘
 *
 * Only the first cancel and the first end count.
 */
export class StatementRun<End extends { readonly type: string }> {
  /** How the statement ended on the wire. */
  readonly settled: Promise<End>;
  private readonly resolve: (end: End) => void;
  private readonly startedAt = performance.now();
  private settledAt: number | null = null;
  private cancelledAt: number | null = null;
  private asked = false;
  private terminated = false;
  private channels: Promise<boolean> = Promise.resolve(true);

  constructor() {
    let resolve: (end: End) => void = () => {};
    this.settled = new Promise((settled) => {
      resolve = settled;
    });
    this.resolve = resolve;
  }

  readonly isSettled = (): boolean => this.settledAt !== null;

  get isCancelled(): boolean {
    return this.cancelledAt !== null;
  }

  /** A request to stop has left before the end, so a server's report that the statement was stopped may answer it. */
  get wasAsked(): boolean {
    return this.asked;
  }

  /** The server's process was to be ended. */
  get wasTerminated(): boolean {
    return this.terminated;
  }

  settle(end: End): void {
    if (this.isSettled()) return;
    this.settledAt = performance.now();
    this.resolve(end);
  }

  /**
   * Stops the statement. `begin` is called once, before the first request; `abandon` drops the connection, and settles the statement
   * as lost.
   */
  cancel(
    observer: CancelObserver,
    stops: StatementStops,
    { begin, abandon }: { readonly begin: () => void; readonly abandon: () => void },
  ): void {
    if (this.isCancelled || this.isSettled()) return;
    this.cancelledAt = performance.now();
    begin();
    const { settled, isSettled } = this;
    this.channels = cancelUntilSettled(
      {
        settled,
        isSettled,
        request: (onSent, onRefused) => {
          const sent = (): void => {
            if (!isSettled()) this.asked = true;
            onSent();
          };
          return stops.requestCancel(sent, onRefused, isSettled);
        },
        terminate: (signal, onRefused) => {
          this.terminated = true;
          return stops.terminate(signal, onRefused, isSettled);
        },
        abandon,
      },
      observer,
      stops.times,
    );
  }

  /** Whether every channel of the cancel has closed, so that nothing of it may still be on its way. For a statement that has settled. */
  channelsClosed(): Promise<boolean> {
    return this.channels.catch(() => false);
  }

  /** What each end says. `isReady`: the connection could take a next statement. */
  common(
    { isGone, transaction }: StatementLink,
    { type }: End,
    isReady: boolean,
    pausedMs: number,
  ): CommonEnd {
    const usable = isReady && type !== 'lost' && !isGone;
    const serverMs = Math.max(0, this.settledAt! - this.startedAt - pausedMs);
    return { serverMs, pausedMs, usable, transaction: usable ? transaction : 'none' };
  }

  /** The end of a statement that failed, or was stopped as asked. */
  failed(
    failure: FailureText,
    stopped: boolean,
    common: CommonEnd,
  ): ExecutionEnd & { readonly type: 'failed' } {
    const confirmed = stopped ? { confirmedAfterMs: this.settledAt! - this.cancelledAt! } : {};
    return { type: 'failed', failure, stopped, ...confirmed, ...common };
  }
}
