import type { ExecutionEnd } from '../drivers/driver.ts';
import { withoutWords } from '../events/failure.ts';
import type { CancelReason, QueryFact } from '../events/query.ts';
import type { Cut } from '../events/result.ts';
import { commandWords } from '../events/server-words.ts';
import { micros } from './micros.ts';

/** The end of a statement; how long after its cancel the server confirmed that, in milliseconds, where it was cancelled. */
export type ConfirmedEnd = ExecutionEnd & { readonly confirmedAfterMs?: number };

/** What is stored of a statement's rows at its end. */
interface Counts {
  readonly rows: number;
  readonly bytes: number;
  readonly columns: number;
  readonly resultSets: number;
  /** Why rows are missing; null where none is. */
  readonly cut: Cut | null;
  /** Why it was asked to stop; null where it was not. */
  readonly reason: CancelReason | null;
}

/** How a statement ended, as the tape may hold it. */
export function endFact(
  end: ConfirmedEnd,
  { rows, bytes, columns, resultSets, cut: why, reason }: Counts,
): QueryFact & { type: 'query.completed' | 'query.failed' | 'query.lost' } {
  const { transaction, usable } = end;
  const serverMs = micros(end.serverMs);
  const pausedMs = micros(end.pausedMs);
  const confirmed =
    end.confirmedAfterMs === undefined ? {} : { confirmedAfterMs: micros(end.confirmedAfterMs) };
  const common = { rows, bytes, serverMs, pausedMs, ...confirmed, transaction, usable };
  const cut = why === null ? {} : { cut: why };
  switch (end.type) {
    case 'completed': {
      const { command, rowsAffected, afterCancel } = end;
      const after = afterCancel === undefined || reason === 'rowLimit' ? {} : { afterCancel };
      return {
        type: 'query.completed',
        ...common,
        rowsAffected: Number.isSafeInteger(rowsAffected) && rowsAffected! >= 0 ? rowsAffected : null,
        command: commandWords(command),
        columns,
        resultSets,
        ...cut,
        ...after,
      };
    }
    case 'failed':
      return {
        type: 'query.failed',
        failure: withoutWords(end.failure),
        stopped: end.stopped,
        ...common,
        ...cut,
      };
    case 'lost':
      return { type: 'query.lost', ran: end.ran, failure: withoutWords(end.failure) };
  }
}
