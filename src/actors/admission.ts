import type { Verdict } from '../events/query.ts';

/** What is known of the place a statement is to run in. Comes from the profile, never from a request. */
export interface Trust {
  readonly readOnly: boolean;
}

export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly code: string };

/**
 * Whether a statement may run. Pure: the same verdict and trust give the same answer. What is not proven to read is
 * refused where writing is.
 */
export function admit(verdict: Verdict, trust: Trust): Admission {
  if (trust.readOnly && verdict !== 'read') return { admitted: false, code: 'readOnly.notProvenRead' };
  return { admitted: true };
}
