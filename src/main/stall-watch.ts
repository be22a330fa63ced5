import { type Observable, Subject } from 'rxjs';
import { STALL_LOOK_MS, STALL_MS } from '../events/limits.ts';
import type { TapeFact } from '../events/tape.ts';
import { emptyHistogram, observe } from '../events/views/metrics-view.ts';

/** The clocks that show whether the process stood still, in milliseconds. */
interface Clocks {
  /** Goes forward only, and on most systems not while the computer sleeps. */
  loop(): number;
  wall(): number;
  /** Processor time that the process has had, all its threads together. */
  cpu(): number;
}

/**
 * Records when the process stood still: its event loop was blocked, it was stopped, or the computer slept. It looks whether its own
 * timer comes late, by either clock. Each such time has a record of its own, at its end: only so does the tape say when it was.
 */
export class StallWatch {
  /** How late its timer came each time. */
  readonly loopDelayMs = emptyHistogram();
  readonly #looks = new Subject<number>();
  readonly #record: (fact: TapeFact) => void;
  readonly #onStall: () => void;
  readonly #clocks: Clocks;
  readonly #timer: NodeJS.Timeout;
  #loopAt: number;
  #wallAt: number;
  #cpuAt: number;

  constructor(
    record: (fact: TapeFact) => void,
    onStall: () => void = () => undefined,
    clocks: Clocks = { loop: () => performance.now(), wall: Date.now, cpu: cpuMs },
  ) {
    this.#record = record;
    this.#onStall = onStall;
    this.#clocks = clocks;
    this.#loopAt = clocks.loop();
    this.#wallAt = clocks.wall();
    this.#cpuAt = clocks.cpu();
    record({ type: 'process.watched', stallMs: STALL_MS });
    this.#timer = setInterval(() => this.look(), STALL_LOOK_MS).unref();
  }

  /** How late its timer came, in milliseconds, each time. */
  get looks(): Observable<number> {
    return this.#looks;
  }

  look(): void {
    const loopAt = this.#clocks.loop();
    const wallAt = this.#clocks.wall();
    const cpuAt = this.#clocks.cpu();
    const lateMs = Math.max(0, loopAt - this.#loopAt - STALL_LOOK_MS);
    observe(this.loopDelayMs, lateMs);
    this.#looks.next(lateMs);
    const loopMs = late(loopAt - this.#loopAt);
    const clockMs = late(wallAt - this.#wallAt);
    this.#loopAt = loopAt;
    this.#wallAt = wallAt;
    const cpuMs = Math.round(cpuAt - this.#cpuAt);
    this.#cpuAt = cpuAt;
    // A clock that was set forward and a sleep look alike; both explain what expired early.
    if (Math.max(loopMs, clockMs) < STALL_MS) return;
    this.#onStall();
    this.#record({ type: 'process.stalled', loopMs, clockMs, cpuMs });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function late(ms: number): number {
  return Math.max(0, Math.round(ms - STALL_LOOK_MS));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
