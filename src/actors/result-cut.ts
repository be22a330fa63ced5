import type { ExecutionEnd } from '../drivers/driver.ts';
import type { FailureText } from '../events/failure.ts';
import { DISK_RESERVE_BYTES, MIB, RESULT_BYTES_MAX } from '../events/limits.ts';
import type { CancelReason } from '../events/query.ts';
import type { Cut } from '../events/result.ts';
import { isSystemCode, systemSentence } from '../events/system-error.ts';
import { DISK_WAIT_MAX_MS } from './limits.ts';

/** Why the last result of a statement lacks rows at its end; null where it lacks none. @param own why rows were thrown away before */
export function cutAtEnd(end: ExecutionEnd, own: Cut | null, reason: CancelReason | null): Cut | null {
  switch (end.type) {
    case 'completed':
      return own ?? (end.rowsDiscarded ? stopCut(reason) : null);
    case 'failed':
      if (end.cursorLost) return 'cursorLost';
      return end.stopped ? (own ?? stopCut(reason)) : 'failed';
    case 'lost':
      return 'lost';
  }
}

/** What a cancel makes of the rows that came after it. */
function stopCut(reason: CancelReason | null): Cut {
  return reason === 'timeout' ? 'timedOut' : reason === 'paused' ? 'paused' : 'cancelled';
}

/** The cut of a result that the disk refused with a code, or that has reached its own limit. */
export function cutByRefusal(code: string): Cut {
  if (code === 'result.full') return 'resultLimit';
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'diskFull' : 'diskFailed';
}

/**
 * The notice of a statement whose rows are thrown away from now on.
 *
 * @param code the disk's, where it refused them
 * @param stops the statement is stopped on the server, in place of being read to its end
 */
export function cutNotice(cut: Cut, code: string, stops: boolean): FailureText {
  const what =
    CUT_WORDS[cut] ?? `The disk refused the rows. ${isSystemCode(code) ? systemSentence(code) : code}`;
  const then = stops
    ? 'The statement is stopped on the server.'
    : 'The statement runs to its end; its further rows are read and thrown away.';
  const message = `${what} The rows so far are here, any further ones are not. ${then}`;
  return { code: `result.${cut}`, source: 'client', severity: 'WARNING', message };
}

const CUT_WORDS: Partial<Record<Cut, string>> = {
  resultLimit: `The result has reached the size limit of ${RESULT_BYTES_MAX / MIB} MiB.`,
  diskFull: `The disk is full. Results leave its last ${DISK_RESERVE_BYTES / MIB} MiB free.`,
  diskSlow: `The disk took no rows for ${DISK_WAIT_MAX_MS / 1000} s.`,
};
