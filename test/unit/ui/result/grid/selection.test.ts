import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandOf } from '../../../../../src/ui/result/grid/keys.ts';
import {
  at,
  cellCount,
  extendedTo,
  HEADER_ROW,
  isOneCell,
  type Move,
  moved,
  rearranged,
  rectangle,
  within,
} from '../../../../../src/ui/result/grid/selection.ts';

const bounds = { rows: 1000, columns: 8, pageRows: 20 };
const leads = (move: Move, row: number, column: number) => moved(at(row, column), move, bounds, false).lead;

describe('moving the active cell', () => {
  it.each<[Move, { row: number; column: number }]>([
    ['up', { row: 499, column: 4 }],
    ['down', { row: 501, column: 4 }],
    ['left', { row: 500, column: 3 }],
    ['right', { row: 500, column: 5 }],
    ['pageUp', { row: 480, column: 4 }],
    ['pageDown', { row: 520, column: 4 }],
    ['rowStart', { row: 500, column: 0 }],
    ['rowEnd', { row: 500, column: 7 }],
    ['columnStart', { row: 0, column: 4 }],
    ['columnEnd', { row: 999, column: 4 }],
    ['gridStart', { row: 0, column: 0 }],
    ['gridEnd', { row: 999, column: 7 }],
  ])('%s', (move, lead) => expect(leads(move, 500, 4)).toEqual(lead));

  it('stops at the edges', () => {
    expect(leads('left', 0, 0)).toEqual({ row: 0, column: 0 });
    expect(leads('pageUp', 5, 0)).toEqual({ row: 0, column: 0 });
    expect(leads('pageDown', 995, 0)).toEqual({ row: 999, column: 0 });
  });

  it('goes from the first row to the header and back, and sideways there', () => {
    const header = moved(at(0, 3), 'up', bounds, false);
    expect(header.lead).toEqual({ row: HEADER_ROW, column: 3 });
    expect(moved(header, 'right', bounds, false).lead).toEqual({ row: HEADER_ROW, column: 4 });
    expect(moved(header, 'up', bounds, false).lead.row).toBe(HEADER_ROW);
    expect(moved(header, 'down', bounds, false).lead).toEqual({ row: 0, column: 3 });
    expect(cellCount(rectangle(header, bounds))).toBe(0);
  });

  it('does not stretch a range into the header', () => {
    expect(moved(at(0, 3), 'up', bounds, true).lead.row).toBe(0);
  });

  it('stays in the header of a result without rows', () => {
    const none = { ...bounds, rows: 0 };
    expect(moved(at(HEADER_ROW, 0), 'down', none, false).lead.row).toBe(HEADER_ROW);
    expect(moved(at(HEADER_ROW, 0), 'gridEnd', none, false).lead).toEqual({ row: HEADER_ROW, column: 7 });
  });

  it('keeps within the bounds whatever is pressed', () => {
    const moves = fc.constantFrom<Move>(
      'up',
      'down',
      'left',
      'right',
      'pageUp',
      'pageDown',
      'rowStart',
      'rowEnd',
      'columnStart',
      'columnEnd',
      'gridStart',
      'gridEnd',
    );
    fc.assert(
      fc.property(
        fc.record({ rows: fc.nat(50), columns: fc.integer({ min: 1, max: 5 }), pageRows: fc.constant(7) }),
        fc.array(fc.tuple(moves, fc.boolean()), { maxLength: 40 }),
        (small, keys) => {
          let selection = at(small.rows > 0 ? 0 : HEADER_ROW, 0);
          for (const [move, extend] of keys) {
            selection = moved(selection, move, small, extend);
            const { row, column } = selection.lead;
            expect(row >= HEADER_ROW && row < Math.max(small.rows, 0)).toBe(true);
            expect(column >= 0 && column < small.columns).toBe(true);
            expect(cellCount(rectangle(selection, small))).toBeLessThanOrEqual(small.rows * small.columns);
          }
        },
      ),
    );
  });
});

describe('ranges', () => {
  it('stretch from the anchor in every direction', () => {
    const selection = extendedTo(at(10, 5), { row: 7, column: 6 }, 'cells');
    expect(rectangle(selection, bounds)).toEqual({ top: 7, bottom: 11, left: 5, right: 7 });
  });

  it('hold whole rows and columns, also those that come later', () => {
    const column = { ...at(0, 2), reach: 'columns' as const };
    expect(cellCount(rectangle(column, bounds))).toBe(1000);
    expect(cellCount(rectangle(column, { ...bounds, rows: 5000 }))).toBe(5000);
    expect(cellCount(rectangle({ ...at(3, 2), reach: 'rows' }, bounds))).toBe(8);
    expect(cellCount(rectangle({ ...at(3, 2), reach: 'all' }, bounds))).toBe(8000);
  });

  it('stretch by rows after a row was selected', () => {
    const rows = moved({ ...at(3, 2), reach: 'rows' }, 'down', bounds, true);
    expect(rectangle(rows, bounds)).toEqual({ top: 3, bottom: 5, left: 0, right: 8 });
    expect(isOneCell(moved(rows, 'down', bounds, false))).toBe(true);
  });

  it('shrink with a result that has fewer rows', () => {
    expect(within(at(50, 7), { ...bounds, rows: 10, columns: 3 })?.lead).toEqual({ row: 9, column: 2 });
    expect(within(at(50, 7), { ...bounds, rows: 0 })).toBeNull();
  });
});

describe('a selection whose columns change places', () => {
  const range = (anchor: number, lead: number) => ({
    ...{ anchor: { row: 2, column: anchor }, lead: { row: 4, column: lead } },
    reach: 'cells' as const,
  });

  it('has the columns that it had, with those that came in between', () => {
    expect(rearranged(at(3, 0), [0, 1, 2], [1, 2, 0])).toEqual(at(3, 2));
    expect(rearranged(range(0, 1), [0, 2], [0, 1, 2])).toEqual(range(0, 2));
    expect(rearranged({ ...at(0, 1), reach: 'columns' }, [0, 1], [1, 0])).toEqual({
      ...at(0, 0),
      reach: 'columns',
    });
  });

  it('is one cell once an end of it is hidden: the active one, or what is at its place', () => {
    expect(rearranged(range(0, 2), [0, 1, 2], [1, 2])).toEqual(at(4, 1));
    expect(rearranged(at(3, 1), [0, 1, 2], [0, 2])).toEqual(at(3, 1));
    expect(rearranged(at(3, 2), [0, 1, 2], [0, 1])).toEqual(at(3, 1));
  });
});

describe('keys', () => {
  const key = (name: string, held = '') => ({
    key: name,
    ctrlKey: held.includes('c'),
    metaKey: held.includes('m'),
    shiftKey: held.includes('s'),
    altKey: held.includes('a'),
  });

  it('tell moves, ranges and jumps apart', () => {
    expect(commandOf(key('ArrowDown'), false)).toEqual({ type: 'move', move: 'down', extend: false });
    expect(commandOf(key('ArrowDown', 's'), false)).toEqual({ type: 'move', move: 'down', extend: true });
    expect(commandOf(key('ArrowDown', 'c'), false)).toEqual({
      type: 'move',
      move: 'columnEnd',
      extend: false,
    });
    expect(commandOf(key('End', 'ms'), false)).toEqual({ type: 'move', move: 'gridEnd', extend: true });
  });

  it('resize columns in the header only, and move them from their cells too', () => {
    expect(commandOf(key('ArrowRight', 'a'), true)).toEqual({ type: 'resizeColumn', by: 1 });
    expect(commandOf(key('ArrowLeft', 'a'), false)).toBeUndefined();
    for (const onHeader of [true, false]) {
      expect(commandOf(key('ArrowLeft', 'as'), onHeader, true)).toEqual({ type: 'moveColumn', by: -1 });
      expect(commandOf(key('ArrowRight', 'as'), onHeader)).toEqual({ type: 'moveColumn', by: 1 });
    }
  });

  it('open the menu of a cell and of a header', () => {
    expect(commandOf(key('F10', 's'), true)).toEqual({ type: 'menu' });
    expect(commandOf(key('ContextMenu'), true)).toEqual({ type: 'menu' });
    expect(commandOf(key('F10', 's'), false, true)).toEqual({ type: 'menu' });
  });

  it('edit where rows can be edited, and stay moves and looks where they can’t', () => {
    const edits = (name: string, held = '') => commandOf(key(name, held), false, true);
    expect(edits('é')).toEqual({ type: 'typed', text: 'é' });
    expect(edits('A', 's')).toEqual({ type: 'typed', text: 'A' });
    expect(edits(' ')).toEqual({ type: 'view' });
    expect(edits('ArrowUp')).toMatchObject({ type: 'move' });
    expect(edits('z', 'c')).toEqual({ type: 'undo' });
    expect(edits('Z', 'cs')).toEqual({ type: 'redo' });
    expect(edits('y', 'c')).toEqual({ type: 'redo' });
    expect(edits('z', 'ca')).toEqual({ type: 'revert' });
    expect(edits('v', 'c')).toBeUndefined();
    expect(commandOf(key('Enter'), false)).toEqual({ type: 'view' });
    expect(commandOf(key('x'), true, true)).toBeUndefined();
  });

  it('insert a row, undo and apply on the header too: a result without rows has nothing else to stand on', () => {
    const onHeader = (name: string, held = '') => commandOf(key(name, held), true, true);
    expect(onHeader('Insert')).toEqual({ type: 'insertRow' });
    expect(onHeader('z', 'c')).toEqual({ type: 'undo' });
    expect(onHeader('s', 'c')).toEqual({ type: 'apply' });
    expect(onHeader('Delete')).toBeUndefined();
    expect(commandOf(key('Insert'), true, false)).toBeUndefined();
  });

  it('leave to the page what is the page’s', () => {
    for (const [name, held] of [
      ['Enter', 'c'],
      ['k', 'c'],
      ['.', 'c'],
      ['F6', ''],
      ['Tab', ''],
      ['c', 'cs'],
      ['a', ''],
    ] as const) {
      expect(commandOf(key(name, held), false)).toBeUndefined();
    }
  });
});
