/** A row's values in the server's own text; null for NULL and for a field that is not there. */
type Cells = readonly (string | null)[];

/**
 * Writes one result in one format, piece by piece, so that no more than a piece is in memory. Stateful: one object writes one
 * document, `head` first, each row in order, `tail` last.
 */
export interface RowFormat {
  readonly head: string;
  row(cells: Cells): string;
  tail(): string;
}
