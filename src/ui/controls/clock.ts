import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Updates its element again and again, as long as what it shows has an age and it is on the page. */
export class Clock implements ReactiveController {
  private ticking: ReturnType<typeof setInterval> | undefined;

  /** `isNeeded` is asked after each update of the element. */
  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly everyMs: number,
    private readonly isNeeded: () => boolean,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    // An element that comes back to the page is not updated for that.
    this.host.requestUpdate();
  }

  hostUpdated(): void {
    if (this.isNeeded()) this.ticking ??= setInterval(() => this.host.requestUpdate(), this.everyMs);
    else this.hostDisconnected();
  }

  hostDisconnected(): void {
    clearInterval(this.ticking);
    this.ticking = undefined;
  }
}
