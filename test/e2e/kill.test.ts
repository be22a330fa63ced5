import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Replay } from '../../src/actors/replay.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import { Client } from '../../src/main/client.ts';
import { readTape, verifyTape } from '../../src/store/tape/tape.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';

const ROUNDS = 50;
const TABS = 3;
const STATEMENTS_A_TAB = 200;

const folder = dataFolder();
let program: Started;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  const { client, sessionId } = await open();
  await finish(
    client,
    await submit(client, sessionId, 'setup', 'create table seen (marker text primary key)'),
  );
});

afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

async function open(): Promise<{ client: Client; sessionId: string }> {
  const client = new Client(program.url);
  const { sessionId } = await client.command({ type: 'session.open', profileId: 'demo' });
  await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  return { client, sessionId: sessionId! };
}

async function submit(client: Client, sessionId: string, tabId: string, text: string): Promise<string> {
  const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId, text });
  return queryIds![0]!;
}

function finish(client: Client, queryId: string) {
  return client.until(({ queries }) => (queries[queryId]?.outcome ? queries[queryId] : undefined));
}

/** Repeatable jitter, so that a failure can be had again. */
function* jitter(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    yield state / 2147483648;
  }
}

async function readAll(): Promise<Envelope[]> {
  const envelopes: Envelope[] = [];
  for await (const batch of readTape(`${folder}/tape`)) envelopes.push(...batch);
  return envelopes;
}

describe('kill -9 under load', () => {
  /** Which query was asked to leave which mark. */
  const asked = new Map<string, string>();

  it(`${ROUNDS} times loses no record of a statement that the server saw`, { timeout: 600_000 }, async () => {
    const random = jitter(20261123);
    for (let round = 0; round < ROUNDS; round++) {
      const { client, sessionId } = await open();
      // The first statement also waits for the thread that judges to start.
      await finish(client, await submit(client, sessionId, 'tab0', 'select 1'));
      let alive = true;
      const load = Array.from({ length: TABS }, async (_, tab) => {
        for (let i = 0; alive && i < STATEMENTS_A_TAB; i++) {
          const marker = `r${round}t${tab}s${i}`;
          const text = `insert into seen values ('${marker}')`;
          // The kill cuts answers off; such a statement is counted by its mark alone.
          await submit(client, sessionId, `tab${tab}`, text).then(
            (queryId) => asked.set(queryId, marker),
            () => undefined,
          );
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 30 + random.next().value * 170));
      await program.kill();
      alive = false;
      await Promise.all(load);
      program = await startQuerytape(folder, ['--demo']);
    }
    const { client, sessionId } = await open();
    const reading = await submit(client, sessionId, 'check', 'select marker from seen order by marker');
    await finish(client, reading);
    const answer = await client.get(`/api/results/${reading}/rows?from=0&count=10000`);
    const { rows } = (await answer.json()) as { rows: [string][] };
    const saw = rows.map(([marker]) => marker);
    expect(saw.length).toBeLessThan(10_000);
    // The load reached the server, and the kills cut it short: both, or this has shown nothing.
    expect(saw.length).toBeGreaterThan(ROUNDS);
    expect(saw.length).toBeLessThan(asked.size);

    const records = await readAll();
    const dispatched = new Set(
      records.filter(({ event }) => event.type === 'query.dispatched').map(({ actor }) => actor),
    );
    const known = new Map([...asked].map(([queryId, marker]) => [marker, queryId]));
    // A statement whose answer was cut off is not known by its id: it is one of those that nobody knows.
    const unanswered = saw.filter((marker) => !known.has(marker));
    const missing = saw.filter((marker) => known.has(marker) && !dispatched.has(known.get(marker)!));
    expect(missing).toEqual([]);
    const spare = [...dispatched].filter((queryId) => !asked.has(queryId)).length;
    expect(spare).toBeGreaterThanOrEqual(unanswered.length);
  });

  it('leaves a tape that is whole, with every start on it', async () => {
    const report = await verifyTape(`${folder}/tape`);
    expect(report.damages).toEqual([]);
    expect(report.ok).toBe(true);
    const starts = (await readAll()).filter(
      ({ kind, event }) => kind === 'workspace' && event.type === 'xstate.init',
    );
    expect(starts).toHaveLength(ROUNDS + 1);
  });

  it('leaves a tape that replays to every recorded state', async () => {
    const replay = new Replay();
    for (const envelope of await readAll()) replay.step(envelope);
    expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
  });

  it('says of what was in flight that it is not known, and of what had not left that it did not run', async () => {
    const { state } = await new Client(program.url).state();
    const orphans = Object.values(state.queries).filter(({ orphaned }) => orphaned);
    expect(orphans.length).toBeGreaterThan(0);
    for (const { outcome, recordedSeq } of orphans)
      expect(outcome).toBe(recordedSeq === null ? 'lost.notRun' : 'lost.mayHaveCompleted');
  });
});
