import type { CauseReport, Finding } from '../../events/diagnosis/report.ts';
import type { Hit, SpanSummary } from '../../events/replay-view.ts';
import type { TapeAnswer } from './tape-answer.ts';
import type { TimeSpan } from './time-span.ts';

/** Differences of which the first is searched for. */
const DIFFERENCES_SOUGHT = 20;

/** What went wrong and what there is to count: on the whole tape, or in the range. */
export class SummaryModel {
  diagnosis: readonly Finding[] | null = null;
  summary: SpanSummary | null = null;
  private range: TimeSpan | null = null;
  private ofWhole: readonly Finding[] | null = null;
  private summing = 0;

  /** @param whole the span of the tape as far as it was read; null where none is open */
  constructor(
    private readonly changed: () => void,
    private readonly answer: TapeAnswer,
    private readonly whole: () => TimeSpan | null,
  ) {}

  clear(): void {
    this.diagnosis = null;
    this.summary = null;
    this.range = null;
    this.ofWhole = null;
    this.summing++;
  }

  /** Limits both to a range, or to none. What they have in it is read by `sum`. */
  limitTo(range: TimeSpan | null): void {
    this.range = range;
    this.diagnosis = range ? null : this.ofWhole;
  }

  /** Asks once what went wrong on the whole tape, which is answered as soon as it was read. */
  async diagnose(): Promise<void> {
    const reports = await this.answer<readonly CauseReport[]>('diagnosis');
    if (!reports) return;
    this.ofWhole = findingsIn(reports);
    if (!this.range) this.diagnosis = this.ofWhole;
    this.changed();
    await this.sum();
  }

  /** Sums the range, or the whole tape. */
  async sum(): Promise<void> {
    const { range } = this;
    const span = range ?? this.whole();
    if (!span) return;
    const summing = ++this.summing;
    const summary = await this.answer<SpanSummary>(`span?from=${span.from}&to=${span.to}`);
    if (summing !== this.summing || !summary) return;
    this.summary = summary;
    if (range) this.diagnosis = findingsIn(summary.causes);
    this.changed();
  }

  /** The first record with one of some transitions, in the span that is summed; null where there is none. */
  async firstOf(hits: readonly Hit[]): Promise<number | null> {
    const { summary } = this;
    if (!summary) return null;
    let first: number | null = null;
    // One per event and state that it leads to; a hit has no seq, as there may be millions.
    for (const { event, to } of hits.slice(0, DIFFERENCES_SOUGHT)) {
      const wish = `type=${encodeURIComponent(event)}&text=${encodeURIComponent(to)}`;
      const span = `after=${summary.from}&before=${summary.to}`;
      const found = await this.answer<number | null>(`next?from=0&direction=forward&${wish}&${span}`);
      if (typeof found === 'number' && (first === null || found < first)) first = found;
    }
    return first;
  }
}

function findingsIn(reports: readonly CauseReport[]): Finding[] {
  return reports.flatMap(({ findings, answer }) => findings.filter((one) => one.answer === answer));
}
