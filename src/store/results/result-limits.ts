import {
  FETCH_AHEAD_BYTES,
  RESULT_BYTES_MAX,
  WINDOW_BYTES_MAX,
  WINDOW_ROWS_MAX,
} from '../../events/limits.ts';
import {
  OFFSET_STRIDE_ROWS,
  RESULT_AGE_MAX_MS,
  RESULT_MEMORY_BYTES,
  RESULTS_MAX,
  RESULTS_MEMORY_BYTES,
  SPILL_BACKLOG_BYTES,
} from '../limits.ts';

/** The limits of the result store; limits.ts says what each one bounds. A test makes them small. */
export const RESULT_LIMITS = {
  resultMemoryBytes: RESULT_MEMORY_BYTES,
  resultsMemoryBytes: RESULTS_MEMORY_BYTES,
  resultBytesMax: RESULT_BYTES_MAX,
  resultsMax: RESULTS_MAX,
  resultAgeMaxMs: RESULT_AGE_MAX_MS,
  fetchAheadBytes: FETCH_AHEAD_BYTES,
  spillBacklogBytes: SPILL_BACKLOG_BYTES,
  windowRowsMax: WINDOW_ROWS_MAX,
  windowBytesMax: WINDOW_BYTES_MAX,
  offsetStrideRows: OFFSET_STRIDE_ROWS,
};

/** The limits that one store keeps. */
export type ResultLimits = { readonly [name in keyof typeof RESULT_LIMITS]: number };
