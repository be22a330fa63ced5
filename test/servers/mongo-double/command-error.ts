/** What a server refuses a command with. */
export class CommandError extends Error {
  constructor(
    readonly code: number,
    readonly codeName: string,
    message: string,
    readonly labels: readonly string[] = [],
  ) {
    super(message);
    this.name = 'CommandError';
  }

  /** The reply that says it. */
  get reply(): Record<string, unknown> {
    const { code, codeName, message: errmsg, labels } = this;
    return { ok: 0, errmsg, code, codeName, ...(labels.length > 0 ? { errorLabels: labels } : {}) };
  }
}

export const interrupted = (): CommandError =>
  new CommandError(11601, 'Interrupted', 'operation was interrupted');
export const writeConflict = (): CommandError =>
  new CommandError(
    112,
    'WriteConflict',
    'WriteConflict error: this operation conflicted with another operation.',
    ['TransientTransactionError'],
  );
