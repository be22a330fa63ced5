import type { TapeEvent } from '../events/envelope.ts';
import type { QueryFact, QueryInput } from '../events/query.ts';
import type { Cut } from '../events/result.ts';
import { ownVerdict } from './admission.ts';

type Classified = Extract<QueryFact, { type: 'query.classified' }>;
type Completed = Extract<QueryFact, { type: 'query.completed' }>;
type Failed = Extract<QueryFact, { type: 'query.failed' }>;

/** What only grows while one statement runs. */
const GROWING = ['rows', 'bytes', 'columns', 'notices'] as const;

/**
 * What the effects of one query report must agree: its counts only grow, it has rows once the first has come and no more than were
 * wanted, its cancel is counted, it was stopped as asked only where it was asked to stop, its end says why rows are missing, and what may
 * run is what its profile lets run.
 */
export class ReportCheck {
  private readonly counts: Record<(typeof GROWING)[number], number> = {
    rows: 0,
    bytes: 0,
    columns: 0,
    notices: 0,
  };
  private hasFirstRow = false;
  private attempt = 0;
  private attemptMax = 0;
  /** Why rows are thrown away. */
  private cut: Cut | null = null;

  constructor(private readonly input: Pick<QueryInput, 'purpose' | 'readOnly' | 'rowsMax'>) {}

  /**
   * What is wrong with the next report, in words; null where it agrees with the ones before.
   *
   * @param wasAsked whether the effect that stops it has begun
   */
  next(event: TapeEvent, wasAsked: boolean): string | null {
    switch (event.type) {
      case 'query.classified':
        return this.classified(event);
      case 'query.cancelSent': {
        const { attempt } = event;
        // Each statement of a wrapper is asked to stop by itself, from the first attempt on.
        const isNext = attempt === 1 || attempt === this.attempt + 1;
        const before = this.attempt;
        this.attempt = attempt;
        this.attemptMax = Math.max(this.attemptMax, attempt);
        return isNext ? null : `it is attempt ${attempt}, after attempt ${before}`;
      }
      case 'query.cancelAcknowledged':
        return event.attempt <= this.attemptMax ? null : `attempt ${event.attempt} was not sent`;
      case 'query.counted':
        return (event.rows === undefined) === (event.code !== undefined)
          ? null
          : 'a count has rows or a reason';
      case 'query.firstRowArrived':
        this.hasFirstRow = true;
        return this.counted(event);
      case 'query.rowLimitReached':
        this.cut ??= 'rowLimit';
        return (
          this.counted(event) ??
          (event.rows === this.input.rowsMax ? null : `the limit is ${this.input.rowsMax} rows`)
        );
      case 'query.resultLimitReached':
        this.cut ??= event.cut ?? 'resultLimit';
        return this.counted(event);
      case 'query.progressed':
      case 'query.paused':
      case 'query.resumed':
      case 'query.noticed':
        return this.counted(event);
      case 'query.failed':
        return this.counted(event) ?? failed(event, wasAsked);
      case 'query.completed':
        if (event.afterCancel !== undefined && !wasAsked) return NOT_ASKED;
        return this.counted(event) ?? this.completed(event);
      default:
        return null;
    }
  }

  private classified({ verdict, dangers, admission, code, promptId }: Classified): string | null {
    const { purpose, readOnly } = this.input;
    if ((admission === 'refused') !== (code !== undefined))
      return 'a refusal names its rule, and nothing else';
    if ((admission === 'confirm') !== (promptId !== undefined))
      return 'a question is asked of what is to be confirmed, and of nothing else';
    if (admission === 'confirm' && dangers.length === 0)
      return 'what is not dangerous is not to be confirmed';
    const own = ownVerdict(purpose);
    if (own !== null && verdict !== own) return `what is run for purpose ${purpose} is ${own}`;
    // A rollback may run on a profile that has become read-only.
    const mayRun = !readOnly || ['read', 'session', 'transaction'].includes(verdict);
    if (admission !== 'refused' && !mayRun) return `a read-only profile lets no ${verdict} run`;
    return null;
  }

  private completed({ rows, columns, resultSets, cut }: Completed): string | null {
    if (resultSets === 0 && (rows > 0 || columns > 0 || cut !== undefined)) return 'it has no result';
    if (resultSets > 0 && this.cut !== null && cut !== this.cut) return `its rows were cut by ${this.cut}`;
    return cut === 'rowLimit' && this.cut === null ? 'no limit of rows was reached' : null;
  }

  /** Whether what an event counts goes on from what was counted. */
  private counted(event: Partial<Record<(typeof GROWING)[number], number>>): string | null {
    for (const what of GROWING) {
      const count = event[what];
      if (count === undefined) continue;
      const before = this.counts[what];
      this.counts[what] = Math.max(before, count);
      if (count < before) return `${what} were ${before} before, and are ${count}`;
    }
    const { rows = 0 } = event;
    if (rows > 0 && !this.hasFirstRow) return 'it has rows before the first one came';
    const { rowsMax } = this.input;
    return rowsMax > 0 && rows > rowsMax ? `the limit is ${rowsMax} rows` : null;
  }
}

const NOT_ASKED = 'it was not asked to stop';

function failed({ stopped, confirmedAfterMs }: Failed, wasAsked: boolean): string | null {
  if (stopped && !wasAsked) return NOT_ASKED;
  return stopped === (confirmedAfterMs !== undefined)
    ? null
    : 'a stop, and nothing else, is confirmed after a time';
}
