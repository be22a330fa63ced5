import type { ReactiveController, ReactiveControllerHost } from 'lit';

const TICK_MS = 250;

/** A countdown: updates its host until it is over. */
export class Countdown implements ReactiveController {
  /** What is left of it. */
  leftMs = 0;
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  begin(waitMs: number): void {
    clearInterval(this.ticking);
    this.leftMs = waitMs;
    this.host.requestUpdate();
    if (waitMs <= 0) return;
    const until = Date.now() + waitMs;
    this.ticking = setInterval(() => {
      this.leftMs = Math.max(0, until - Date.now());
      if (this.leftMs === 0) clearInterval(this.ticking);
      this.host.requestUpdate();
    }, TICK_MS);
  }

  hostDisconnected(): void {
    clearInterval(this.ticking);
  }
}
