/** What a dialect means by what both can write. */
export interface Dialect {
  /** A column alone is a condition of the type boolean; else a number of which any but 0 is true. */
  readonly hasBoolean: boolean;
  /** Numbers may be added to a column: strings are no numbers. */
  readonly hasArithmetic: boolean;
  /** Columns of the system's that are alike in all rows. */
  readonly alike: ReadonlySet<string>;
  /** Columns of the system's of which only single values mean something. */
  readonly places: ReadonlySet<string>;
}
