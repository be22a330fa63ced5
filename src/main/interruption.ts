import { outputClosed } from './output.ts';

/** Exit codes of what ends by a signal, as shells give them: 128 and the signal's number. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Something outside ended the work. */
export class InterruptedError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
    this.name = 'InterruptedError';
  }
}

/**
 * What may end a command from outside, in one place: SIGTERM, SIGHUP, a second Ctrl-C, and a reader of
 * standard output that left.
 * `signal` aborts with the reason. The first Ctrl-C is the command's to answer, and ends it where it does not (false); a third leaves at
 * once.
 */
export class Interruption {
  private readonly ending = new AbortController();
  readonly signal = this.ending.signal;
  private presses = 0;

  constructor(onFirstPress: () => boolean) {
    process.on('SIGINT', () => {
      this.presses++;
      if (this.presses === 1 && onFirstPress()) return;
      if (this.presses <= 2) this.end('Interrupted.', SIGNALS.SIGINT);
      else process.exit(SIGNALS.SIGINT);
    });
    for (const name of ['SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => this.end(`Ended by ${name}.`, SIGNALS[name]));
    const closed = (): void => this.end((outputClosed.reason as Error).message, 1);
    if (outputClosed.aborted) closed();
    else outputClosed.addEventListener('abort', closed, { once: true });
  }

  private end(message: string, exitCode: number): void {
    this.ending.abort(new InterruptedError(message, exitCode));
  }
}
