import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** How long a hint is shown. */
const HINT_MS = 6000;

/** One quiet line that says for a moment, and no longer than it is true, why a key or a click did nothing. */
export class BriefHint implements ReactiveController {
  /** Empty while there is none. */
  text = '';
  /** What the line depends on, as it was last seen. */
  private reason = '';
  private hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  say(text: string): void {
    clearTimeout(this.hiding);
    this.text = text;
    this.host.requestUpdate();
    if (text !== '') this.hiding = setTimeout(() => this.say(''), HINT_MS);
  }

  /** Ends the line as soon as what it depends on is something else than before. */
  follow(reason: string): void {
    if (reason === this.reason) return;
    this.reason = reason;
    if (this.text !== '') this.say('');
  }

  hostDisconnected(): void {
    clearTimeout(this.hiding);
  }
}
