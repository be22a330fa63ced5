import type { ConfigPort, DraftsPort, HistoryPort, OrphansPort } from '../../../src/actors/ports.ts';
import type { TestTunnels } from '../../../src/actors/profile-test.ts';

/** No vault, no policy. */
export const NO_CONFIG: ConfigPort = {
  take: () => Promise.reject(new Error('there is no configuration here')),
  candidate: () => Promise.reject(new Error('there is no configuration here')),
  onFact: () => undefined,
};

/** A history and drafts that store nothing. */
export const NO_HISTORY: HistoryPort = {
  submitted: () => undefined,
  written: () => Promise.resolve(),
  delete: () => Promise.reject(new Error('no history is stored here')),
  purge: () => Promise.reject(new Error('no history is stored here')),
};
export const NO_DRAFTS: DraftsPort = {
  save: () => Promise.reject(new Error('no drafts are stored here')),
  delete: () => Promise.reject(new Error('no drafts are stored here')),
};
/** An earlier run that left nothing behind. */
export const NO_ORPHANS: OrphansPort = { list: () => [] };
/** Tests of profiles that have no tunnel. */
export const NO_TEST_TUNNELS: TestTunnels = {
  open: () => {
    throw new Error('there are no tunnels here');
  },
  close: () => undefined,
};
