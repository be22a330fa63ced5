import { expect, it } from 'vitest';
import type { Engine } from '../../../src/events/engines/engine-name.ts';
import { blockersSentence } from '../../../src/events/lock-wait-sentence.ts';

const blocker = { processId: 7, state: 'inTransaction', forMs: 1500, connectionId: null } as const;
const wait = { waits: 'lock', lock: 'row', waitedMs: null, isCut: false, waitEvent: '' } as const;

it.each<[Engine | undefined, string]>([
  ['postgres', 'process 7'],
  ['mysql', 'connection 7'],
  ['mariadb', 'connection 7'],
  [undefined, 'process 7'],
])('calls what blocks on %s a %s, as its users do', (engine, words) => {
  expect(blockersSentence({ ...wait, blockers: [blocker] }, engine)).toBe(
    `it had waited for the lock of a row because of ${words}, idle in an open transaction for 1.5 s.`,
  );
});
