import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { perfettoTrace } from '../../../../src/events/trace/perfetto.ts';
import type { Span } from '../../../../src/events/trace/span.ts';
import { SpanFold } from '../../../../src/events/trace/span-fold.ts';
import { apply, emptyState } from '../../../../src/events/views/state.ts';

const TAPES = resolve(import.meta.dirname, '../../../replay');
const ALL = [
  'statements',
  'cancels',
  'losses',
  'transactions',
  'refusals',
  'counts',
  'turns',
  'idleTransactions',
  'tunnels',
];

function recordsOf(tape: string): Envelope[] {
  const lines = readFileSync(join(TAPES, `${tape}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Envelope);
}

function spansOf(tape: string): Span[] {
  const state = emptyState();
  const fold = new SpanFold();
  const records = recordsOf(tape);
  const ended = records.flatMap((record) => fold.add(record, apply(state, record)));
  return [...ended, ...fold.rest(records.at(-1)!.at, state)];
}

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly id?: number | string;
  readonly args: Record<string, unknown>;
}

async function traceOf(records: readonly Envelope[]): Promise<TraceEvent[]> {
  async function* batches() {
    for (const record of records) yield [record];
  }
  let text = '';
  for await (const piece of perfettoTrace(batches())) text += piece;
  return JSON.parse(text) as TraceEvent[];
}

describe('spans of a tape', () => {
  it.each(ALL)('of %s have unique keys, nest in time and have a parent', (tape) => {
    const spans = spansOf(tape);
    const byKey = new Map(spans.map((span) => [span.key, span]));
    expect(byKey.size).toBe(spans.length);
    expect(spans.length).toBeGreaterThan(3);
    for (const span of spans) {
      expect(span.endAt).toBeGreaterThanOrEqual(span.startAt);
      if (span.parent === null) continue;
      const parent = byKey.get(span.parent)!;
      expect(parent, span.key).toBeDefined();
      expect(span.startAt).toBeGreaterThanOrEqual(parent.startAt);
      expect(span.endAt).toBeLessThanOrEqual(parent.endAt);
    }
  });

  it('are a session, in it connections and statements, and in those their phases', () => {
    const spans = spansOf('cancels');
    const of = (kind: Span['kind']) => spans.filter((span) => span.kind === kind);
    expect(of('session')).toHaveLength(1);
    expect(of('connect').length).toBeGreaterThanOrEqual(2);
    const cancelled = of('statement')[0]!;
    const phases = spans.filter(({ parent }) => parent === cancelled.key).map(({ name }) => name);
    expect(phases.sort()).toEqual(['cancel', 'classify', 'execute', 'queue', 'record']);
    expect(cancelled.attributes).toMatchObject({
      'db.system.name': 'postgresql',
      'querytape.outcome': 'cancelled',
      'querytape.cancel.reason': 'user',
      'querytape.seq': cancelled.seq,
    });
    expect(cancelled.isError).toBe(false);
  });

  it('of a tunnel are its openings, in them the steps of each hop, and its losses with the attempts to open it again', () => {
    const spans = spansOf('tunnels');
    const named = (name: string): Span[] => spans.filter((span) => span.name === name);
    const [open] = named('tunnel open');
    expect(spans.find(({ key }) => key === open!.parent)?.kind).toBe('session');
    const steps = spans.filter(({ parent }) => parent === open!.key);
    expect(
      steps.slice(0, 3).map(({ name, attributes }) => [name, attributes['querytape.tunnel.hop']]),
    ).toEqual([
      ['reach', 0],
      ['verify', 0],
      ['signIn', 0],
    ]);
    expect(open!.attributes).toMatchObject({ 'querytape.tunnel.id': open!.actor });
    const losses = recordsOf('tunnels').filter(
      ({ kind, event }) => kind === 'tunnel' && event.type === 'tunnel.lost',
    );
    expect(losses.length).toBeGreaterThan(0);
    const lost = named('tunnel lost');
    expect(lost.map(({ seq }) => seq)).toEqual(losses.map(({ seq }) => seq));
    expect(lost.every(({ isError }) => isError)).toBe(true);
    const lostKeys = lost.map(({ key }) => key);
    expect(named('tunnel reopen').length).toBeGreaterThan(0);
    for (const { parent } of named('tunnel reopen')) expect(lostKeys).toContain(parent);
  });

  it('of a failed statement are errors with the server’s code', () => {
    const failed = spansOf('statements').filter(({ isError }) => isError);
    expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual(['42601', '22012']);
  });
});

describe('a Chrome trace', () => {
  it.each(ALL)('of %s has an instant per record, and slices that nest in their lane', async (tape) => {
    const records = recordsOf(tape);
    const events = await traceOf(records);
    expect(events.filter(({ ph }) => ph === 'i').map(({ args }) => args.seq)).toEqual(
      records.map(({ seq }) => seq),
    );
    const slices = events.filter(({ ph }) => ph === 'X');
    expect(slices).toHaveLength(spansOf(tape).length);
    for (const a of slices)
      for (const b of slices) {
        if (a === b || a.tid !== b.tid || b.ts <= a.ts || b.ts >= a.ts + a.dur) continue;
        expect(b.ts + b.dur, `${a.name} and ${b.name}`).toBeLessThanOrEqual(a.ts + a.dur);
      }
    const named = new Set(events.filter(({ name }) => name === 'thread_name').map(({ tid }) => tid));
    for (const { tid } of slices) expect(named.has(tid)).toBe(true);
  });

  it('leads from a cancel to the statement that it stops, and counts rows', async () => {
    const events = await traceOf(recordsOf('cancels'));
    const starts = events.filter(({ ph }) => ph === 's').map(({ id }) => id);
    const ends = events.filter(({ ph }) => ph === 'f').map(({ id }) => id);
    expect(starts.length).toBeGreaterThan(5);
    expect(ends).toEqual(starts);
    expect(events.some(({ ph, name }) => ph === 'C' && name === 'rows')).toBe(true);
  });

  it('of no record is a JSON array all the same', async () => {
    expect(await traceOf([])).toHaveLength(1);
  });

  it('names the program’s process once, wherever the tape begins', async () => {
    const records = recordsOf('statements');
    const first = records.findIndex(({ kind }) => kind === 'session');
    const ofProgram = records.filter(({ kind }) => kind === 'workspace');
    const trace = await traceOf([
      ...records.slice(first).filter(({ kind }) => kind !== 'workspace'),
      ...ofProgram,
    ]);
    const named = trace.filter(({ name, pid }) => name === 'process_name' && pid === 0);
    expect(named.map(({ args }) => args.name)).toEqual(['querytape']);
  });
});
