import type { Outcome } from '../../events/query.ts';
import type { ResultMeta } from '../../events/result.ts';
import { FirstResults } from '../../events/views/first-results.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { WindowFrame } from '../../events/window-frame.ts';

/** What a result is like, and its first rows, in one message. */
export interface FirstWindow {
  readonly meta: ResultMeta;
  readonly frame: WindowFrame;
}

/** First windows that are here and not taken yet. */
const WINDOWS_MAX = 4;

/**
 * The first windows of the results that this page has submitted statements for: the program sends each right behind the record
 * that says that rows are here. Of a script the first result only: it is the one that is shown.
 */
export class FirstWindows {
  readonly #results = new FirstResults();
  /** Of scripts that may be quick: those submitted since it was given up to wait. */
  #quick = new FirstResults();
  /** Queries whose rows are here by the tape, and whose window is not. */
  readonly #due = new Set<string>();
  readonly #here = new Map<string, FirstWindow>();

  /** This page has submitted a script. */
  expect(queryIds: readonly string[]): void {
    this.#results.expect(queryIds);
    this.#quick.expect(queryIds);
  }

  /** Whether a first window may come at any moment. */
  get isWaiting(): boolean {
    return this.#quick.isWaiting || this.isDue;
  }

  /** Whether the tape says that rows are here, and their window is on its way. */
  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** Waits no longer. What comes is still taken. */
  giveUp(): void {
    this.#quick = new FirstResults();
    this.#due.clear();
  }

  /** Called whenever records were folded. */
  look(queries: Readonly<Record<string, QueryView>>): void {
    this.#quick.look(queries);
    for (const { queryId } of this.#results.look(queries)) {
      if (!this.#here.has(queryId)) this.#due.add(queryId);
    }
  }

  /** The program has sent one. The first result has its query's id. */
  arrived(window: FirstWindow): void {
    const { resultId } = window.meta;
    this.#due.delete(resultId);
    this.#here.set(resultId, window);
    if (this.#here.size > WINDOWS_MAX) this.#here.delete(this.#here.keys().next().value!);
  }

  /**
   * The first window of a result of a query that is at `outcome`, once; undefined where none was sent, or where one says other
   * things than would be said now: it was made before the query's end, or after it.
   */
  take(resultId: string, outcome: Outcome | null): FirstWindow | undefined {
    const window = this.#here.get(resultId);
    this.#here.delete(resultId);
    return window?.frame.complete === (outcome !== null) ? window : undefined;
  }
}
