import type { Refusal } from '../events/command.ts';
import { Code } from '../events/schema.ts';
import { errorSentence } from '../events/system-error.ts';

/** A command or a catalogue request that was not taken. `code` is stable, `message` says what to do. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Pick<Refusal, 'errors' | 'retryAfterMs' | 'hostKeys'> = {},
  ) {
    super(message);
    this.name = 'Refused';
  }
}

/** An error with a code, as what keeps things throws them, as a refusal; anything else as it is. */
export function refusedFor(error: unknown): unknown {
  const { code, errors, retryAfterMs } = error as Partial<Refused & Refused['details']>;
  if (error instanceof Refused || typeof code !== 'string' || !CODE.test(code)) return error;
  return new Refused(code, errorSentence(error), {
    ...(errors === undefined || errors.length === 0 ? {} : { errors }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
  });
}

const CODE = new RegExp(Code.pattern!);
