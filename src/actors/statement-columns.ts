import { actorEnded } from '../events/actor-end.ts';
import type { Envelope } from '../events/envelope.ts';
import type { ShapeSummary, SlowStatement } from '../events/replay-view.ts';
import { StringTable } from './string-table.ts';

/** Statements and shapes that are listed of one span. */
const SLOWEST_LISTED = 20;
const SHAPES_LISTED = 50;

interface Under {
  readonly at: number;
  shape: number;
}

/** What a span of a tape has of statements. */
interface StatementSummary {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly shapes: readonly ShapeSummary[];
  readonly slowest: readonly SlowStatement[];
}

/**
 * Every statement of a tape that has ended, in columns: when, how, after how long, of which shape. One that had not ended when the program
 * was started again is in none.
 */
export class StatementColumns {
  private readonly under = new Map<string, Under>();
  private readonly ids: string[] = [];
  private readonly ats: number[] = [];
  private readonly seqs: number[] = [];
  private readonly tookMs: number[] = [];
  private readonly shapes: number[] = [];
  private readonly outcomes: number[] = [];
  private readonly shapeNames = new StringTable();
  private readonly outcomeNames = new StringTable();

  constructor() {
    this.shapeNames.of('');
  }

  /** Takes the next record, at a time that does not go back. */
  take({ kind, actor, event, state, seq, ignored }: Envelope, at: number): void {
    if (kind === 'workspace' && event.type === 'xstate.init') this.under.clear();
    if (kind !== 'query') return;
    if (event.type === 'xstate.init') this.under.set(actor, { at, shape: 0 });
    const one = this.under.get(actor);
    if (!one || ignored) return;
    if (event.type === 'query.classified') one.shape = this.shapeNames.of(event.shape ?? '');
    if (state === null || !actorEnded(state)) return;
    this.under.delete(actor);
    this.ids.push(actor);
    this.ats.push(at);
    this.seqs.push(seq);
    this.tookMs.push(at - one.at);
    this.shapes.push(one.shape);
    this.outcomes.push(this.outcomeNames.of(state));
  }

  /** Those that ended from one time to another. */
  summary(from: number, to: number): StatementSummary {
    const outcomes: Record<string, number> = {};
    const byShape = new Map<number, number[]>();
    const failed = new Map<number, number>();
    const inside: number[] = [];
    for (const [index, at] of this.ats.entries()) {
      if (at < from || at > to) continue;
      inside.push(index);
      const outcome = this.outcomeNames.texts[this.outcomes[index]!]!;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      const shape = this.shapes[index]!;
      const took = byShape.get(shape) ?? [];
      took.push(this.tookMs[index]!);
      byShape.set(shape, took);
      if (outcome !== 'succeeded') failed.set(shape, (failed.get(shape) ?? 0) + 1);
    }
    const shapes = [...byShape].map(([shape, took]): ShapeSummary => {
      took.sort((a, b) => a - b);
      return {
        shape: this.shapeNames.texts[shape]!,
        count: took.length,
        unsuccessful: failed.get(shape) ?? 0,
        p50Ms: percentile(took, 0.5),
        p95Ms: percentile(took, 0.95),
        maxMs: took.at(-1)!,
        totalMs: took.reduce((sum, ms) => sum + ms, 0),
      };
    });
    return {
      outcomes,
      shapes: shapes.sort((a, b) => b.totalMs - a.totalMs).slice(0, SHAPES_LISTED),
      slowest: inside
        .sort((a, b) => this.tookMs[b]! - this.tookMs[a]!)
        .slice(0, SLOWEST_LISTED)
        .map((index) => ({
          queryId: this.ids[index]!,
          seq: this.seqs[index]!,
          at: this.ats[index]!,
          tookMs: this.tookMs[index]!,
          outcome: this.outcomeNames.texts[this.outcomes[index]!]!,
          shape: this.shapeNames.texts[this.shapes[index]!]!,
        })),
    };
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
