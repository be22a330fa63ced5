import type { CataloguePage, CatalogueRequest, ColumnInfo } from '../../../events/catalogue.ts';
import type { ResultMeta } from '../../../events/result.ts';
import type { SessionView } from '../../../events/views/session-view.ts';
import { editability, placeOf, sessionLacks } from './editable.ts';
import { type EditLink, ResultEdits } from './result-edits.ts';

/** What a desk asks of the page's link. */
export interface DeskLink extends EditLink {
  /** Reads the catalogue as the desk's tab sees it. */
  catalogue(sessionId: string, request: CatalogueRequest): Promise<CataloguePage>;
}

const NOT_KNOWN = { why: 'Read only until the statement ends: its tables are known only then.' };

/** The edits of a tab's results, by result. What is staged here outlives its result's being out of view. */
export class TabEdits {
  private readonly byResult = new Map<string, ResultEdits>();
  /** Columns from the catalogue, by session and collection. */
  private readonly columns = new Map<string, Promise<readonly ColumnInfo[]>>();

  constructor(
    private readonly link: DeskLink,
    private readonly tell: () => void,
  ) {}

  /** Changes that are not saved, in all results. */
  get waiting(): number {
    let count = 0;
    for (const { edits } of this.byResult.values()) count += edits.waiting.length;
    return count;
  }

  of(resultId: string): ResultEdits {
    let editing = this.byResult.get(resultId);
    if (!editing) {
      editing = new ResultEdits(this.link, this.tell);
      this.byResult.set(resultId, editing);
    }
    return editing;
  }

  /**
   * Forgets all edits when their results are closed. Columns are read again, as a statement may have changed
   * them.
   */
  clear(): void {
    this.byResult.clear();
    this.columns.clear();
  }

  /** Finds out whether a result's rows can be edited. Asks the catalogue once for each collection. */
  async learn(meta: ResultMeta, session: SessionView, ended: boolean): Promise<void> {
    const editing = this.of(meta.resultId);
    const decide = (why: string, editable: ResultEdits['editable']): void => {
      if (editing.why === why && editable === null && editing.editable === null) return;
      editing.why = why;
      editing.editable = editable;
      editing.revision++;
      this.tell();
    };
    // A server says which table a column is of by a number; the first time its name is known once the
    // statement has ended.
    const unknown = !ended && meta.columns.every(({ origin }) => origin === undefined);
    const place = unknown ? NOT_KNOWN : placeOf(meta.columns);
    const lacking = sessionLacks(session.server, session.readOnly) || ('why' in place ? place.why : '');
    if ('why' in place) return decide(lacking, null);
    const { namespace, collection } = place;
    editing.infos = () => this.ask(session.sessionId, namespace, collection);
    if (lacking) return decide(lacking, null);
    // It has ended, and what the catalogue says is still to come.
    if (editing.why === NOT_KNOWN.why) decide('', null);
    try {
      const found = editability(session.engine, meta.columns, await editing.infos());
      if ('why' in found) decide(found.why, null);
      else decide('', found.editable);
    } catch (error) {
      decide(`Read only: the columns of ${collection} could not be read. ${(error as Error).message}`, null);
    }
  }

  /** The columns of a collection; an error is not remembered. */
  private ask(sessionId: string, namespace: string, collection: string): Promise<readonly ColumnInfo[]> {
    const key = `${sessionId} ${namespace}\0${collection}`;
    const known = this.columns.get(key);
    if (known) return known;
    const asked = this.link
      .catalogue(sessionId, { list: 'columns', namespace, collection })
      .then((page) => ('columns' in page ? page.columns : []));
    this.columns.set(key, asked);
    asked.catch(() => this.columns.delete(key));
    return asked;
  }
}
