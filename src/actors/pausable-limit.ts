/** A time limit in milliseconds that does not run while work which takes its own time, such as a question to the user, is done. */
export class PausableLimit {
  private timer: NodeJS.Timeout | null = null;
  private startedAt = 0;
  private isOver = true;

  constructor(
    private leftMs: number,
    private readonly onOver: () => void,
  ) {}

  start(): void {
    this.isOver = false;
    this.run();
  }

  stop(): void {
    this.isOver = true;
    if (this.timer) clearTimeout(this.timer);
  }

  pausedDuring<A extends unknown[], T>(work: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
    return async (...args) => {
      if (this.timer) clearTimeout(this.timer);
      this.leftMs -= performance.now() - this.startedAt;
      try {
        return await work(...args);
      } finally {
        this.run();
      }
    };
  }

  private run(): void {
    if (this.isOver) return;
    this.startedAt = performance.now();
    this.timer = setTimeout(this.onOver, Math.max(0, this.leftMs));
  }
}
