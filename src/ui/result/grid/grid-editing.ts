import type { ColumnInfo } from '../../../events/catalogue.ts';

/** How a row is drawn that is not as it was read. */
export interface RowLook {
  /** A class of the row: `deleted` and `inserted`; once they are sent, `gone` and `added`. */
  readonly mark: string | null;
  /** What is to become of it was refused. */
  readonly wrong: boolean;
  /** Values instead of those read, by column index, each with a class of its cell. */
  readonly cells: ReadonlyMap<number, { readonly value: string | null; readonly mark: string }>;
}

/** How one cell is edited. */
export interface CellEdit {
  /** The text to begin with. */
  readonly text: string;
  /** Whether the cell holds no value now. */
  readonly isNull: boolean;
  /** What no value is called here: `NULL`, `no field`. */
  readonly nullWord: string;
  /** Why it must hold a value; empty where it need not. */
  readonly nullLacking: string;
  /** The values that there are, where they are few; empty for any. */
  readonly choices: readonly string[];
  /** The type of a text as it is being typed. */
  typeOf(typed: string): string;
  /** The value of a typed text, or why it is not one. */
  read(typed: string): { readonly value: string } | { readonly why: string };
}

/** Receives staged edits from the grid. Nothing is sent. */
export interface GridEditing {
  /** Whether rows can be edited at all; if not, `begin` says why. */
  readonly can: boolean;
  /** What the catalogue says of the columns of the one collection that the rows are of. */
  infos(): Promise<readonly ColumnInfo[]>;
  /** Whether rows are, or are to be, otherwise than they were read. */
  readonly touched: boolean;
  /** Rows behind those of the source. */
  readonly rowsAfter: number;
  look(row: number): RowLook | undefined;
  /** How a cell is edited, or why it isn't. `seen` is its row as it was read. */
  begin(row: number, index: number, seen: readonly (string | null)[]): CellEdit | { readonly why: string };
  stage(row: number, index: number, value: string | null, seen: readonly (string | null)[]): void;
  /** Takes the change of a cell back; of the whole row where `index` is null. */
  revert(row: number, index: number | null): void;
  remove(row: number, seen: readonly (string | null)[]): void;
  insert(): void;
  duplicate(row: number, seen: readonly (string | null)[]): void;
  /** Takes the last step back, or does it again. */
  undo(): void;
  redo(): void;
  /** Makes one step of all that is staged in `act`. */
  together(act: () => void): void;
  /** Reports why a request did nothing. */
  say(why: string): void;
}
