import type { FailureText } from '../../../events/failure.ts';

/** A value in the server's own text. Null is NULL; of a document it is a field that is not there. */
export type Value = string | null;

/** A row of the grid: from 0 a row of the result; below 0 an inserted one, -1 the first. */
export type RowRef = number;

/** What is to become of one row, and how far that is. */
export interface Change {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly row: RowRef;
  /** The row as it was seen when it was first touched; empty for an insert. */
  readonly seen: readonly Value[];
  /** New values by column index. What an insert does not have is left to the server. */
  readonly values: ReadonlyMap<number, Value>;
  readonly state: 'staged' | 'saving' | 'saved' | 'failed' | 'unknown';
  /** Why it was not saved. */
  readonly failure: FailureText | null;
}

/** Steps that can be undone. */
const UNDO_STEPS_MAX = 100;

/** The state of a row or a cell, which decides its look. */
export type Mark = 'changed' | 'saved' | 'failed' | 'unknown' | 'deleted' | 'gone' | 'inserted' | 'added';

/** What was saved of a row since the result was read. */
interface SavedRow {
  readonly values: Map<number, Value>;
  /**
   * Columns whose values the server returned; others are as they were sent, which may differ from what it
   * stored.
   */
  readonly read: Set<number>;
  gone: boolean;
}

/**
 * The changes of a result that are not saved yet, one a row, and what of it was saved since it was read. Each
 * is a step that can be undone until something is saved. Pure: no server, no page.
 *
 *   staged → saving → saved
 *     ↑         ├──→ failed ─ edited again → staged
 *     └─────────┴──→ unknown (link lost)
 */
export class StagedChanges {
  /** In the order in which the rows were first touched. */
  private changes = new Map<RowRef, Change>();
  private readonly saved = new Map<RowRef, SavedRow>();
  /** Inserted rows so far, saved ones included: an inserted row keeps its place. */
  private inserts = 0;
  private dropped = new Set<RowRef>();
  private readonly past: Staged[] = [];
  private readonly ahead: Staged[] = [];
  private grouped = false;

  /** Changes that wait to be saved, in order. */
  get waiting(): readonly Change[] {
    return [...this.changes.values()];
  }

  /** Whether any row is, or is to be, otherwise than it was read. */
  get touched(): boolean {
    return this.changes.size + this.saved.size > 0;
  }

  /** Inserted rows to show behind those of the result. */
  get inserted(): readonly RowRef[] {
    const refs: RowRef[] = [];
    for (let i = 1; i <= this.inserts; i++) if (!this.dropped.has(-i)) refs.push(-i);
    return refs;
  }

  change(row: RowRef): Change | undefined {
    return this.changes.get(row);
  }

  /** Makes one step of all that `act` changes. */
  together(act: () => void): void {
    if (this.grouped) {
      act();
      return;
    }
    const before: Staged = {
      changes: new Map(this.changes),
      dropped: new Set(this.dropped),
      inserts: this.inserts,
    };
    this.grouped = true;
    try {
      act();
    } finally {
      this.grouped = false;
    }
    const same =
      before.inserts === this.inserts &&
      before.changes.size === this.changes.size &&
      [...this.changes].every(([row, change]) => before.changes.get(row) === change);
    if (same) return;
    this.past.push(before);
    if (this.past.length > UNDO_STEPS_MAX) this.past.shift();
    this.ahead.length = 0;
  }

  /** Takes the last step back. */
  undo(): void {
    this.goTo(this.past, this.ahead);
  }

  /** Redoes what was undone. */
  redo(): void {
    this.goTo(this.ahead, this.past);
  }

  private goTo(from: Staged[], back: Staged[]): void {
    const staged = from.pop();
    if (!staged) return;
    const { changes, dropped, inserts } = this;
    back.push({ changes, dropped, inserts });
    this.changes = new Map(staged.changes);
    this.dropped = new Set(staged.dropped);
    this.inserts = staged.inserts;
  }

  /** Stages a value. One that is as it was seen takes the change of that cell back. */
  set(row: RowRef, column: number, value: Value, seen: readonly Value[]): void {
    this.together(() => {
      const before = this.changes.get(row);
      if (before?.kind === 'delete') return;
      if (before?.state === 'staged' && before.values.has(column) && before.values.get(column) === value)
        return;
      const values = new Map(before?.values);
      const now = before?.seen ?? seen;
      if (row >= 0 && value === this.current(row, column, now)) values.delete(column);
      else values.set(column, value);
      const kind = row < 0 ? 'insert' : 'update';
      if (kind === 'update' && values.size === 0) this.changes.delete(row);
      else this.changes.set(row, { kind, row, seen: now, values, state: 'staged', failure: null });
    });
  }

  /** Takes the change of one cell back, or of its whole row where the row is to go. */
  revert(row: RowRef, column: number | null): void {
    this.together(() => {
      const change = this.changes.get(row);
      if (!change) return;
      const values = new Map(change.values);
      if (column !== null) values.delete(column);
      const whole =
        column === null || change.kind === 'delete' || (change.kind === 'update' && values.size === 0);
      if (!whole) {
        this.changes.set(row, { ...change, values, state: 'staged', failure: null });
        return;
      }
      this.changes.delete(row);
      if (row < 0) this.dropped.add(row);
    });
  }

  /** A new row with these values; it is put behind all others. */
  insert(values: ReadonlyMap<number, Value> = new Map()): RowRef {
    const row = -(this.inserts + 1);
    this.together(() => {
      this.inserts++;
      const given = new Map(values);
      this.changes.set(row, { kind: 'insert', row, seen: [], values: given, state: 'staged', failure: null });
    });
    return row;
  }

  /** Stages the deletion of a row. An inserted one that was not saved is simply not inserted. */
  remove(row: RowRef, seen: readonly Value[]): void {
    this.together(() => {
      if (row < 0 && !this.saved.has(row)) {
        this.revert(row, null);
        return;
      }
      if (this.saved.get(row)?.gone) return;
      const before = this.changes.get(row);
      this.changes.set(row, {
        kind: 'delete',
        row,
        seen: before?.seen ?? seen,
        values: new Map(),
        state: 'staged',
        failure: null,
      });
    });
  }

  /**
   * `read` are the row's values by column as the server has them after the change; null where it gave none. A
   * change that a trigger or a rule took (`taken`) left no value of those that were sent.
   */
  mark(
    row: RowRef,
    state: Change['state'],
    failure: FailureText | null = null,
    read: ReadonlyMap<number, Value> | null = null,
    taken = false,
  ): void {
    const change = this.changes.get(row);
    if (!change) return;
    if (state !== 'saved') {
      this.changes.set(row, { ...change, state, failure });
      return;
    }
    // Saved changes can't be undone here, nor those staged before them.
    this.past.length = 0;
    this.ahead.length = 0;
    this.changes.delete(row);
    const known: SavedRow = this.saved.get(row) ?? { values: new Map(), read: new Set(), gone: false };
    for (const [column, value] of taken ? [] : change.values) {
      known.values.set(column, value);
      known.read.delete(column);
    }
    for (const [column, value] of read ?? []) {
      known.values.set(column, value);
      known.read.add(column);
    }
    known.gone = change.kind === 'delete' && !taken;
    this.saved.set(row, known);
  }

  /** Forgets what is not saved; inserted rows that were not saved go. */
  discard(): void {
    this.together(() => {
      for (const row of [...this.changes.keys()]) this.revert(row, null);
    });
  }

  /** Whether something was saved since the result was read. */
  get hasSaved(): boolean {
    return this.saved.size > 0;
  }

  /** Whether a saved value is shown as it was sent, as the server gave none back. */
  get hasUnread(): boolean {
    return [...this.saved].some(([row, { gone }]) => !gone && this.sentColumns(row).size > 0);
  }

  /** Columns of a row whose exact value on the server is unknown, as it was sent and not read back. */
  sentColumns(row: RowRef): ReadonlySet<number> {
    const { values, read } = this.saved.get(row) ?? { values: new Map<number, Value>(), read: new Set() };
    return new Set([...values.keys()].filter((column) => !read.has(column)));
  }

  /** Whether a cell's value is what the server gave back after a change. */
  isRead(row: RowRef, column: number): boolean {
    return this.saved.get(row)?.read.has(column) ?? false;
  }

  /** A cell's value with what was saved since: the base of an edit. */
  current(row: RowRef, column: number, seen: readonly Value[]): Value {
    const saved = this.saved.get(row);
    return saved?.values.has(column) ? saved.values.get(column)! : (seen[column] ?? null);
  }

  isGone(row: RowRef): boolean {
    return this.saved.get(row)?.gone ?? false;
  }

  private rowMark(row: RowRef, change: Change | undefined, saved: SavedRow | undefined): Mark | null {
    if (saved?.gone) return 'gone';
    if (change?.kind === 'delete') return 'deleted';
    if (row >= 0) return null;
    return saved ? 'added' : 'inserted';
  }

  /** What a row shows instead of what was read; undefined for a row that is as it was read. */
  look(row: RowRef): StagedLook | undefined {
    const change = this.changes.get(row);
    const saved = this.saved.get(row);
    if (!change && !saved && row >= 0) return undefined;
    const cells = new Map<number, CellLook>();
    for (const [column, value] of saved?.values ?? []) cells.set(column, { value, mark: 'saved' });
    const failed =
      change?.state === 'failed' ? 'failed' : change?.state === 'unknown' ? 'unknown' : 'changed';
    for (const [column, value] of change?.values ?? []) cells.set(column, { value, mark: failed });
    const mark = this.rowMark(row, change, saved);
    return { mark, wrong: change?.state === 'failed' || change?.state === 'unknown', cells };
  }
}

/** What is staged, at one moment. */
interface Staged {
  readonly changes: ReadonlyMap<RowRef, Change>;
  readonly dropped: ReadonlySet<RowRef>;
  readonly inserts: number;
}

/** The state of a row that is not as it was read. */
interface StagedLook {
  readonly mark: Mark | null;
  /** It was refused, or its outcome is unknown. */
  readonly wrong: boolean;
  readonly cells: ReadonlyMap<number, CellLook>;
}

interface CellLook {
  readonly value: Value;
  readonly mark: Mark;
}
