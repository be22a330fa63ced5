import type { Shown } from '../../format/display-text.ts';

/** Rows whose text is kept. Far more than a screen has. */
const ROWS_MAX = 800;
const ROWS_MIN = 200;
/** Characters in them, beyond which only `ROWS_MIN` rows are kept. */
const UNITS_MAX = 4_000_000;

interface Entry {
  readonly cells: readonly Shown[];
  readonly units: number;
}

/** What is drawn for the rows around the view, cut to what fits in a cell. */
export class CellTextCache {
  readonly #rows = new Map<number, Entry>();
  #units = 0;

  has(row: number): boolean {
    return this.#rows.has(row);
  }

  get(row: number): readonly Shown[] | undefined {
    return this.#rows.get(row)?.cells;
  }

  /** `write` says what is drawn for a value. */
  put(
    row: number,
    values: readonly (string | null)[],
    write: (value: string | null) => Shown,
  ): readonly Shown[] {
    const cells = values.map((value) => write(value));
    let units = 0;
    for (const cell of cells) units += typeof cell === 'string' ? cell.length : cell ? 300 : 0;
    this.#rows.set(row, { cells, units });
    this.#units += units;
    for (const [oldest, entry] of this.#rows) {
      const size = this.#rows.size;
      if (size <= ROWS_MIN || (size <= ROWS_MAX && this.#units <= UNITS_MAX)) break;
      this.#rows.delete(oldest);
      this.#units -= entry.units;
    }
    return cells;
  }
}
