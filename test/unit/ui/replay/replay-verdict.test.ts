import { expect, it } from 'vitest';
import type { OpenReplay, ProvedReport } from '../../../../src/events/replay-view.ts';
import { replayVerdict } from '../../../../src/ui/replay/replay-verdict.ts';

const REPORT: ProvedReport = {
  verdict: 'reproduced',
  matched: true,
  records: 3,
  unproven: 0,
  unknownMachines: [],
  mismatches: [],
  actors: [],
  moreActors: 0,
  stateHash: '',
};
const open = (over: Partial<OpenReplay>): OpenReplay => ({
  replayId: 'r',
  source: 'live',
  integrity: null,
  records: 3,
  firstSeq: 1,
  lastSeq: 3,
  firstAt: 0,
  lastAt: 9,
  actors: 1,
  damages: [],
  readShare: 1,
  proof: { state: 'proved', report: REPORT },
  ...over,
});

it('calls a tape reproduced only once every state is, and none is beyond proof', () => {
  expect(replayVerdict(open({}))).toEqual({
    words: '3 events, every state reproduced, chain intact.',
    colour: 'well',
    vouched: '',
  });
  expect(replayVerdict(open({ proof: { state: 'running' } })).colour).toBe('running');
  const partly = replayVerdict(open({ proof: { state: 'proved', report: { ...REPORT, unproven: 2 } } }));
  expect(partly.words).not.toContain('every state reproduced');
  expect(partly.colour).toBe('waiting');
  const report = { ...REPORT, verdict: 'notProvable', unproven: 3 } as const;
  const nothing = replayVerdict(open({ proof: { state: 'proved', report } }));
  expect(nothing.words).toBe('3 events, chain intact; not provable: no actor was created on this tape.');
});

it('names the place of a damage before anything that was reproduced', () => {
  const damaged = replayVerdict(open({ damages: [{ afterSeq: 2, code: 'tape.damaged' }] }));
  expect(damaged).toEqual({ words: 'Damaged after 2 (tape.damaged).', colour: 'failed', vouched: '' });
});

it('names the first divergence, and says that an altered bundle is altered', () => {
  const mismatch = {
    seq: 2,
    actor: 'q',
    machine: 'query@1',
    event: 'x',
    recorded: 'failed',
    replayed: 'succeeded',
  };
  const diverged = open({
    proof: {
      state: 'proved',
      report: { ...REPORT, verdict: 'diverged', matched: false, mismatches: [mismatch] },
    },
  });
  expect(replayVerdict(diverged).words).toBe('Diverged at 2: expected failed, got succeeded.');
  const altered = replayVerdict(
    open({ source: 'bundle', integrity: { verdict: 'altered', fingerprint: 'f', parts: ['tape'] } }),
  );
  expect(altered.words).toContain('Altered: tape');
  expect(altered.colour).toBe('failed');
  expect(altered.vouched).toBe('');
});

it('says who signed a bundle apart from what was reproduced', () => {
  const signed = replayVerdict(
    open({ source: 'bundle', integrity: { verdict: 'signed', fingerprint: 'SHA256:abc' } }),
  );
  expect(signed.words).toBe('3 events, every state reproduced, chain intact.');
  expect(signed.vouched).toBe('Signature checked: not altered since the key SHA256:abc signed it.');
});
