import type { CauseReport, Finding } from '../../events/diagnosis/report.ts';
import type { SpanSummary } from '../../events/replay-view.ts';
import type { TapeAnswer } from './tape-answer.ts';
import type { TimeSpan } from './time-span.ts';

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
}

function findingsIn(reports: readonly CauseReport[]): Finding[] {
  return reports.flatMap(({ findings, answer }) => findings.filter((one) => one.answer === answer));
}
