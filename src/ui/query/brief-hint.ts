import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** How long a hint is shown. */
const HINT_MS = 6000;

/**
 * One quiet line that says for a moment why a key or a click did nothing, and no longer than that is true, or what it did instead, which
 * stays true until there is another statement.
 */
export class BriefHint implements ReactiveController {
  /** Empty while there is none. */
  text = '';
  /** It says what was done, not why nothing was. */
  private isPast = false;
  /** What a line depends on, as it was last seen: the statement, and with it what stands in the way of the next one. */
  private statement = '';
  private obstacle = '';
  private hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  say(text: string, isPast = false): void {
    clearTimeout(this.hiding);
    this.text = text;
    this.isPast = isPast;
    this.host.requestUpdate();
    if (text !== '') this.hiding = setTimeout(() => this.say(''), HINT_MS);
  }

  /** Ends the line as soon as what it depends on is something else than before. */
  follow(statement: string, obstacle: string): void {
    const isOver = statement !== this.statement || (obstacle !== this.obstacle && !this.isPast);
    this.statement = statement;
    this.obstacle = obstacle;
    if (isOver && this.text !== '') this.say('');
  }

  hostDisconnected(): void {
    clearTimeout(this.hiding);
  }
}
