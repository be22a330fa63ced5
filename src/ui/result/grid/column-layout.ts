import type { Column } from '../../../events/result.ts';
import { columnEdges } from './geometry.ts';

/** Shows `default`, which an inserted row has in every column, as a whole. */
export const COLUMN_PX_MIN = 76;
export const COLUMN_PX_MAX = 420;
/** How far a column can be dragged. */
export const DRAGGED_PX_MIN = 32;
export const DRAGGED_PX_MAX = 2000;
/** Space beside a text: padding on both sides, the line, and a pixel for rounding. */
const CELL_EXTRA_PX = 24;

/** Widths of texts in the grid's fonts, in pixels. */
export interface TextMeasure {
  name(text: string): number;
  type(text: string): number;
  value(text: string): number;
}

/** The width that shows a column's name, type and `values` whole, within bounds. */
export function columnWidth(
  column: Column,
  values: readonly string[],
  measure: TextMeasure,
  maxPx = COLUMN_PX_MAX,
): number {
  let widest = Math.max(measure.name(column.name.slice(0, 100)), measure.type(column.type.slice(0, 100)));
  for (const value of values) widest = Math.max(widest, measure.value(value));
  return Math.round(Math.min(Math.max(widest + CELL_EXTRA_PX, COLUMN_PX_MIN), maxPx));
}

/**
 * Which columns are shown, in which order, how wide. Places count shown columns, indices those of the result.
 */
export class ColumnLayout {
  readonly columns: readonly Column[];
  /** Index of the column at each place. */
  order: readonly number[];
  edges: Float64Array;
  readonly #widths: number[];
  /** Widths set by hand, which the first rows must not change. */
  readonly #byHand = new Set<number>();

  constructor(columns: readonly Column[], order: readonly number[], measure: TextMeasure) {
    this.columns = columns;
    this.#widths = columns.map((column) => columnWidth(column, [], measure));
    this.order = shownOrder(columns.length, order);
    this.edges = this.#edges();
  }

  /**
   * The same with more details of its columns, or with more columns after them: set and fitted widths stay.
   */
  extended(columns: readonly Column[], order: readonly number[], measure: TextMeasure): ColumnLayout {
    const known = this.#widths.length;
    const all = this.order.length === known;
    const shown = order.length > 0 || all ? order : this.order;
    const layout = new ColumnLayout(columns, shown, measure);
    for (let index = 0; index < Math.min(known, columns.length); index++) {
      layout.#widths[index] = this.#widths[index]!;
      if (this.#byHand.has(index)) layout.#byHand.add(index);
    }
    const moved = all && order.length === 0 && this.order.some((index, place) => index !== place);
    if (moved)
      layout.order = [...this.order, ...columns.keys()].filter((index, i, list) => list.indexOf(index) === i);
    layout.edges = layout.#edges();
    return layout;
  }

  /** Number of columns shown. */
  get places(): number {
    return this.order.length;
  }

  get widthPx(): number {
    return this.edges[this.order.length]!;
  }

  get widths(): readonly number[] {
    return this.#widths;
  }

  column(place: number): Column {
    return this.columns[this.order[place]!]!;
  }

  reorder(order: readonly number[]): void {
    this.order = shownOrder(this.columns.length, order);
    this.edges = this.#edges();
  }

  /** Widths from the first rows' texts, for columns whose width the user has not set. */
  fitAll(texts: (index: number) => readonly string[], measure: TextMeasure): void {
    for (let index = 0; index < this.columns.length; index++) {
      if (this.#byHand.has(index)) continue;
      this.#widths[index] = columnWidth(this.columns[index]!, texts(index), measure);
    }
    this.edges = this.#edges();
  }

  resize(place: number, px: number): void {
    const index = this.order[place]!;
    this.#widths[index] = Math.round(Math.min(Math.max(px, DRAGGED_PX_MIN), DRAGGED_PX_MAX));
    this.#byHand.add(index);
    this.edges = this.#edges();
  }

  /** Swaps a shown column with its neighbour; the place it has then. */
  move(place: number, by: -1 | 1): number {
    const other = place + by;
    if (other < 0 || other >= this.order.length) return place;
    const order = [...this.order];
    [order[place], order[other]] = [order[other]!, order[place]!];
    this.order = order;
    this.edges = this.#edges();
    return other;
  }

  #edges(): Float64Array {
    return columnEdges(this.order.map((index) => this.#widths[index]!));
  }
}

/** The indices to show: those of `order` that exist, each once; all of them where `order` is empty. */
function shownOrder(count: number, order: readonly number[]): readonly number[] {
  if (order.length === 0) return Array.from({ length: count }, (_, index) => index);
  return [...new Set(order)].filter((index) => Number.isInteger(index) && index >= 0 && index < count);
}
