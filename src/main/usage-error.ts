/** The command line is not understood. Exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A whole number from 0 given on the command line. @throws UsageError */
export function wholeNumber(
  name: string,
  text: string | undefined,
  otherwise: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${name} takes a whole number, not ${text}.`);
  if (Number(text) > most) throw new UsageError(`--${name} is ${most} at most, not ${text}.`);
  return Number(text);
}
