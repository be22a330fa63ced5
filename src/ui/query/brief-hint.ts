import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** How long a hint is shown. */
const HINT_MS = 6000;

/** One quiet line that says for a moment why a key or a click did nothing. */
export class BriefHint implements ReactiveController {
  /** Empty while there is none. */
  text = '';
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

  hostDisconnected(): void {
    clearTimeout(this.hiding);
  }
}
