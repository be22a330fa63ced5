/**
 * The history or a draft can't be read or kept: `vault.locked`, `vault.unreadable`, `history.unknown` (the
 * entry is not there),
 * `draft.tooLong`, `drafts.full`, or the system's errno. The message says what to do.
 */
export class HistoryError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'HistoryError';
  }
}
