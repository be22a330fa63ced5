import type { Refusal } from '../events/command.ts';
import { Code } from '../events/schema.ts';
import { isSystemCode, systemSentence } from '../events/system-error.ts';

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
  const { code, message, errors, retryAfterMs } = error as Partial<Refused & Refused['details']>;
  if (error instanceof Refused || typeof code !== 'string' || !CODE.test(code)) return error;
  const words = isSystemCode(code) && isNodesOwn(message) ? systemSentence(code) : message!;
  return new Refused(code, words, {
    ...(errors === undefined || errors.length === 0 ? {} : { errors }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
  });
}

/** Whether a message is as Node writes a system's error: `ENOSPC: no space left on device, write`. */
function isNodesOwn(message: string | undefined): boolean {
  return message === undefined || /^E[A-Z0-9]+: /.test(message) || /\bE[A-Z0-9]{2,}\b .*:\d+$/.test(message);
}

const CODE = new RegExp(Code.pattern!);
