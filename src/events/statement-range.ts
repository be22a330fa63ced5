/** Where a statement stands in a text, in UTF-16 units; `end` is past its last character, the `;` not included. */
export interface StatementRange {
  readonly start: number;
  readonly end: number;
}
