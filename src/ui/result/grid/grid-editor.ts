import { rowNumber } from '../../format/display-text.ts';
import { CellEditor, type EditorEnd } from './cell-editor.ts';
import { ROW_PX } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridEditing } from './grid-editing.ts';
import type { EditCommand } from './keys.ts';
import { type Cell, type Rectangle, rectangle, type Selection } from './selection.ts';
import type { EditedValue } from './value-editor.ts';

/** Values longer than this, or of several lines, are edited in a window of their own. */
const INLINE_UNITS_MAX = 500;
/** Rows that are marked to go at a time. */
const REMOVE_ROWS_MAX = 1000;

/** What an editor asks of its grid. */
interface GridEditorOrders {
  /** The rows are drawn into it; an editor lies over its cell there. */
  readonly rows: HTMLElement;
  /** Edits a value in a dialog. Rejects where that can't be loaded. */
  readonly enlarge: (value: EditedValue) => Promise<void>;
  /** Makes the cell beside the active one active, and takes the focus. */
  readonly leave: (to: EditorEnd) => void;
}

/** Edits in the grid: opens an editor over a cell, and stages changes of the selected rows. */
export class GridEditor {
  /** The editor that is open, and its cell: the column by its index, as columns may change their places. */
  #open: { readonly editor: CellEditor; readonly row: number; readonly index: number } | null = null;

  constructor(
    private readonly canvas: GridCanvas,
    private readonly orders: GridEditorOrders,
  ) {}

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Carries out a command on the active cell and the selected rows. */
  obey(editing: GridEditing, command: EditCommand, selection: Selection): void {
    const { lead } = selection;
    switch (command.type) {
      case 'edit':
        this.edit(editing, lead);
        break;
      case 'typed':
        this.edit(editing, lead, command.text);
        break;
      case 'setNull':
        this.setNull(editing, lead);
        break;
      case 'insertRow':
        editing.insert();
        break;
      case 'duplicateRow':
        this.duplicate(editing, lead.row);
        break;
      case 'removeRows':
        this.removeRows(editing, rectangle(selection, this.canvas.bounds));
        break;
      case 'revert':
        this.revert(editing, lead);
        break;
      case 'undo':
        editing.undo();
        break;
      case 'redo':
        editing.redo();
    }
  }

  /** Edits a cell, or says why not. What was typed on it takes the place of its value. */
  edit(editing: GridEditing, at: Cell, typed?: string): void {
    this.#open?.editor.close('stay', true);
    const { layout } = this.canvas;
    const index = layout.order[at.column];
    const seen = this.canvas.seenAt(at.row);
    if (index === undefined || seen === undefined) return;
    const edit = editing.begin(at.row, index, seen);
    if ('why' in edit) {
      editing.say(edit.why);
      return;
    }
    const { name } = layout.columns[index]!;
    const label = `${name}, row ${rowNumber(at.row)}`;
    const stage = (value: string | null): void => editing.stage(at.row, index, value, seen);
    const enlarge = (typed: string): void =>
      void this.orders
        .enlarge({ name, row: rowNumber(at.row), edit, typed, stage })
        .catch(() => editing.say('The larger field can’t be loaded. Is Querytape running?'));
    if (typed === undefined && (edit.text.includes('\n') || edit.text.length > INLINE_UNITS_MAX)) {
      enlarge(edit.text);
      return;
    }
    const editor = new CellEditor(label, edit, {
      stage,
      enlarge: (typed) => {
        this.#open = null;
        enlarge(typed);
      },
      say: (why) => editing.say(why),
      ended: (to) => {
        this.#open = null;
        this.orders.leave(to);
      },
    });
    this.#open = { editor, row: at.row, index };
    this.orders.rows.append(editor.element);
    this.place();
    editor.begin(typed);
  }

  /** Keeps the editor over its cell. */
  place(): void {
    if (!this.#open) return;
    const { editor, row, index } = this.#open;
    const { layout, view } = this.canvas;
    const place = layout.order.indexOf(index);
    const left = layout.edges[place]!;
    if (place < 0) editor.close('stay', true);
    else editor.place(left, row * ROW_PX - view.shiftPx, layout.edges[place + 1]! - left);
  }

  /** Ends it, staging what was typed. */
  close(): void {
    this.#open?.editor.close('stay', true);
  }

  /** Sets the active cell to no value. */
  private setNull(editing: GridEditing, at: Cell): void {
    const index = this.canvas.layout.order[at.column];
    const seen = this.canvas.seenAt(at.row);
    if (index === undefined || seen === undefined) return;
    const edit = editing.begin(at.row, index, seen);
    if ('why' in edit) editing.say(edit.why);
    else if (edit.nullLacking) editing.say(edit.nullLacking);
    else if (!edit.isNull) editing.stage(at.row, index, null, seen);
  }

  /** Marks the rows selected as to be deleted. */
  private removeRows(editing: GridEditing, { top, bottom }: Rectangle): void {
    if (bottom - top > REMOVE_ROWS_MAX) {
      editing.say(`${REMOVE_ROWS_MAX} rows can be marked at a time. Use a DELETE statement for more.`);
      return;
    }
    let missing = false;
    editing.together(() => {
      // From the last one: removing an inserted row moves those behind it.
      for (let row = bottom - 1; row >= top && !missing; row--) {
        const seen = this.canvas.seenAt(row);
        if (seen) editing.remove(row, seen);
        else missing = true;
      }
    });
    if (missing) editing.say('Some rows are not loaded yet. Scroll through them first.');
  }

  private duplicate(editing: GridEditing, row: number): void {
    const seen = this.canvas.seenAt(row);
    if (seen) editing.duplicate(row, seen);
  }

  /** Undoes the change of the active cell, or of its row if that is to be deleted or was inserted. */
  private revert(editing: GridEditing, { row, column }: Cell): void {
    const look = editing.look(row);
    if (!look) return;
    const index = this.canvas.layout.order[column];
    const whole = look.mark !== null && !(index !== undefined && look.cells.has(index));
    editing.revert(row, whole ? null : (index ?? null));
  }
}
