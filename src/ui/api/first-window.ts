import type { Outcome } from '../../events/query.ts';
import type { ResultMeta } from '../../events/result.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { WindowFrame } from '../../events/window-frame.ts';

/** What a result is like, and its first rows, in one answer. */
export interface FirstWindow {
  readonly meta: ResultMeta;
  readonly frame: WindowFrame;
}

/** Scripts of this page whose first result is waited for; of more the oldest is not asked for ahead. */
const SCRIPTS_MAX = 16;
/** First windows that were asked for and not taken yet. */
const WINDOWS_MAX = 4;

interface Asked {
  /** How far the query was then: an answer says nothing of what came after it. */
  readonly outcome: Outcome | null;
  readonly window: Promise<FirstWindow>;
}

/**
 * The first windows of the results that this page has submitted statements for, asked for as soon as the tape says that rows are
 * here, and so before an element that shows them is drawn. Of a script the first result only: it is the one that is shown.
 */
export class FirstWindows {
  readonly #read: (resultId: string) => Promise<FirstWindow>;
  readonly #arrived: () => void;
  #scripts: (readonly string[])[] = [];
  readonly #asked = new Map<string, Asked>();
  #onTheirWay = 0;

  /**
   * @param read asks the program for a result's first window
   * @param arrived is called when one that was asked for ahead is here, or can't be read
   */
  constructor(read: (resultId: string) => Promise<FirstWindow>, arrived: () => void) {
    this.#read = read;
    this.#arrived = arrived;
  }

  /** This page has submitted a script. */
  expect(queryIds: readonly string[]): void {
    this.#scripts = [...this.#scripts.slice(1 - SCRIPTS_MAX), queryIds];
  }

  /** Whether first rows may come: a script runs and has given none, or they were asked for. */
  get isWaiting(): boolean {
    return this.#scripts.length > 0 || this.#onTheirWay > 0;
  }

  /** Asks for what has come; called whenever records were folded. */
  look(queries: Readonly<Record<string, QueryView>>): void {
    if (this.#scripts.length === 0) return;
    this.#scripts = this.#scripts.filter((queryIds) => {
      const views = queryIds.map((queryId) => queries[queryId]);
      const first = views.find((query) => query !== undefined && query.columns > 0);
      if (first) this.#ask(first);
      return !first && views.some((query) => query === undefined || query.outcome === null);
    });
  }

  /** The first window of a result of a query that is at `outcome`: the one that was asked for ahead, or another. */
  take(resultId: string, outcome: Outcome | null): Promise<FirstWindow> {
    const asked = this.#asked.get(resultId);
    this.#asked.delete(resultId);
    return asked?.outcome === outcome ? asked.window : this.#read(resultId);
  }

  #ask({ queryId, outcome }: QueryView): void {
    // The first result has its query's id.
    const window = this.#read(queryId);
    this.#asked.set(queryId, { outcome, window });
    if (this.#asked.size > WINDOWS_MAX) this.#asked.delete(this.#asked.keys().next().value!);
    this.#onTheirWay++;
    const arrived = (): void => {
      this.#onTheirWay--;
      this.#arrived();
    };
    // Whoever takes it hears of a failure.
    window.then(arrived, arrived);
  }
}
