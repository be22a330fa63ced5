import type { ColumnInfo } from '../../../events/catalogue.ts';
import type { CommandAnswer, RowCommand } from '../../../events/command.ts';
import { descriptorOf } from '../../../events/engines/index.ts';
import { areAllFields } from '../../../events/engines/mongodb-rows.ts';
import type { FailureText } from '../../../events/failure.ts';
import type { QueryView } from '../../../events/views/query-view.ts';
import type { QueryText } from '../../../events/wire.ts';
import type { CellEdit, GridEditing, RowLook } from '../grid/grid-editing.ts';
import { documentCell, sqlCell } from './cell-edits.ts';
import { outcomeText } from './edit-words.ts';
import type { Editable } from './editable.ts';
import { type EditPlace, rowCommand } from './row-command.ts';
import { type Change, type RowRef, StagedChanges, type Value } from './staged-changes.ts';

/** What an edit needs of the page's link. */
export interface EditLink {
  command(command: RowCommand): Promise<CommandAnswer>;
  /** Resolves with a query once it has ended; undefined where it is not known any more. */
  ended(queryId: string): Promise<QueryView | undefined>;
  words(queryId: string): Promise<QueryText | null>;
}

/** A statement as the server would run it. */
export interface Previewed {
  readonly change: Change;
  readonly text: string;
  readonly params: readonly (string | null)[];
  readonly refused: string;
}

const REPEAT = 'The server may have changed the inserted row. Run the statement again to edit it.';
const GONE = 'The row is deleted.';
const APPLYING = 'The changes are being applied.';
const GOES = 'This row is marked for deletion. Undo that first.';

/**
 * The edits of one result: staged here, previewed and saved through `link`. Calls `tell` after each change.
 */
export class ResultEdits implements GridEditing {
  readonly edits = new StagedChanges();
  /** Null while it is not known, or where there is a reason against it. */
  editable: Editable | null = null;
  /** Why no row of it can be edited; empty while it is not known, and where they can. */
  why = '';
  /** The rows of the result; inserted ones follow them. */
  rowsHere = 0;
  saving = false;
  private stepping = false;
  /** Reads what the catalogue says of the columns of the result's collection; of none before that is known. */
  infos: () => Promise<readonly ColumnInfo[]> = async () => [];
  /** Why the last request did nothing. */
  said = '';
  /** Changes with each edit, so that elements update. */
  revision = 0;

  constructor(
    private readonly link: EditLink,
    private readonly tell: () => void,
  ) {}

  get can(): boolean {
    return this.editable !== null;
  }

  get touched(): boolean {
    return this.edits.touched;
  }

  get rowsAfter(): number {
    return this.edits.inserted.length;
  }

  look(row: number): RowLook | undefined {
    const ref = this.refOf(row);
    return ref === undefined ? undefined : this.edits.look(ref);
  }

  /** The row of the grid that shows a change. */
  rowOf(ref: RowRef): number {
    return ref >= 0 ? ref : this.rowsHere + this.edits.inserted.indexOf(ref);
  }

  begin(row: number, index: number, seen: readonly Value[]): CellEdit | { readonly why: string } {
    const { editable } = this;
    if (!editable) return { why: this.why || 'Whether these rows can be edited is not known yet.' };
    const ref = this.refOf(row);
    const column = editable.columns[index];
    if (ref === undefined || !column) return { why: 'The column is not known yet.' };
    const lacking = this.rowLacking(ref, seen) || this.cellLacking(ref, column.lacking, column.name);
    if (lacking) return { why: lacking };
    const value = this.valueAt(ref, index, seen);
    const isMissing = value === undefined;
    return descriptorOf(editable.engine).documents
      ? documentCell(value ?? null)
      : sqlCell(value ?? null, column.info, isMissing);
  }

  stage(row: number, index: number, value: Value, seen: readonly Value[]): void {
    this.with(row, (ref) => this.edits.set(ref, index, value, seen));
  }

  revert(row: number, index: number | null): void {
    this.with(row, (ref) => this.edits.revert(ref, index));
  }

  remove(row: number, seen: readonly Value[]): void {
    const ref = this.refOf(row);
    if (ref === undefined) return;
    const lacking =
      this.why || (ref < 0 && !this.edits.change(ref) ? REPEAT : this.rowLacking(ref, seen, true));
    if (lacking) this.say(lacking);
    else this.with(row, () => this.edits.remove(ref, seen));
  }

  insert(): void {
    if (!this.editable) {
      this.say(this.why);
      return;
    }
    this.edits.insert();
    this.changed();
  }

  /** A new row with another's values, but for those that name it or that the server computes. */
  duplicate(row: number, seen: readonly Value[]): void {
    const { editable } = this;
    const ref = this.refOf(row);
    if (!editable || ref === undefined) {
      this.say(this.why);
      return;
    }
    const values = new Map<number, Value>();
    const isDocument = descriptorOf(editable.engine).documents !== null;
    for (const [index, { name, info }] of editable.columns.entries()) {
      if (name === null || info?.generated) continue;
      const isOwn = editable.key.includes(index) && (info?.default != null || isDocument);
      const value = this.valueAt(ref, index, seen);
      // Null of a document is no field, and there is nothing to insert.
      if (isOwn || value === undefined || (value === null && isDocument)) continue;
      values.set(index, value);
    }
    this.edits.insert(values);
    this.changed();
  }

  say(why: string): void {
    this.said = why;
    this.changed(false);
  }

  discard(): void {
    this.edits.discard();
    this.changed();
  }

  undo(): void {
    this.step(() => this.edits.undo());
  }

  redo(): void {
    this.step(() => this.edits.redo());
  }

  together(act: () => void): void {
    this.step(() => this.edits.together(act));
  }

  private step(act: () => void): void {
    if (this.saving) {
      this.say(APPLYING);
      return;
    }
    this.said = '';
    this.stepping = true;
    try {
      act();
    } finally {
      this.stepping = false;
    }
    this.changed(false);
  }

  /** What each change would run, by the server's own words. Changes nothing. */
  async preview(place: EditPlace): Promise<readonly Previewed[]> {
    const previews: Previewed[] = [];
    for (const change of this.edits.waiting) {
      const command = { ...rowCommand(change, this.editable!, place, this.edits), preview: true };
      const answer = await this.link.command(command);
      const { text = '', params = [] } = 'refused' in answer ? {} : (answer.preview ?? {});
      const refused = 'refused' in answer ? answer.refused.message : '';
      previews.push({ change, text, params, refused });
    }
    return previews;
  }

  /** Saves the changes one by one and stops at the first that is not saved; the rest stays staged. */
  async save(place: EditPlace): Promise<void> {
    if (this.saving) return;
    // What was learnt of the columns since may be a reason against it.
    if (!this.editable) return this.say(this.why);
    this.saving = true;
    this.said = '';
    try {
      for (const change of this.edits.waiting) if (!(await this.saveOne(change, place))) break;
    } finally {
      this.saving = false;
      this.changed(false);
    }
  }

  private async saveOne(change: Change, place: EditPlace): Promise<boolean> {
    const { row } = change;
    this.mark(row, 'saving');
    const answer = await this.link.command(rowCommand(change, this.editable!, place, this.edits));
    if ('refused' in answer) {
      const unknown = answer.refused.code === 'link.lost';
      this.mark(row, unknown ? 'unknown' : 'failed', { ...answer.refused, source: 'client' });
      return false;
    }
    const queryId = answer.queryIds![0]!;
    const query = await this.link.ended(queryId);
    if (query?.outcome === 'succeeded') {
      await this.saved(change, queryId);
      return true;
    }
    const words = await this.link.words(queryId).catch(() => null);
    const unknown = query === undefined || query.outcome === 'lost.mayHaveCompleted';
    this.mark(row, unknown ? 'unknown' : 'failed', words?.failure ?? outcomeText(query));
    return false;
  }

  /**
   * Puts the server's values into the cells. A change that a trigger or rule took over is reported, and
   * changes no cell.
   */
  private async saved({ row }: Change, queryId: string): Promise<void> {
    const words = await this.link.words(queryId).catch(() => null);
    const taken = words?.notices.find(({ code }) => code === 'edit.taken');
    const left = new Map(words?.rowLeft?.map(({ column, value }) => [column, value]));
    const read = rowRead(this.editable!, left);
    this.edits.mark(row, 'saved', null, read, taken !== undefined);
    this.changed(false);
    if (taken) this.say([taken.message, taken.advice].join(' '));
  }

  private mark(row: RowRef, state: Change['state'], failure: FailureText | null = null): void {
    this.edits.mark(row, state, failure);
    this.changed(false);
  }

  private refOf(row: number): RowRef | undefined {
    return row < this.rowsHere ? row : this.edits.inserted[row - this.rowsHere];
  }

  /** A cell's value as the grid shows it; undefined if an inserted row leaves it to the server. */
  private valueAt(ref: RowRef, index: number, seen: readonly Value[]): Value | undefined {
    const change = this.edits.change(ref);
    if (change?.values.has(index)) return change.values.get(index);
    return ref < 0 ? undefined : this.edits.current(ref, index, seen);
  }

  /** Why a row can't be named, or isn't there; empty where it can be edited. */
  private rowLacking(ref: RowRef, seen: readonly Value[], removing = false): string {
    if (this.saving) return APPLYING;
    if (this.edits.isGone(ref)) return GONE;
    if (ref < 0) return this.edits.change(ref) ? '' : REPEAT;
    if (!removing && this.edits.change(ref)?.kind === 'delete') return GOES;
    const unnamed = this.editable!.key.find((index) => (seen[index] ?? null) === null);
    return unnamed === undefined
      ? ''
      : `The row’s ${this.editable!.columns[unnamed]!.name} is missing, so the row can’t be identified.`;
  }

  private cellLacking(ref: RowRef, lacking: string, name: string | null): string {
    return ref < 0 && name === '_id' ? '' : lacking;
  }

  private with(row: number, act: (ref: RowRef) => void): void {
    const ref = this.refOf(row);
    if (ref === undefined || this.saving) return;
    act(ref);
    this.changed();
  }

  private changed(quiet = true): void {
    // One row's message stands for the whole step.
    if (quiet && !this.stepping) this.said = '';
    this.revision++;
    this.tell();
  }
}

/**
 * The values of a row as the server has them after a change, by column. A document comes whole, so a field
 * that is not in it is not there; of an inserted one that was not read back its id is known.
 */
function rowRead({ engine, columns }: Editable, left: ReadonlyMap<string, Value>): Map<number, Value> {
  const read = new Map<number, Value>();
  const key = descriptorOf(engine).documents?.key;
  const isDocument = key !== undefined && left.has(key) && areAllFields([...left.keys()]);
  for (const [index, { name }] of columns.entries()) {
    if (name === null) continue;
    if (key !== undefined && !left.has(key)) {
      if (name === key && left.has('insertedId')) read.set(index, left.get('insertedId') ?? null);
    } else if (left.has(name) || isDocument) read.set(index, left.get(name) ?? null);
  }
  return read;
}
