import { beginning, HOVER_UNITS_MAX, kindOf } from '../../format/display-text.ts';
import { escapeInvisible } from '../../format/escape-invisible.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { Cell } from './selection.ts';

/** The element of the cell that an event's target is in, and the cell; null where it is in none. */
export function cellOf(target: EventTarget | null): (Cell & { readonly element: HTMLElement }) | null {
  const element = (target as HTMLElement).closest<HTMLElement>('.cell');
  const row = element?.closest('.row')?.getAttribute('aria-rowindex');
  return element && row ? { element, row: Number(row) - 2, column: Number(element.ariaColIndex) - 1 } : null;
}

/** Gives a cell that is cut its whole text to hover. `documents`: values are Extended JSON. */
export function hoverCell(canvas: GridCanvas, target: EventTarget | null, documents: boolean): void {
  const cell = cellOf(target);
  const index = cell ? canvas.layout.order[cell.column] : undefined;
  if (!cell || index === undefined) return;
  const { element } = cell;
  const { shown, value } = canvas.textAt(cell.row, index);
  const cut = (typeof shown === 'object' && shown?.cut) || element.scrollWidth > element.clientWidth;
  const text = cut ? beginning(value ?? '', HOVER_UNITS_MAX) : '';
  element.title = escapeInvisible(documents ? kindOf(value, text) : text);
}
