import { rowNumber } from '../../format/display-text.ts';
import type { CellViewer, ViewedCell } from './cell-viewer.ts';
import { documentCell } from './document-cell.ts';
import type { GridCanvas } from './grid-canvas.ts';
import { HEADER_ROW } from './selection.ts';
import type { EditedValue, ValueEditor } from './value-editor.ts';

/** The dialogs over a grid: its value viewer and its value editor, both in the grid's template. */
export class GridDialogs {
  private loading: Promise<unknown> | null = null;

  constructor(private readonly root: () => ParentNode) {}

  /** Loads the dialogs' code. Rejects where it can't be had now; the next call tries again. */
  load(): Promise<unknown> {
    this.loading ??= import('./lazy-grid-dialogs.ts').catch((error: unknown) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }

  /** Shows a value, whole. Rejects where the viewer can't be loaded. */
  async view(cell: ViewedCell): Promise<void> {
    await this.load();
    await this.root().querySelector<CellViewer>('qt-cell-viewer')!.open(cell);
  }

  /** Shows the active cell's value. Rejects with the source's error, or where the viewer can't be loaded. */
  async viewActive(canvas: GridCanvas, documents: boolean): Promise<void> {
    const { selection, layout, feed } = canvas;
    if (!selection || !feed || selection.lead.row === HEADER_ROW) return;
    const { row, column: place } = selection.lead;
    const index = layout.order[place]!;
    const { value } = await canvas.read({ from: row, to: row + 1 }).next();
    // Another result may be in view by now.
    if (canvas.feed !== feed) return;
    const cell = { column: layout.columns[index]!, row: rowNumber(row), value: value?.[index] ?? null };
    await this.view(documents ? documentCell(cell) : cell);
  }

  /** Edits a long value. Rejects where the editor can't be loaded. */
  async edit(value: EditedValue): Promise<void> {
    await this.load();
    await this.root().querySelector<ValueEditor>('qt-value-editor')!.open(value);
  }
}
