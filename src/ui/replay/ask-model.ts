import type { AskHit } from '../../events/ask/asker.ts';
import type { AskProblem } from '../../events/ask/expression.ts';
import { parseExpression } from '../../events/ask/parse.ts';
import type { AskProgress } from '../../events/replay-view.ts';
import type { ReplayLink } from './replay-link.ts';
import type { TimeSpan } from './time-span.ts';

/** How often the progress is asked for. */
const POLL_MS = 300;

/** An expression that is asked of an open tape: what is wrong with it, how far it is, what it found. */
export class AskModel {
  progress: AskProgress | null = null;
  problem: AskProblem | null = null;
  /** Why it could not be asked. */
  failure = '';
  private asking = 0;
  private replayId: string | null = null;

  constructor(
    private readonly changed: () => void,
    private readonly link: ReplayLink,
  ) {}

  /** Hits within a span, all where it is null. */
  hitsIn(span: TimeSpan | null): readonly AskHit[] {
    const hits = this.progress?.hits ?? [];
    if (span === null) return hits;
    return hits.filter(({ at, until }) => at <= span.to && (until ?? Number.POSITIVE_INFINITY) >= span.from);
  }

  /** Asks an expression of an open tape, and follows it to its end. What is wrong with it is found here. */
  async ask(replayId: string, expression: string): Promise<void> {
    const parsed = parseExpression(expression);
    const asking = ++this.asking;
    this.replayId = replayId;
    this.progress = null;
    this.failure = '';
    this.problem = 'problem' in parsed ? parsed.problem : null;
    this.changed();
    if (this.problem) return;
    try {
      let now = await this.link.send<AskProgress | null>(replayId, 'ask', { expression });
      while (asking === this.asking && now) {
        this.progress = now;
        this.changed();
        if (now.state !== 'running') return;
        await new Promise((later) => setTimeout(later, POLL_MS));
        if (asking !== this.asking) return;
        now = await this.link.ask<AskProgress | null>(replayId, 'ask');
      }
    } catch (error) {
      if (asking !== this.asking) return;
      this.failure = (error as Error).message;
      this.changed();
    }
  }

  /** Stops it; what was found so far stays. */
  async stop(): Promise<void> {
    const { replayId } = this;
    if (replayId === null || this.progress?.state !== 'running') return;
    const asking = ++this.asking;
    const stopped = await this.link
      .send<AskProgress | null>(replayId, 'ask/stop', {})
      .catch(() => this.progress);
    if (asking !== this.asking) return;
    this.progress = stopped;
    this.changed();
  }

  /** Forgets what was asked. */
  clear(): void {
    void this.stop();
    this.asking++;
    this.progress = null;
    this.problem = null;
    this.failure = '';
    this.changed();
  }
}
