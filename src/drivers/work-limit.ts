import { performance } from 'node:perf_hooks';

/** How the time is measured, in milliseconds. Tests have clocks of their own. */
interface WorkClock {
  /** CPU time that the work can have had since any one moment. */
  cpuMs(): number;
  wallMs(): number;
}

/** The CPU time of this process without its main thread, whose time at work is an upper bound of the main thread's own. */
const OTHER_THREADS: WorkClock = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 - performance.eventLoopUtilization().active;
  },
  wallMs: () => performance.now(),
};

/**
 * Bounds the work of another thread by the CPU time it takes, so that a busy machine ends nothing early, and by the wall clock after
 * a multiple of that, so that each work ends.
 *
 *   off ⇄ on ── cpuMs of CPU time, or wallMs ──→ off, and `over` is called
 */
export class WorkLimit {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limit: { readonly cpuMs: number; readonly wallMs: number },
    private readonly clock: WorkClock = OTHER_THREADS,
  ) {}

  /** Begins to count. `over` is called once, unless `stop` is called before. */
  start(over: () => void): void {
    this.stop();
    const { clock, limit } = this;
    const cpuUntil = clock.cpuMs() + limit.cpuMs;
    const wallUntil = clock.wallMs() + limit.wallMs;
    const look = (): void => {
      // One thread takes no more CPU time than passes on the wall.
      const leftMs = Math.min(cpuUntil - clock.cpuMs(), wallUntil - clock.wallMs());
      if (leftMs <= 0) over();
      else {
        this.timer = setTimeout(look, Math.ceil(leftMs));
        this.timer.unref();
      }
    };
    look();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
