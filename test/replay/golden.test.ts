import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINES, Replay } from '../../src/actors/replay.ts';
import { actorEnded } from '../../src/events/actor-end.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { fold } from '../../src/events/views/state.ts';
import { play, recordAll, SCENES } from './record.ts';

const FOLDER = import.meta.dirname;
// `QUERYTAPE_RECORD_GOLDEN=1 npx vitest run --project unit test/replay` records the tapes again.
if (process.env.QUERYTAPE_RECORD_GOLDEN) await recordAll();

const tapes = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));

function read(name: string): Envelope[] {
  const lines = readFileSync(join(FOLDER, name), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Envelope);
}

function replay(envelopes: readonly Envelope[]) {
  const replaying = new Replay();
  for (const envelope of envelopes) replaying.step(envelope);
  return replaying.report();
}

describe.each(tapes)('the golden tape %s', (name) => {
  const envelopes = read(name);

  it('leads to the states that were recorded, and to the hash beside it', () => {
    const report = replay(envelopes);
    expect(report.mismatches).toEqual([]);
    expect(report).toMatchObject({ matched: true, unproven: 0, records: envelopes.length });
    expect(report.stateHash).toBe(readFileSync(join(FOLDER, name.replace('.jsonl', '.hash')), 'utf8').trim());
  });

  it('is found out wherever one state is changed', { tags: ['slow'] }, () => {
    for (const [at, envelope] of envelopes.entries()) {
      if (envelope.state === null) continue;
      const forged = envelopes.with(at, { ...envelope, state: `${envelope.state}x` });
      expect(replay(forged).mismatches.map(({ seq }) => seq)).toContain(envelope.seq);
    }
  });

  it('is found out when a record that moved its actor is missing', () => {
    const kept = envelopes.findIndex(({ event }) => event.type === 'query.recorded');
    expect(replay(envelopes.toSpliced(kept, 1)).matched).toBe(false);
  });

  it('is found out when a creation is doubled, or said to be ignored', { tags: ['slow'] }, () => {
    for (const [at, envelope] of envelopes.entries()) {
      if (envelope.event.type !== 'xstate.init') continue;
      const again = replay(envelopes.toSpliced(at, 0, envelope)).mismatches;
      expect(again).toContainEqual(
        expect.objectContaining({ seq: envelope.seq, replayed: 'created before' }),
      );
      expect(replay(envelopes.with(at, { ...envelope, ignored: true })).matched).toBe(false);
    }
  });

  it('is found out when a record is of another machine than the actor was created by', {
    tags: ['slow'],
  }, () => {
    for (const [at, envelope] of envelopes.entries()) {
      const { machine, event, seq } = envelope;
      if (machine === null || event.type === 'xstate.init') continue;
      const other = Object.keys(MACHINES).find((name) => name !== machine)!;
      const { mismatches } = replay(envelopes.with(at, { ...envelope, machine: other }));
      expect(mismatches).toContainEqual(expect.objectContaining({ seq, replayed: `in ${machine}` }));
    }
  });

  it('is found out, and throws nothing, when an event has lost all that it said', () => {
    const bare = ({ event: { type }, ...envelope }: Envelope) =>
      ({ ...envelope, event: { type } }) as Envelope;
    const created = envelopes.findIndex(
      ({ kind, event }) => kind === 'session' && event.type === 'xstate.init',
    );
    const { verdict, mismatches } = replay(envelopes.map((one, at) => (at > created ? bare(one) : one)));
    expect(verdict).toBe('diverged');
    expect(mismatches.map(({ replayed }) => replayed)).toContain('an error');
  });

  it('reaches the same states when the snapshots of ended actors are forgotten at once', () => {
    const frugal = new Replay(0);
    for (const envelope of envelopes) frugal.step(envelope);
    const end = envelopes.findLast(({ state }) => state !== null && actorEnded(state))!;
    const late = { ...end, seq: envelopes.length + 1 };
    const { stateHash, unproven, mismatches } = frugal.report();
    expect([stateHash, mismatches]).toEqual([replay(envelopes).stateHash, []]);
    // What comes after an actor's end, when it is forgotten, is not called reproduced.
    frugal.step(late);
    expect(frugal.report().unproven).toBe(unproven + 1);
  });

  it('folds to a state in which nothing is left running', () => {
    const { queries } = fold(envelopes);
    expect(Object.values(queries).length).toBeGreaterThan(1);
    for (const query of Object.values(queries)) expect(query.outcome).not.toBeNull();
  });
});

const EARLIER = {
  'session-9': ['session@9', 'query@9'],
  'session-11': ['session@11', 'query@11'],
  'session-12': ['session@12', 'connection@6', 'workspace@4'],
  'workspace-3': ['workspace@3'],
  'query-12': ['query@12'],
  'query-13': ['query@13'],
};
const earlierTapes = Object.entries(EARLIER).flatMap(([folder, machines]) =>
  readdirSync(join(FOLDER, 'earlier', folder)).map((name) => ({ path: `${folder}/${name}`, machines })),
);

it('is not provable where the tape has the creation of no actor, though nothing differs', () => {
  const envelopes = read('counts.jsonl').filter(({ event }) => event.type !== 'xstate.init');
  expect(envelopes.length).toBeGreaterThan(1);
  const { verdict, matched, actors, unproven } = replay(envelopes);
  expect({ verdict, matched, actors }).toEqual({ verdict: 'notProvable', matched: false, actors: [] });
  expect(unproven).toBeGreaterThan(1);
});

it('is not provable where there is nothing on the tape', () => {
  expect(replay([])).toMatchObject({ verdict: 'notProvable', matched: false, records: 0, actors: [] });
});

it('takes an actor that a later run creates again for another one', () => {
  const envelopes = read('counts.jsonl');
  const opened = { actor: 'tape', kind: 'tape', machine: null, cause: null, state: null, at: 1 } as const;
  const event = { type: 'tape.opened', processId: 1, segments: 1 } as const;
  expect(replay([...envelopes, { ...opened, seq: envelopes.length + 1, event }, ...envelopes]).matched).toBe(
    true,
  );
});

describe.each(earlierTapes)('the tape $path of an earlier version', ({ path, machines }) => {
  const envelopes = read(`earlier/${path}`);

  it('is not provable, and that is said', () => {
    const report = replay(envelopes);
    expect(report).toMatchObject({ verdict: 'notProvable', matched: false, mismatches: [] });
    expect(report.unknownMachines).toEqual(expect.arrayContaining(machines));
  });

  it('folds to the ends that its queries had, in the present vocabulary', () => {
    const { queries, sessions, connections } = fold(envelopes);
    const last = new Map(envelopes.map(({ actor, state }) => [actor, state]));
    expect(Object.keys(queries).length).toBeGreaterThan(1);
    for (const [queryId, query] of Object.entries(queries)) {
      expect([queryId, query.outcome]).toEqual([queryId, last.get(queryId)]);
      expect(query).toMatchObject({ fingerprint: expect.any(String), statementBytes: expect.any(Number) });
    }
    for (const { state } of Object.values(sessions))
      expect(state).toMatch(/^(?:ready|offline|failed|disconnected|closing|reconnecting)/);
    expect(Object.values(connections).map(({ state }) => state)).not.toContain('');
  });
});

describe('replay', () => {
  it('has a golden tape for each scene', () => {
    expect(tapes.map((name) => name.replace('.jsonl', '')).sort()).toEqual(Object.keys(SCENES).sort());
    for (const name of tapes) expect(existsSync(join(FOLDER, name.replace('.jsonl', '.hash')))).toBe(true);
  });

  it.each(Object.keys(SCENES))(
    'of the scene %s as it plays today gives the hash that was recorded',
    async (scene) => {
      const { stateHash } = await play(scene);
      expect(stateHash).toBe(readFileSync(join(FOLDER, `${scene}.hash`), 'utf8').trim());
    },
  );

  it('says which machines it does not know', () => {
    const foreign = read(tapes[0]!).map((one) => (one.machine ? { ...one, machine: 'query@99' } : one));
    expect(replay(foreign)).toMatchObject({
      verdict: 'newer',
      matched: false,
      unknownMachines: ['query@99'],
    });
  });

  it('counts what it can not prove on a tape whose beginning was cut', () => {
    const report = replay(read(tapes[0]!).slice(20));
    expect(report.unproven).toBeGreaterThan(0);
    expect(report.mismatches).toEqual([]);
  });
});
