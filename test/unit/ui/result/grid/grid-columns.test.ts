import { describe, expect, it, vi } from 'vitest';
import type { CopyRequest } from '../../../../../src/ui/result/grid/copier.ts';
import { GridColumns } from '../../../../../src/ui/result/grid/grid-columns.ts';
import { GridCopies } from '../../../../../src/ui/result/grid/grid-copies.ts';
import type { GridEditing } from '../../../../../src/ui/result/grid/grid-editing.ts';
import { GridEditor } from '../../../../../src/ui/result/grid/grid-editor.ts';
import { pasteCells } from '../../../../../src/ui/result/grid/grid-paste.ts';
import { at, rectangle, type Selection } from '../../../../../src/ui/result/grid/selection.ts';
import { fakeCanvas } from './fake-canvas.ts';

function columnsOf(selection: Selection, order?: readonly number[]) {
  const { canvas, shown } = fakeCanvas(5, order);
  canvas.selection = selection;
  const changed = vi.fn();
  return { canvas, shown, changed, columns: new GridColumns(canvas, changed) };
}

const range = (from: number, to: number, reach: Selection['reach']): Selection => ({
  ...{ anchor: { row: 1, column: from }, lead: { row: 2, column: to }, reach },
});

describe('the columns of a grid', () => {
  it.each<[Selection['reach'], readonly number[]]>([
    ['cells', [0, 1]],
    ['columns', [0, 1]],
    ['rows', [1]],
    ['all', [1]],
  ])('selected by %s are %j', (reach, indices) => {
    expect(columnsOf(range(1, 0, reach), [1, 0, 2]).columns.selected.toSorted()).toEqual(indices);
  });

  it('are moved with the selection on them, which is brought into view', () => {
    const { canvas, columns, shown, changed } = columnsOf({ ...at(3, 0), reach: 'columns' });
    columns.move(0, 2);
    expect(canvas.layout.order).toEqual([1, 2, 0]);
    expect(canvas.selection).toEqual({ ...at(3, 2), reach: 'columns' });
    expect(shown).toEqual([{ row: 3, column: 2 }]);
    columns.move(2, 3);
    expect(changed).toHaveBeenCalledOnce();
  });

  it('are hidden together, and the cell beside them is active', () => {
    const { canvas, columns } = columnsOf(range(0, 1, 'columns'));
    columns.hideSelected();
    expect(canvas.layout.order).toEqual([2]);
    expect(canvas.selection).toEqual(at(2, 0));
  });

  it('are never all hidden: then nothing changes', () => {
    const { canvas, columns, changed } = columnsOf(range(0, 2, 'columns'));
    columns.hideSelected();
    expect(canvas.layout.order).toEqual([0, 1, 2]);
    expect(changed).not.toHaveBeenCalled();
  });

  it('are shown alone, the hidden ones among them too', () => {
    const { canvas, columns } = columnsOf(at(1, 0), [2, 0]);
    columns.showOnly([1, 2]);
    expect(canvas.layout.order).toEqual([2, 1]);
    columns.hideOthers();
    expect(canvas.layout.order).toEqual([2]);
    columns.showAll();
    columns.restoreOrder();
    expect(canvas.layout.order).toEqual([0, 1, 2]);
    expect(canvas.selection).toEqual(at(1, 2));
  });
});

describe('what is done with the cells of an arranged result', () => {
  const editingOf = () => {
    const staged: [number, number, string | null][] = [];
    const editing = {
      can: true,
      rowsAfter: 0,
      begin: () => ({ isNull: false, nullLacking: '', read: (value: string) => ({ value }) }),
      stage: (row: number, index: number, value: string | null) => staged.push([row, index, value]),
      together: (act: () => void) => act(),
      say: vi.fn(),
    };
    return { staged, said: editing.say, editing: editing as unknown as GridEditing };
  };

  it('is staged by the column of the result, whatever its place', () => {
    const { canvas } = fakeCanvas(5, [2, 0]);
    const { editing, staged } = editingOf();
    Object.assign(canvas, { seenAt: () => ['1', 'a', '9'] });
    const editor = new GridEditor(canvas, {} as ConstructorParameters<typeof GridEditor>[1]);
    editor.obey(editing, { type: 'setNull' }, at(1, 0));
    editor.obey(editing, { type: 'setNull' }, at(1, 1));
    expect(staged).toEqual([
      [1, 2, null],
      [1, 0, null],
    ]);
  });

  it('is pasted into the columns that are seen, and never into a hidden one', () => {
    const { canvas } = fakeCanvas(5, [2, 0]);
    const { editing, staged, said } = editingOf();
    Object.assign(canvas, { seenAt: () => ['1', 'a', '9'] });
    pasteCells(canvas, editing, [['x', 'y', 'z']], rectangle(at(1, 0), canvas.bounds));
    expect(staged).toEqual([
      [1, 2, 'x'],
      [1, 0, 'y'],
    ]);
    expect(said).toHaveBeenCalledWith('1 cell was not pasted. There are not enough columns.');
  });

  it('is copied as it is seen', async () => {
    const { canvas } = fakeCanvas(5, [2, 0]);
    canvas.selection = { ...at(1, 0), reach: 'all' };
    Object.assign(canvas, { read: () => [] });
    const copies = new GridCopies({} as ConstructorParameters<typeof GridCopies>[0]);
    const copy = vi.spyOn(copies, 'copy').mockResolvedValue();
    await copies.copySelection(canvas, 'csv', {} as CopyRequest['options'], '');
    const { indices, columns, rectangle: copied } = copy.mock.calls[0]![0];
    expect(indices).toEqual([2, 0]);
    expect(columns.map(({ name }) => name)).toEqual(['price', 'id']);
    expect(copied).toEqual({ top: 0, bottom: 5, left: 0, right: 2 });
  });
});
