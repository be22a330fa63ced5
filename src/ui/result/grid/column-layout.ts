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
 * Which columns are shown, in which order, how wide: the one place that knows which column stands where. *Places* count
 * shown columns from the left, *indices* those of the result.
 */
export class ColumnLayout {
  readonly columns: readonly Column[];
  /** Index of the column at each place. */
  order!: readonly number[];
  /** Left edges of the places, and the right edge of the last. */
  edges!: Float64Array;
  /** Changed by the user since it was made, or since one that it goes on with was. */
  touched = false;
  /** Indices of all columns as the user arranged them: a hidden one has its place among the others. */
  #sequence: readonly number[];
  #hidden: ReadonlySet<number>;
  readonly #widths: number[];
  /** Widths set by hand, which the first rows must not change. */
  readonly #byHand: Set<number>;

  /** `earlier` is that of the same columns, or of the first of them: they stay as they are arranged there. */
  constructor(columns: readonly Column[], measure: TextMeasure, earlier?: ColumnLayout) {
    this.columns = columns;
    this.#widths = columns.map((column, index) => earlier?.widths[index] ?? columnWidth(column, [], measure));
    this.#sequence = [...new Set([...(earlier?.sequence ?? []), ...columns.keys()])];
    this.#hidden = earlier ? earlier.#hidden : new Set();
    this.#byHand = new Set(earlier ? earlier.#byHand : []);
    this.#arrange();
  }

  /** Number of columns shown. */
  get places(): number {
    return this.order.length;
  }

  get hidden(): number {
    return this.#hidden.size;
  }

  get widthPx(): number {
    return this.edges[this.places]!;
  }

  get widths(): readonly number[] {
    return this.#widths;
  }

  /** Indices of all columns, hidden ones among them, in the order of the user. */
  get sequence(): readonly number[] {
    return this.#sequence;
  }

  column(place: number): Column {
    return this.columns[this.order[place]!]!;
  }

  isHidden(index: number): boolean {
    return this.#hidden.has(index);
  }

  /** Widths from the first rows' texts, for columns whose width the user has not set. */
  fitAll(texts: (index: number) => readonly string[], measure: TextMeasure): void {
    for (let index = 0; index < this.columns.length; index++) {
      if (this.#byHand.has(index)) continue;
      this.#widths[index] = columnWidth(this.columns[index]!, texts(index), measure);
    }
    this.#arrange();
  }

  resize(place: number, px: number): void {
    const index = this.order[place]!;
    this.#widths[index] = Math.round(Math.min(Math.max(px, DRAGGED_PX_MIN), DRAGGED_PX_MAX));
    this.#byHand.add(index);
    this.#changed();
  }

  /** Moves a shown column to another place, as far as there is one; the place it has then. */
  move(place: number, to: number): number {
    const target = Math.min(Math.max(to, 0), this.places - 1);
    if (target === place) return place;
    const [index, beside] = [this.order[place]!, this.order[target]!];
    const others = this.#sequence.filter((one) => one !== index);
    const at = others.indexOf(beside) + (target > place ? 1 : 0);
    this.#sequence = others.toSpliced(at, 0, index);
    this.#changed();
    return target;
  }

  /** The columns in the order of the statement again; hidden ones stay hidden. */
  restoreOrder(): void {
    this.#sequence = [...this.columns.keys()];
    this.#changed();
  }

  /** Shows columns, or hides them. Nothing changes where none would be left in view. */
  setShown(indices: readonly number[], shown: boolean): void {
    const hidden = new Set(this.#hidden);
    for (const index of indices) {
      if (shown) hidden.delete(index);
      else hidden.add(index);
    }
    if (hidden.size === this.hidden || hidden.size >= this.columns.length) return;
    this.#hidden = hidden;
    this.#changed();
  }

  #changed(): void {
    this.touched = true;
    this.#arrange();
  }

  #arrange(): void {
    this.order = this.#sequence.filter((index) => !this.#hidden.has(index));
    this.edges = columnEdges(this.order.map((index) => this.#widths[index]!));
  }
}
