import type { CellViewer } from './cell-viewer.ts';
import type { ColumnList } from './column-list.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridColumns } from './grid-columns.ts';
import type { EditedValue, ValueEditor } from './value-editor.ts';

export type LoadedDialogs = typeof import('./lazy-grid-dialogs.ts');

/** What is loaded after a grid: its menus' items, and the dialogs over it, all in its template. */
export class GridDialogs {
  /** Null before it is. */
  loaded: LoadedDialogs | null = null;
  private loading: Promise<LoadedDialogs> | null = null;

  /** `failed` is called where one can't be opened, with what is then said and how it is tried again. */
  constructor(
    private readonly root: () => ParentNode,
    private readonly failed: (what: string, error: Error, retry: () => void) => void,
  ) {}

  /** Loads the dialogs' code. Rejects where it can't be had now; the next call tries again. */
  load(): Promise<LoadedDialogs> {
    this.loading ??= import('./lazy-grid-dialogs.ts').then(
      (loaded) => {
        this.loaded = loaded;
        return loaded;
      },
      (error: unknown) => {
        this.loading = null;
        throw error;
      },
    );
    return this.loading;
  }

  /** Shows the active cell's value, whole. */
  view(canvas: GridCanvas, documents: boolean): Promise<void> {
    return this.open('The value could not be read', async (loaded) => {
      const cell = await loaded.viewedCell(canvas, documents);
      if (cell) await this.dialog<CellViewer>('qt-cell-viewer').open(cell);
    });
  }

  /** Lists the columns, to show and hide them. */
  list(columns: GridColumns): Promise<void> {
    return this.open('The list of columns could not be loaded', () =>
      this.dialog<ColumnList>('qt-column-list').open(columns),
    );
  }

  /** Opens what is loaded with the dialogs. `lacking` is said where it can't be. */
  async open(lacking: string, act: (loaded: LoadedDialogs) => void | Promise<void>): Promise<void> {
    try {
      await act(await this.load());
    } catch (error) {
      this.failed(lacking, error as Error, () => void this.open(lacking, act));
    }
  }

  /** Edits a long value. Rejects where the editor can't be loaded. */
  async edit(value: EditedValue): Promise<void> {
    await this.load();
    await this.dialog<ValueEditor>('qt-value-editor').open(value);
  }

  private dialog<E extends Element>(tag: string): E {
    return this.root().querySelector<E>(tag)!;
  }
}
