import type { GridCanvas } from './grid-canvas.ts';
import type { SelectedCells } from './grid-events.ts';
import { cellCount, rectangle } from './selection.ts';

/** What is selected, where that is more than one cell. `documents`: any column may hold numbers. */
export function selectedCells(
  { selection, bounds, layout }: GridCanvas,
  documents: boolean,
): SelectedCells | null {
  if (!selection) return null;
  const selected = rectangle(selection, bounds);
  const cells = cellCount(selected);
  if (cells < 2) return null;
  const { top, bottom, left, right } = selected;
  const numeric = layout.order
    .slice(left, right)
    .filter((index) => documents || layout.columns[index]!.numeric);
  return { from: top, rows: bottom - top, cells, numeric };
}
