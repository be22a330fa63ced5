import type { KeepingPort } from '../../../src/actors/ports.ts';

/** Where nothing is kept: no vault, no policy. */
export const NOTHING_KEPT: KeepingPort = {
  take: () => Promise.reject(new Error('nothing is kept here')),
  candidate: () => Promise.reject(new Error('nothing is kept here')),
  onFact: () => undefined,
};
