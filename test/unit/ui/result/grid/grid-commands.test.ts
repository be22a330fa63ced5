import { describe, expect, it, vi } from 'vitest';
import { GridColumns } from '../../../../../src/ui/result/grid/grid-columns.ts';
import { GridCommands } from '../../../../../src/ui/result/grid/grid-commands.ts';
import { GridCursor } from '../../../../../src/ui/result/grid/grid-cursor.ts';
import type { GridEditing } from '../../../../../src/ui/result/grid/grid-editing.ts';
import type { GridCommand } from '../../../../../src/ui/result/grid/keys.ts';
import { at, HEADER_ROW } from '../../../../../src/ui/result/grid/selection.ts';
import { fakeCanvas } from './fake-canvas.ts';

function commands(editing: Partial<GridEditing> | null = null) {
  const { canvas } = fakeCanvas(5);
  canvas.editing = editing as GridEditing | null;
  const cursor = new GridCursor(canvas);
  const editor = { obey: vi.fn() };
  const orders = {
    apply: vi.fn(),
    copy: vi.fn(),
    dismiss: vi.fn(),
    find: vi.fn(),
    listColumns: vi.fn(),
    menu: vi.fn(),
    view: vi.fn(),
    staged: vi.fn(async () => {}),
  };
  const columns = new GridColumns(canvas, () => {});
  const all = new GridCommands(canvas, cursor, columns, editor, orders);
  return { canvas, cursor, editor, orders, commands: all };
}

describe('the commands of a grid', () => {
  it.each<[GridCommand, 'apply' | 'copy' | 'find' | 'listColumns' | 'menu' | 'view']>([
    [{ type: 'apply' }, 'apply'],
    [{ type: 'copy' }, 'copy'],
    [{ type: 'find' }, 'find'],
    [{ type: 'menu' }, 'menu'],
    [{ type: 'listColumns' }, 'listColumns'],
    [{ type: 'view' }, 'view'],
    [{ type: 'edit' }, 'view'],
  ])('%j asks the grid to %s', (command, order) => {
    const { commands: all, orders, editor } = commands();
    all.obey(command);
    expect(orders[order]).toHaveBeenCalledOnce();
    expect(editor.obey).not.toHaveBeenCalled();
  });

  it('stages by the editor where the rows can be edited, and shows the row that came', async () => {
    const editing = { can: true, rowsAfter: 0 };
    const { commands: all, orders, editor, canvas } = commands(editing);
    editor.obey.mockImplementation(() => {
      editing.rowsAfter = 1;
    });
    all.obey({ type: 'insertRow' });
    expect(editor.obey).toHaveBeenCalledWith(editing, { type: 'insertRow' }, at(0, 0));
    await orders.staged.mock.results[0]!.value;
    await vi.waitFor(() => expect(canvas.selection).toEqual(at(5, 0)));
  });

  it('lets rows that can’t be edited say why, and moves nothing', () => {
    const { commands: all, orders, editor } = commands({ can: false, rowsAfter: 0 });
    all.obey({ type: 'insertRow' });
    expect(editor.obey).toHaveBeenCalledOnce();
    expect(orders.staged).not.toHaveBeenCalled();
  });

  it('selects the row of the active cell, and none from the header', () => {
    const { commands: all, cursor, canvas } = commands();
    cursor.select(at(2, 1));
    all.obey({ type: 'selectRow' });
    expect(canvas.selection?.reach).toBe('rows');
    cursor.select(at(HEADER_ROW, 1));
    all.obey({ type: 'selectRow' });
    expect(canvas.selection).toEqual(at(HEADER_ROW, 1));
  });

  it('ends what is under way, then what is selected', () => {
    const { commands: all, cursor, orders, canvas } = commands();
    cursor.select({ ...at(2, 1), reach: 'all' });
    all.obey({ type: 'collapse' });
    expect(orders.dismiss).toHaveBeenCalledOnce();
    expect(canvas.selection).toEqual(at(2, 1));
  });

  it('widens, moves, hides and shows the active column', () => {
    const { commands: all, cursor, canvas } = commands();
    cursor.select(at(HEADER_ROW, 0));
    all.obey({ type: 'resizeColumn', by: 1 });
    expect(canvas.layout.widths[0]).toBe(116);
    all.obey({ type: 'moveColumn', by: 1 });
    expect(canvas.layout.order).toEqual([1, 0, 2]);
    expect(canvas.selection).toEqual(at(HEADER_ROW, 1));
    all.obey({ type: 'hideColumns' });
    expect(canvas.layout.order).toEqual([1, 2]);
    expect(canvas.selection).toEqual(at(HEADER_ROW, 1));
    all.obey({ type: 'hideOtherColumns' });
    expect(canvas.layout.order).toEqual([2]);
    all.obey({ type: 'showColumns' });
    expect(canvas.layout.order).toEqual([1, 0, 2]);
    expect(canvas.selection).toEqual(at(HEADER_ROW, 2));
  });
});
