import { stopsScript } from '../events/query.ts';
import type { QueryEnd } from './actor-directory.ts';
import { SCRIPT_LEFT_AT_ONCE } from './limits.ts';

/** What a long script is fed by. Its statements are named by their place in it, from 0. */
interface FedScript {
  readonly count: number;
  /** How many may live at once. */
  readonly livingMax: number;
  readonly goOnAfterError: boolean;
  /** Submits a statement; resolves when it has ended. */
  submit(index: number): Promise<QueryEnd>;
  /** Whether the session would take the statement now. */
  mayTake(index: number): boolean;
  /** Records the end of a statement that is not run, as the script has stopped before it. */
  leave(index: number): void;
}

/**
 * Submits a script's statements as those before them end, so that a script of thousands needs no more actors, records and memory at
 * once than a short one. The first ones are submitted before this returns. Where one ends in a way that stops the script, none is
 * submitted any more, and each of the rest gets its end on the tape.
 */
export async function feedScript(script: FedScript): Promise<void> {
  const { count, livingMax, goOnAfterError } = script;
  const ends: Promise<void>[] = [];
  let isStopped = false;
  let next = 0;
  const submit = (): void => {
    const ended = script.submit(next++);
    ends.push(
      ended.then((end) => {
        isStopped ||= stopsScript(end, goOnAfterError);
      }),
    );
  };
  while (next < Math.min(count, livingMax)) submit();
  for (let first = 0; next < count; first++) {
    await ends[first];
    if (isStopped || !script.mayTake(next)) break;
    submit();
  }
  while (next < count) {
    const until = Math.min(count, next + SCRIPT_LEFT_AT_ONCE);
    while (next < until) script.leave(next++);
    // The tape writes what it has before more comes.
    if (next < count) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
