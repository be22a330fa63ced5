import { Asker } from '../events/ask/asker.ts';
import { parseExpression } from '../events/ask/parse.ts';
import type { Envelope } from '../events/envelope.ts';
import { ASK_MS_MAX } from '../events/limits.ts';
import type { AskProgress } from '../events/replay-view.ts';

/** Records that are evaluated in one turn, between which other questions are answered. */
const TURN_RECORDS = 1000;

/** An expression as it is asked of every record of a tape, a turn at a time. Can be stopped, and stops itself after ASK_MS_MAX. */
export class AskRun {
  private readonly asker: Asker;
  private state: AskProgress['state'] = 'running';
  private reason: string | null = null;
  private evaluated = 0;

  /**
   * @param read the records from one index up to another, without it
   * @throws Error where the expression is not one
   */
  constructor(
    private readonly expression: string,
    private readonly records: number,
    private readonly read: (from: number, to: number) => Promise<readonly Envelope[]>,
    private readonly now: () => number = () => performance.now(),
  ) {
    const parsed = parseExpression(expression);
    if ('problem' in parsed) throw new Error(parsed.problem.message);
    this.asker = new Asker(parsed.expression);
  }

  /** Resolves when it has ended, however that is. */
  async run(): Promise<void> {
    const begun = this.now();
    try {
      while (this.state === 'running' && this.evaluated < this.records) {
        const to = Math.min(this.evaluated + TURN_RECORDS, this.records);
        const records = await this.read(this.evaluated, to);
        if (this.state !== 'running') return;
        for (const record of records) this.asker.take(record);
        this.evaluated = to;
        if (this.now() - begun > ASK_MS_MAX && to < this.records)
          this.stop(`It took longer than ${ASK_MS_MAX / 60_000} minutes.`);
      }
      if (this.state === 'running') this.state = 'done';
    } catch (error) {
      this.state = 'failed';
      this.reason = (error as Error).message;
    }
  }

  /** Ends it early. What was found is there still. */
  stop(reason: string | null): void {
    if (this.state !== 'running') return;
    this.state = 'stopped';
    this.reason = reason;
  }

  progress(): AskProgress {
    const { expression, state, reason, evaluated, records } = this;
    const { count, hits } = this.asker;
    return { expression, state, reason, evaluated, records, count, hits };
  }
}
