import type { ConfigPort, TextsPort } from '../../../src/actors/ports.ts';

/** Where nothing is kept: no vault, no policy. */
export const NO_CONFIG: ConfigPort = {
  take: () => Promise.reject(new Error('nothing is kept here')),
  candidate: () => Promise.reject(new Error('nothing is kept here')),
  onFact: () => undefined,
};

/** Where no text is kept. */
export const NO_TEXTS: TextsPort = {
  submitted: () => undefined,
  written: () => Promise.resolve(),
  take: () => Promise.reject(new Error('no texts are kept here')),
  onFact: () => undefined,
};
