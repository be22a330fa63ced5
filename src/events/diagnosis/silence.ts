import type { Failure } from '../failure.ts';
import type { Mark } from './mark.ts';
import type { QueryFacts } from './query-facts.ts';

/** Codes for an answer that did not come in time, or has no way to come (errno(3), and ours). */
const NO_ANSWER: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ping.timeout',
  'connect.timeout',
  'connect.aborted',
]);

/** Whether a failure is that nothing answered. */
export function isNoAnswer({ code, source }: Pick<Failure, 'code'> & Partial<Failure>): boolean {
  return source !== 'server' && NO_ANSWER.has(code);
}

/** What shows that nothing answered while a statement ran: a question, or a request to stop, that had no answer. */
export function silenceOf(query: QueryFacts): Mark | null {
  const { blockersNotFound, escalated, cancelAcknowledged, cancelRefused, lost, failed } = query;
  if (lost && isNoAnswer(lost.failure)) return lost;
  // What came in the end was only slow.
  if (failed || query.ended?.outcome === 'succeeded') return null;
  if (blockersNotFound && isNoAnswer(blockersNotFound)) return blockersNotFound;
  if (cancelRefused && isNoAnswer(cancelRefused.failure)) return cancelRefused;
  return escalated && cancelAcknowledged === null && cancelRefused === null ? escalated : null;
}
