import type { FormatName } from '../../../events/formats/format.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridColumns } from './grid-columns.ts';
import type { GridCursor } from './grid-cursor.ts';
import type { GridEditor } from './grid-editor.ts';
import { type GridCommand, isEditCommand } from './keys.ts';
import { at, HEADER_ROW, moved, type Selection } from './selection.ts';

/** What commands ask of their grid, beside what they select and edit. */
interface CommandOrders {
  readonly apply: () => void;
  readonly copy: (format: FormatName) => void;
  readonly dismiss: () => void;
  readonly find: () => void;
  readonly listColumns: () => void;
  readonly menu: () => void;
  readonly view: () => void;
  /** Resolves once the grid has drawn what was staged. */
  readonly staged: () => Promise<unknown>;
}

/** What commands are carried out on. */
type CommandCanvas = Pick<GridCanvas, 'bounds' | 'editing' | 'setRows' | 'sourceRows'>;

/** Carries out what keys, the menu and buttons ask of a grid. */
export class GridCommands {
  constructor(
    private readonly canvas: CommandCanvas,
    private readonly cursor: GridCursor,
    private readonly columns: GridColumns,
    private readonly editor: Pick<GridEditor, 'obey'>,
    private readonly orders: CommandOrders,
  ) {}

  obey(command: GridCommand, selection: Selection = this.cursor.selection): void {
    const { editing } = this.canvas;
    if (command.type === 'edit' && !editing?.can) {
      this.orders.view();
      return;
    }
    if (isEditCommand(command)) {
      if (editing) this.editor.obey(editing, command, selection);
      const added = command.type === 'insertRow' || command.type === 'duplicateRow';
      if (added && editing?.can)
        void this.orders.staged().then(() => {
          this.canvas.setRows(this.canvas.sourceRows);
          this.cursor.selectAndShow(at(this.cursor.lastRow, 0));
        });
      return;
    }
    const { lead } = selection;
    switch (command.type) {
      case 'apply':
        this.orders.apply();
        break;
      case 'find':
        this.orders.find();
        break;
      case 'menu':
        this.orders.menu();
        break;
      case 'move':
        this.cursor.selectAndShow(moved(selection, command.move, this.canvas.bounds, command.extend));
        break;
      case 'resizeColumn':
        this.columns.widen(lead.column, command.by);
        break;
      case 'moveColumn':
        this.columns.move(lead.column, lead.column + command.by);
        break;
      case 'hideColumns':
        this.columns.hideSelected();
        break;
      case 'hideOtherColumns':
        this.columns.hideOthers();
        break;
      case 'showColumns':
        this.columns.showAll();
        break;
      case 'listColumns':
        this.orders.listColumns();
        break;
      case 'selectRow':
        if (lead.row !== HEADER_ROW) this.cursor.select({ ...selection, reach: 'rows' });
        break;
      case 'selectColumn':
        this.cursor.select({ ...selection, reach: 'columns' });
        break;
      case 'selectAll':
        this.cursor.selectAll();
        break;
      case 'collapse':
        this.orders.dismiss();
        this.cursor.select(at(lead.row, lead.column));
        break;
      case 'copy':
        this.orders.copy('tsv');
        break;
      case 'view':
        this.orders.view();
    }
  }
}
