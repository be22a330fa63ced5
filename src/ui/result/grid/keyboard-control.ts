import { pastedCells, wasCopied } from './cell-clipboard.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridCursor } from './grid-cursor.ts';
import type { GridEditor } from './grid-editor.ts';
import { pasteCells } from './grid-paste.ts';
import { commandOf, type GridCommand } from './keys.ts';
import { HEADER_ROW, isOneCell, rectangle } from './selection.ts';

/** What the grid does for its keyboard. */
interface KeyboardOrders {
  readonly obey: (command: GridCommand) => void;
  /** Whether Escape has something to end here beside the selection: a copy, a notice. */
  readonly busy: () => boolean;
}

/** Reads keys and what is pasted, and gives the grid an active cell once it has the focus. */
export class KeyboardControl {
  constructor(
    scroller: HTMLElement,
    private readonly canvas: GridCanvas,
    private readonly cursor: GridCursor,
    private readonly editor: GridEditor,
    private readonly orders: KeyboardOrders,
  ) {
    scroller.addEventListener('keydown', (event) => this.keyed(event));
    scroller.addEventListener('paste', (event) => this.pasted(event));
    scroller.addEventListener('focus', () => this.cursor.begin());
  }

  private keyed(event: KeyboardEvent): void {
    if (event.isComposing || this.canvas.layout.places === 0) return;
    const { selection } = this.cursor;
    const command = commandOf(event, selection.lead.row === HEADER_ROW, this.canvas.editing !== null);
    // An Escape that has nothing to end here is left to the page.
    const idle = !this.orders.busy() && isOneCell(selection);
    if (!command || (command.type === 'collapse' && idle)) return;
    event.preventDefault();
    event.stopPropagation();
    this.orders.obey(command);
  }

  private pasted(event: ClipboardEvent): void {
    const clipboard = event.clipboardData;
    const text = clipboard?.getData('text/plain') ?? '';
    const { selection, bounds, editing } = this.canvas;
    // What is pasted into an editor over a cell is its own.
    if (!editing || !selection || this.editor.isOpen) return;
    // A picture has no text either.
    if (text === '' && !(wasCopied(text) && clipboard?.files.length === 0)) return;
    event.preventDefault();
    if (editing.can) pasteCells(this.canvas, editing, pastedCells(text), rectangle(selection, bounds));
    else this.editor.edit(editing, selection.lead);
  }
}
