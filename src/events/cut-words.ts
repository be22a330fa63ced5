import type { AfterCancel } from './query.ts';
import type { Cut } from './result.ts';

/** Why a result does not have all rows, in words that follow their count. */
export const CUT_WORDS: Readonly<Record<Cut, string>> = {
  rowLimit: 'cut at the row limit',
  resultLimit: 'cut at the size limit of a result',
  diskFull: 'cut: the disk is full',
  diskFailed: 'cut: the disk refused more rows',
  diskSlow: 'cut: the disk took no rows for too long',
  paused: 'cut: reading was paused for too long',
  cancelled: 'cut by the cancel',
  timedOut: 'cut by the timeout',
  cursorLost: 'cut: the server had closed the cursor',
  failed: 'cut: the statement failed on the way',
  lost: 'cut: the connection was lost',
};

/** What a cancel did to a statement that completed. */
export const AFTER_CANCEL_WORDS: Readonly<Record<AfterCancel, string>> = {
  won: 'finished on the server before the cancel',
  endedEarly: 'ended early by the cancel',
  unknown: 'completed on the server after the cancel was sent; whether it was cut short is not known',
};
