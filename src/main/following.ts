import { setTimeout as wait } from 'node:timers/promises';
import { outputClosed } from './output.ts';

/** How often what is followed is looked at. */
const FOLLOW_MS = 250;

/** A command that prints what comes until it is interrupted, or its output has no reader any more. */
export class Following {
  /** Aborts when it ends. */
  readonly ended: AbortSignal;

  constructor() {
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    this.ended = AbortSignal.any([stop.signal, outputClosed]);
  }

  /** Resolves when it is time to look again, at once where it has ended. */
  async pause(): Promise<void> {
    await wait(FOLLOW_MS, undefined, { signal: this.ended }).catch(() => undefined);
  }
}
