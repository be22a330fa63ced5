/**
 * Something that an import leaves out, guesses, or takes although it protects less or leads elsewhere, and
 * why that matters. Names places and options, never a value: it could be a secret.
 */
export interface NotTaken {
  /** Such as `line 3`, `sslmode` or a connection's name. */
  readonly what: string;
  readonly code: string;
  readonly why: string;
}
