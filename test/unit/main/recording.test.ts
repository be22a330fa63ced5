import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Envelope, Unsealed } from '../../../src/events/envelope.ts';
import { ASK_MS_MAX, REPLAY_CHECKPOINT_RECORDS } from '../../../src/events/limits.ts';
import type { AskProgress, EventFilter, SpanSummary } from '../../../src/events/replay-view.ts';
import { fold } from '../../../src/events/views/state.ts';
import { AskRun } from '../../../src/main/ask-run.ts';
import { Recording } from '../../../src/main/recording.ts';
import { RecordingThread } from '../../../src/main/recording-thread.ts';
import { openTape, readTape } from '../../../src/store/tape/tape.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-recording-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Writes a golden tape `times` times, each with actors of its own, in segments of some hundred records; the first time to a part only.
 * The tape is opened now, long after the golden one, so that all have one time; with `stepMs` each comes so long after the one before.
 */
async function written(golden: string, times = 1, part = 1, stepMs = 0): Promise<Envelope[]> {
  const fold = { initial: () => 0, apply: (count: number) => count + 1 };
  const tape = await openTape({
    folder,
    fold,
    segmentBytes: 64 * 1024,
    ageMaxMs: () => Number.MAX_SAFE_INTEGER,
  });
  const lines = readFileSync(join(import.meta.dirname, `../../replay/${golden}.jsonl`), 'utf8').trim();
  const opened = Date.now();
  let appended = 0;
  for (let time = 0; time < times; time++)
    for (const line of lines.split('\n').filter((_, at, { length }) => time > 0 || at < part * length)) {
      // Ids are `ses-1`, `qry-2`: in every copy they get others, wherever they stand.
      const own = line.replace(
        /"((?:ses|qry|con|tab|scr|prm|cmd|run)[a-z]*-\d+[^"]*)"/g,
        (whole, id: string) => (/[.:]/.test(id) || time === 0 ? whole : `"${id}-${time}"`),
      );
      const { seq: _seq, crc: _crc, ...record } = JSON.parse(own) as Envelope & { crc?: string };
      appended++;
      tape.append({ ...record, at: stepMs === 0 ? record.at : opened + stepMs * appended } as Unsealed);
    }
  await tape.close();
  const records: Envelope[] = [];
  for await (const envelopes of readTape(folder)) records.push(...envelopes);
  return records;
}

/** The first lease of a connection. */
function leasedIn(records: readonly Envelope[]): Envelope {
  return records.find(({ event }) => event.type === 'connection.leased')!;
}

/** Damages what is in the middle of the tape's first segment. */
function damage(): void {
  const path = join(folder, '00000001.jsonl');
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1;
  writeFileSync(path, bytes);
}

describe('a tape that is looked at', () => {
  it('has at any record the views as they were', async () => {
    const records = await written('cancels');
    const recording = await Recording.open(folder);
    for (const { seq } of records) {
      const { sessions, connections, queries, tunnels, orphans } = fold(records.slice(0, seq));
      const at = await recording.at(seq);
      expect(at).toEqual({ seq, at: at!.at, sessions, connections, queries, tunnels, orphans });
    }
    expect(await recording.at(0)).toBeNull();
  });

  it('has them beyond a checkpoint too, in whichever order they are asked for', {
    tags: ['slow'],
  }, async () => {
    const golden = readFileSync(join(import.meta.dirname, '../../replay/statements.jsonl'), 'utf8');
    const copies = Math.ceil((2.3 * REPLAY_CHECKPOINT_RECORDS) / golden.trim().split('\n').length);
    const records = await written('statements', copies);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
    const recording = await Recording.open(folder);
    const last = records.at(-1)!.seq;
    const seqs = [
      last,
      1,
      REPLAY_CHECKPOINT_RECORDS,
      REPLAY_CHECKPOINT_RECORDS + 1,
      2 * REPLAY_CHECKPOINT_RECORDS - 1,
      last >> 1,
      last,
    ];
    for (const seq of seqs) {
      const { queries, sessions } = fold(records.slice(0, seq));
      const at = await recording.at(seq);
      expect(at!.queries, `seq ${seq}`).toEqual(queries);
      expect(at!.sessions).toEqual(sessions);
    }
  });

  it('has every actor as its machine had it, and what a record changed of it', async () => {
    const records = await written('cancels');
    const recording = await Recording.open(folder);
    for (const { actor, seq, state, machine } of records) {
      const instant = await recording.actor(actor, seq);
      if (machine === null) expect(instant).toBeNull();
      else expect(instant).toMatchObject({ actor, state, isReproduced: true, record: { seq } });
    }
    const leased = records.find(({ event }) => event.type === 'connection.leased')!;
    const { changes, previous, state } = (await recording.actor(leased.actor, leased.seq))!;
    expect(state).not.toBe(previous);
    expect(JSON.stringify(changes)).toContain((leased.event as unknown as { queryId: string }).queryId);
    expect(await recording.actor('no-such-actor', leased.seq)).toBeNull();
  });

  it('has an actor of a long life in whichever order its instants are asked for', {
    tags: ['slow'],
  }, async () => {
    const golden = await written('statements');
    const own = golden.filter(({ kind, actor }) => kind === 'connection' && actor === leasedIn(golden).actor);
    const pair = own.slice(own.indexOf(leasedIn(golden)), own.indexOf(leasedIn(golden)) + 2);
    expect(pair.map(({ event }) => event.type)).toEqual(['connection.leased', 'connection.released']);
    const before = own.slice(0, own.indexOf(pair[0]!));
    rmSync(folder, { recursive: true });
    const life = [...before, ...Array.from({ length: 300 }, () => pair).flat()];
    const tape = await openTape({ folder, fold: { initial: () => 0, apply: (count) => count + 1 } });
    for (const { seq: _, ...record } of life) tape.append({ ...record, cause: null } as Unsealed);
    await tape.close();
    const recording = await Recording.open(folder);
    const [first] = (await recording.records({ from: 1, count: 1000, filter: { actor: pair[0]!.actor } }))
      .records;
    for (const at of [life.length - 1, 255, 256, 257, 511, 0, 1, 300, 256, life.length - 1]) {
      const instant = (await recording.actor(pair[0]!.actor, first!.seq + at))!;
      const { state, event } = life[at]!;
      const previous = life[at - 1]?.state ?? null;
      expect(instant, `record ${at}`).toMatchObject({
        state,
        previous,
        isReproduced: true,
        record: { event },
      });
      // As it is where nothing is remembered.
      expect(await (await Recording.open(folder)).actor(pair[0]!.actor, first!.seq + at)).toEqual(instant);
    }
  });

  it('finds the next and the last failure, cancel or record of an actor', async () => {
    const records = await written('cancels');
    const recording = await Recording.open(folder);
    const cancels = records.filter(
      ({ event, ignored }) => /^query\.(?:cancel|deadlinePassed)$/.test(event.type) && !ignored,
    );
    expect(cancels.length).toBeGreaterThan(1);
    const found: number[] = [];
    for (let seq: number | null = 0; seq !== null; ) {
      seq = recording.next(seq, 1, { mark: 'cancel' });
      if (seq !== null) found.push(seq);
    }
    expect(found).toEqual(cancels.map(({ seq }) => seq));
    const { actor, seq } = cancels[0]!;
    const own = records.filter((record) => record.actor === actor).map((record) => record.seq);
    expect(recording.next(seq, -1, { actor })).toBe(own[own.indexOf(seq) - 1]);
    expect(recording.next(own.at(-1)!, 1, { actor })).toBeNull();
    expect(recording.next(0, 1, { type: 'no.such.event' })).toBeNull();
  });

  it('gives pages of records, of one actor or of all', async () => {
    const records = await written('statements', 3);
    const recording = await Recording.open(folder);
    expect(await recording.records({ from: 1, count: 5 })).toEqual({
      records: records.slice(0, 5),
      more: true,
    });
    const { actor } = records.find(({ kind }) => kind === 'query')!;
    const own = records.filter((record) => record.actor === actor);
    expect(await recording.records({ from: 1, count: 1000, filter: { actor } })).toEqual({
      records: own,
      more: false,
    });
    const type = 'query.recorded';
    expect((await recording.records({ from: 1, count: 1000, filter: { type } })).records).toEqual(
      records.filter(({ event }) => event.type === type),
    );
  });

  it('finds and counts the records that a filter lets pass, and gives them around any of them', async () => {
    const records = await written('cancels');
    const recording = await Recording.open(folder);
    const times = records.map(({ at }) => at);
    const stateOf = (seq: number) => records[seq - 1]!.state ?? '';
    const codeOf = ({ event }: Envelope): string =>
      'failure' in event
        ? ((event.failure as { code?: string } | null)?.code ?? '')
        : 'code' in event
          ? String(event.code)
          : '';
    const filters: EventFilter[] = [
      {},
      { text: 'CANCEL' },
      { text: 'query-' },
      { text: '57014' },
      { kind: 'connection', text: 'lease' },
      { type: 'query.cancel', from: times[40]! },
      { kind: 'query', from: times[20]!, to: times[90]! },
      { text: 'nothing is so' },
      { kind: 'tunnel' },
    ];
    for (const filter of filters) {
      let latest = 0;
      const passing = records.filter((record) => {
        latest = Math.max(latest, record.at);
        const { seq, actor, event, kind } = record;
        const texts = [event.type, actor, stateOf(seq), codeOf(record)].map((text) => text.toLowerCase());
        return (
          (filter.text === undefined || texts.some((text) => text.includes(filter.text!.toLowerCase()))) &&
          (filter.kind === undefined || filter.kind === kind) &&
          (filter.type === undefined || filter.type === event.type) &&
          latest >= (filter.from ?? 0) &&
          latest <= (filter.to ?? Infinity)
        );
      });
      const middle = records[records.length >> 1]!.seq;
      const label = JSON.stringify(filter);
      const found = recording.find(middle, filter);
      expect(found.count, label).toBe(passing.length);
      expect(found.before, label).toBe(passing.filter(({ seq }) => seq <= middle).length);
      expect(found.kinds.reduce((sum, { count }) => sum + count, 0)).toBe(found.records);
      expect(found.types.reduce((sum, { count }) => sum + count, 0)).toBe(found.records);
      const around = await recording.records({ from: middle, back: 3, count: 4, filter });
      const before = passing.filter(({ seq }) => seq < middle).slice(-3);
      const after = passing.filter(({ seq }) => seq >= middle);
      expect(around, label).toEqual({ records: [...before, ...after.slice(0, 4)], more: after.length > 4 });
      expect(recording.next(middle, 1, filter)).toBe(passing.find(({ seq }) => seq > middle)?.seq ?? null);
    }
  });

  it('adds up what a span of time has: statements by how they ended, shapes, ways of machines, causes', async () => {
    const records = await written('refusals');
    const recording = await Recording.open(folder);
    const { firstAt, lastAt } = recording.summary();
    const whole = await recording.span(firstAt, lastAt);
    expect(whole.records).toBe(records.length);
    expect(whole.hits).toEqual(recording.hits());
    const ended = records.filter(
      ({ kind, state, ignored }) =>
        kind === 'query' &&
        !ignored &&
        /^(?:succeeded|failed|cancelled|timedOut|refused|lost)/.test(state ?? ''),
    );
    const outcomes = new Map<string, number>();
    for (const { state } of ended) outcomes.set(state!, (outcomes.get(state!) ?? 0) + 1);
    expect(whole.outcomes).toEqual(Object.fromEntries(outcomes));
    const times = (id: string) => records.filter(({ actor }) => actor === id).map(({ at }) => at);
    for (const { queryId, tookMs } of whole.slowest) {
      const own = times(queryId);
      expect(tookMs).toBeLessThanOrEqual(own.at(-1)! - own[0]!);
    }
    expect(whole.slowest.map(({ tookMs }) => tookMs)).toEqual(
      whole.slowest.map(({ tookMs }) => tookMs).toSorted((a, b) => b - a),
    );
    expect(whole.shapes.reduce((sum, { count }) => sum + count, 0)).toBe(ended.length);
    expect(whole.shapes.every(({ p50Ms, p95Ms, maxMs }) => p50Ms <= p95Ms && p95Ms <= maxMs)).toBe(true);
    // Two halves are the whole, and a cause is of the half that its proof lies in.
    const middle = Math.floor((firstAt + lastAt) / 2);
    const halves = [await recording.span(firstAt, middle), await recording.span(middle + 1, lastAt)] as const;
    expect(halves[0].records + halves[1].records).toBe(records.length);
    const yes = ({ causes }: SpanSummary) => new Set(causes.map(({ cause }) => cause));
    expect(yes(whole).size).toBeGreaterThan(0);
    expect(new Set([...yes(halves[0]), ...yes(halves[1])])).toEqual(yes(whole));
    const empty = await recording.span(lastAt + 1, lastAt + 2);
    expect(empty).toMatchObject({ records: 0, outcomes: {}, shapes: [], hits: [], steps: [], causes: [] });
  });

  it('has each kind of step of a span once, where it came first, and the same ones of other actors', async () => {
    const records = await written('cancels');
    const recording = await Recording.open(folder);
    const { firstAt, lastAt } = recording.summary();
    const { steps, stepsCut, hits } = await recording.span(firstAt, lastAt);
    expect(stepsCut).toBe(false);
    const sum = (counted: readonly { readonly times: number }[]) =>
      counted.reduce((total, { times }) => total + times, 0);
    expect(sum(steps)).toBe(sum(hits));
    expect(steps.length).toBeGreaterThan(new Set(steps.map(({ event }) => event)).size);
    expect(steps.map(({ seq }) => seq)).toEqual(steps.map(({ seq }) => seq).toSorted((a, b) => a - b));
    for (const { seq, event, to } of steps)
      expect(records.find((one) => one.seq === seq)).toMatchObject({ event: { type: event }, state: to });
    const cancelled = steps.filter(({ event }) => event === 'query.cancel');
    expect(cancelled.flatMap(({ words }) => words)).toContainEqual(['reason', 'user']);
    // Twice the same has the same kinds: ids and times are no difference.
    rmSync(folder, { recursive: true });
    await written('cancels', 2);
    const twice = await Recording.open(folder);
    const again = await twice.span(twice.summary().firstAt, twice.summary().lastAt);
    const kinds = (all: SpanSummary['steps']) => all.map(({ times: _, seq: __, ...kind }) => kind);
    expect(kinds(again.steps)).toEqual(kinds(steps));
    expect(sum(again.steps)).toBe(2 * sum(steps));
  });

  it('answers of what was read while the rest is being read', async () => {
    const records = await written('statements', 60);
    const shares: number[] = [];
    let recording: Recording | null = null;
    recording = await Recording.begin(folder, () => {
      if (recording) shares.push(recording.summary().readShare);
    });
    const first = recording.summary();
    expect(first.records).toBeGreaterThan(0);
    expect(first.records).toBeLessThan(records.length);
    expect(first.readShare).toBeLessThan(1);
    expect((await recording.at(first.lastSeq))!.seq).toBe(first.lastSeq);
    await recording.whole();
    expect(recording.summary()).toMatchObject({ records: records.length, readShare: 1 });
    expect(shares.length).toBeGreaterThan(0);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it('draws each actor’s stays in its states, and counts every record once', async () => {
    const records = await written('cancels', 1, 1, 10);
    const recording = await Recording.open(folder);
    const { firstAt, lastAt } = recording.summary();
    const { lanes, density, marks, more } = recording.timeline(firstAt, lastAt, records.length * 2, 1000);
    expect(density.reduce((sum, count) => sum + count, 0)).toBe(records.length);
    expect(more).toBe(0);
    const actors = new Set(records.flatMap(({ actor, machine }) => (machine === null ? [] : [actor])));
    expect(new Set(lanes.map(({ actor }) => actor))).toEqual(actors);
    for (const { actor, stays } of lanes) {
      const states = records.filter((record) => record.actor === actor).map(({ state }) => state);
      expect(stays.map(({ state }) => state)).toEqual(
        states.filter((state, index) => state !== states[index - 1]),
      );
      expect(stays.slice(0, -1).map(({ to }) => to)).toEqual(stays.slice(1).map(({ from }) => from));
      const { state, from, to } = stays.at(-1)!;
      const hasEnded =
        /^(?:succeeded|failed|cancelled|timedOut|refused|lost|closed|offline|ended|stopped)/.test(state);
      expect([state, to === null], actor).toEqual([state, !hasEnded]);
      if (to !== null) expect(to).toBeGreaterThanOrEqual(from);
    }
    expect(marks.cancel.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(1);
    expect(recording.timeline(firstAt, lastAt, 40, 2)).toMatchObject({ more: lanes.length - 2 });
  });

  it('ends with the program what it left in a state as it was killed', async () => {
    const records = await written('tunnels', 2, 0.5);
    const starts = records.filter(({ kind, event }) => kind === 'workspace' && event.type === 'xstate.init');
    expect(starts).toHaveLength(2);
    const recording = await Recording.open(folder);
    const { firstAt, lastAt } = recording.summary();
    const { lanes } = recording.timeline(firstAt, lastAt, 40, 1000);
    expect(lanes.map(({ kind }) => kind)).toContain('tunnel');
    const atNextStart = lanes.find(({ actor }) => actor === starts[1]!.actor)!.stays[0]!.from;
    const ofFirst = new Set(records.filter(({ seq }) => seq < starts[1]!.seq).map(({ actor }) => actor));
    const left = lanes.filter(({ actor }) => ofFirst.has(actor)).map(({ stays }) => stays.at(-1)!.to);
    expect(left.length).toBeGreaterThan(3);
    expect(left).toContain(atNextStart);
    for (const to of left) expect(to).toBeLessThanOrEqual(atNextStart);
    expect(lanes.some(({ actor, stays }) => !ofFirst.has(actor) && stays.at(-1)!.to === null)).toBe(true);
  });

  it('counts how often each machine went which way', async () => {
    const records = await written('statements');
    const hits = (await Recording.open(folder)).hits();
    const counted = records.filter(
      ({ machine, state, ignored }) => machine !== null && state !== null && !ignored,
    );
    expect(hits.reduce((sum, { times }) => sum + times, 0)).toBe(counted.length);
    const created = hits.filter(({ machine, from }) => machine.startsWith('query@') && from === null);
    expect(created.reduce((sum, { times }) => sum + times, 0)).toBe(
      records.filter(({ kind, event }) => kind === 'query' && event.type === 'xstate.init').length,
    );
  });

  it('names where it is damaged, and has what is whole', async () => {
    const records = await written('statements', 2);
    damage();
    const recording = await Recording.open(folder);
    const { damages, records: found, lastSeq } = recording.summary();
    expect(damages.length).toBeGreaterThan(0);
    expect(damages[0]!.afterSeq).toBeGreaterThan(0);
    expect(found).toBeLessThan(records.length);
    expect(lastSeq).toBe(records.at(-1)!.seq);
    expect((await recording.at(lastSeq))!.seq).toBe(lastSeq);
    const whole = records.slice(0, damages[0]!.afterSeq);
    expect((await recording.records({ from: 1, count: whole.length })).records).toEqual(whole);
  });

  it('asks an expression of every record while it answers other questions, and can be stopped', {
    tags: ['slow'],
  }, async () => {
    const records = await written('cancels', 40);
    const thread = await RecordingThread.open(folder);
    const asked = async (): Promise<AskProgress> => (await thread.ask({ ask: 'asked' })) as AskProgress;
    try {
      expect(await asked()).toBeNull();
      await thread.ask({ ask: 'ask', expression: 'event.seq > 0' });
      await expect(thread.ask({ ask: 'ask', expression: 'event.' })).rejects.toThrow();
      expect((await asked()).state).not.toBe('stopped');
      await thread.ask({ ask: 'ask', expression: 'event.type = query.cancel' });
      await vi.waitFor(async () => expect((await asked()).state).toBe('done'), { timeout: 20_000 });
      const { hits, count, evaluated } = await asked();
      const cancels = records.filter(({ event }) => event.type === 'query.cancel').map(({ seq }) => seq);
      expect(hits.map(({ seq }) => seq)).toEqual(cancels);
      expect([count, evaluated]).toEqual([cancels.length, records.length]);
      await thread.ask({ ask: 'ask', expression: 'query.rows > 0' });
      const stopped = (await thread.ask({ ask: 'stopAsking' })) as AskProgress;
      expect(stopped).toMatchObject({ state: 'stopped', reason: null, expression: 'query.rows > 0' });
      expect(stopped.evaluated).toBeLessThan(records.length);
    } finally {
      await thread.close();
    }
  });

  it('stops asking when the time is up, and says so', async () => {
    const records = await written('cancels');
    let now = 0;
    const run = new AskRun(
      'event.seq > 0',
      records.length * 2000,
      async () => records,
      () => (now += ASK_MS_MAX),
    );
    await run.run();
    expect(run.progress()).toMatchObject({ state: 'stopped', reason: 'It took longer than 5 minutes.' });
    expect(run.progress().count).toBeGreaterThanOrEqual(records.length);
    const failing = new AskRun('event.seq > 0', 1, () => Promise.reject(new Error('Gone.')));
    await failing.run();
    expect(failing.progress()).toMatchObject({ state: 'failed', reason: 'Gone.' });
  });

  it('answers the same in a thread of its own', { tags: ['slow'] }, async () => {
    await written('cancels');
    const recording = await Recording.open(folder);
    const thread = await RecordingThread.open(folder);
    try {
      await thread.whole();
      expect(thread.summary).toEqual(recording.summary());
      expect(thread.summary.readShare).toBe(1);
      const { lastSeq } = thread.summary;
      expect(await thread.ask({ ask: 'at', seq: lastSeq })).toEqual(await recording.at(lastSeq));
      expect(await thread.ask({ ask: 'hits' })).toEqual(recording.hits());
      expect(await thread.ask({ ask: 'diagnosis' })).toEqual(await recording.diagnosis());
      expect((await recording.diagnosis()).length).toBeGreaterThan(10);
    } finally {
      await thread.close();
    }
    await expect(thread.ask({ ask: 'hits' })).rejects.toMatchObject({ code: 'replay.gone' });
  });
});
