import { thousands } from '../../format/format.ts';
import { type CellValues, PASTE_CELLS_MAX } from './cell-clipboard.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridEditing } from './grid-editing.ts';
import { HEADER_ROW, type Rectangle } from './selection.ts';

/**
 * Stages what was pasted from the selection's first cell on, as one step: one value into every cell that is
 * selected, rows beyond the last as new ones. What can't be pasted is left out and reported.
 */
export function pasteCells(
  canvas: GridCanvas,
  editing: GridEditing,
  values: CellValues,
  { top, bottom, left, right }: Rectangle,
): void {
  const one = values.length === 1 && values[0]!.length === 1;
  const height = one ? bottom - top : values.length;
  const width = one ? right - left : Math.max(...values.map((row) => row.length));
  if (top === HEADER_ROW || height === 0 || width === 0) return;
  if (height * width > PASTE_CELLS_MAX) {
    editing.say(`${thousands(PASTE_CELLS_MAX)} cells can be pasted at a time. Use a statement for more.`);
    return;
  }
  let missed = 0;
  let why = '';
  const lack = (reason: string): void => {
    missed++;
    why ||= reason;
  };
  editing.together(() => {
    let { rows } = canvas.bounds;
    for (let at = 0; at < height; at++) {
      const row = top + at;
      if (row >= rows) {
        editing.insert();
        rows++;
      }
      const seen = canvas.seenAt(row);
      const given = one ? new Array<string | null>(width).fill(values[0]![0]!) : values[at]!;
      for (const [n, value] of given.entries()) {
        const index = canvas.layout.order[left + n];
        if (index === undefined) lack('There are not enough columns.');
        else if (!seen) lack('Some rows are not loaded yet. Scroll through them first.');
        else pasteCell(editing, row, index, value, seen, lack);
      }
    }
  });
  if (missed > 0)
    editing.say(`${thousands(missed)} ${missed === 1 ? 'cell was' : 'cells were'} not pasted. ${why}`);
}

function pasteCell(
  editing: GridEditing,
  row: number,
  index: number,
  value: string | null,
  seen: readonly (string | null)[],
  lack: (why: string) => void,
): void {
  const edit = editing.begin(row, index, seen);
  if ('why' in edit) {
    lack(edit.why);
    return;
  }
  if (value === null && edit.nullLacking) {
    lack(edit.nullLacking);
    return;
  }
  const read = value === null ? { value } : edit.read(value);
  if ('why' in read) lack(read.why);
  else editing.stage(row, index, read.value, seen);
}
