import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Asker, type AskHit } from '../../../../src/events/ask/asker.ts';
import { FIELDS, type Subject } from '../../../../src/events/ask/fields.ts';
import { parseExpression } from '../../../../src/events/ask/parse.ts';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { ASK_HITS_MAX } from '../../../../src/events/limits.ts';
import { connectionEnded } from '../../../../src/events/views/connection-view.ts';
import { apply, emptyState, type State } from '../../../../src/events/views/state.ts';

const REPLAY = join(import.meta.dirname, '../../../replay');
const goldens = new Map(
  readdirSync(REPLAY)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => {
      const lines = readFileSync(join(REPLAY, name), 'utf8').trim().split('\n');
      return [name.slice(0, -'.jsonl'.length), lines.map((line) => JSON.parse(line) as Envelope)] as const;
    }),
);

function asked(text: string, records: readonly Envelope[]): Asker {
  const parsed = parseExpression(text);
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem.message}`);
  const asker = new Asker(parsed.expression);
  for (const record of records) asker.take(record);
  return asker;
}

/** A golden tape with its records so far apart, in milliseconds, as `gaps` says in turn. */
function stretched(name: string, gaps: readonly number[]): Envelope[] {
  let at = 1_000_000;
  return goldens.get(name)!.map((record, index) => {
    at += gaps[index % gaps.length]!;
    return { ...record, at };
  });
}

/** Whether hits say of an actor that it holds at a time between records. */
const saysSo = (hits: readonly AskHit[], actor: string, at: number): boolean =>
  hits.some((hit) => hit.actor === actor && hit.at <= at && (hit.until === null || at < hit.until));

describe('an expression that is asked of a tape', () => {
  it('finds each failure once, at its record', () => {
    const records = goldens.get('transactions')!;
    const failed = records.filter(({ kind, state }) => kind === 'query' && state === 'failed');
    const { hits, count } = asked('query.outcome = failed', records);
    const own = new Map(failed.map(({ actor, seq }) => [actor, seq]));
    expect(own.size).toBeGreaterThan(0);
    expect(new Map(hits.map(({ actor, seq }) => [actor, seq]))).toEqual(own);
    expect(count).toBe(own.size);
    for (const { at, until } of hits) expect(until).toBe(at);
  });

  it('finds a wait though no record comes while it lasts, to the millisecond', () => {
    const records = stretched('transactions', [90_000]);
    const { hits } = asked('connection.transaction = open and idle > 60 s', records);
    expect(hits.length).toBeGreaterThan(0);
    for (const { seq, at, until } of hits) {
      const before = records.find((record) => record.seq === seq)!;
      expect(at).toBe(before.at + 60_001);
      expect(until).toBeGreaterThan(at);
    }
    expect(asked('connection.transaction = open and idle > 10 h', records).hits).toEqual([]);
    // What ceases before the next record is found too.
    const short = asked('connection.transaction = open and idle > 60 s and idle <= 61 s', records).hits;
    expect(short.map(({ at, until }) => until! - at)).toEqual(hits.map(() => 1000));
  });

  it('agrees with the views at every time, whatever the tape and the gaps in it', { tags: ['slow'] }, () => {
    const probes: Readonly<
      Record<string, (state: State, actor: string, at: number, records: readonly Envelope[]) => boolean>
    > = {
      'connection.transaction = open and transactionAge >= 700 ms': ({ connections }, actor, at) => {
        const { transaction, transactionSince, state } = connections[actor] ?? { state: 'lost' };
        return !connectionEnded(state) && transaction === 'open' && at - transactionSince! >= 700;
      },
      'query.state = executing and not age < 400 ms': ({ queries }, actor, at) => {
        const query = queries[actor];
        return query?.outcome === null && /^executing\b/.test(query.state) && at - query.submittedAt >= 400;
      },
      'session.state = ready and connection.state = busy or query.running > 300 ms and query.running < 900 ms':
        ({ queries, connections, sessions }, actor, at) => {
          const query = queries[actor];
          if (query?.outcome !== null) return false;
          const running = query.dispatchedAt === null ? null : at - query.dispatchedAt;
          const isBusy =
            sessions[query.sessionId]?.state === 'ready' && connections[query.connectionId]?.state === 'busy';
          return isBusy || (running !== null && running > 300 && running < 900);
        },
    };
    let agreed = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...goldens.keys()),
        fc.constantFrom(...Object.keys(probes)),
        fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 7 }),
        (name, text, gaps) => {
          const records = stretched(name, gaps);
          const { hits } = asked(text, records);
          const state = emptyState();
          for (const [index, record] of records.entries()) {
            apply(state, record);
            const next = records[index + 1]?.at ?? record.at + 1;
            for (let at = record.at; at < next; at += 97)
              for (const actor of [...Object.keys(state.connections), ...Object.keys(state.queries)]) {
                const holds = probes[text]!(state, actor, at, records);
                if (holds) agreed++;
                expect(
                  saysSo(hits, actor, at),
                  `${name}, ${actor}, seq ${record.seq}, ${at - record.at} ms after`,
                ).toBe(holds);
              }
          }
        },
      ),
      { numRuns: 40 },
    );
    expect(agreed).toBeGreaterThan(100);
  });

  it('asks an expression over records of each, with what it belongs to', () => {
    const records = goldens.get('cancels')!;
    const cancels = records.filter(({ event }) => event.type === 'query.cancel');
    expect(asked('event.type = query.cancel', records).hits.map(({ seq }) => seq)).toEqual(
      cancels.map(({ seq }) => seq),
    );
    const ignored = records.filter((record) => record.ignored);
    expect(asked('event.ignored', records).count).toBe(ignored.length);
    const { hits } = asked(
      'event.type = query.cancel and query.rows >= 0 and session.engine != none',
      records,
    );
    const ofQueries = cancels.filter(({ kind }) => kind === 'query');
    expect(hits.map(({ seq, kind }) => [seq, kind])).toEqual(ofQueries.map(({ seq }) => [seq, 'query']));
  });

  it('ends every hit where the program was started again', () => {
    const once = goldens.get('statements')!;
    const again = once.map((record, index) => ({
      ...record,
      seq: record.seq + once.length,
      at: record.at + 1e6 + index,
    }));
    const { hits } = asked('actor.age >= 0 ms', [...once, ...again]);
    const first = hits.filter(({ seq }) => seq <= once.length);
    expect(first.length).toBeGreaterThan(3);
    expect(first.filter(({ until }) => until === null)).toEqual([]);
    expect(hits.some(({ until }) => until === null)).toBe(true);
  });

  it('asks no actor that was created before the tape begins', () => {
    const records = goldens.get('cancels')!.slice(6);
    const created = new Set(
      records.filter(({ event }) => event.type === 'xstate.init').map(({ actor }) => actor),
    );
    const earlier = records.filter(({ actor, state }) => state !== null && !created.has(actor));
    expect(earlier.length).toBeGreaterThan(0);
    for (const subject of ['actor', 'session', 'connection', 'query'])
      for (const { actor } of asked(`${subject}.age >= 0`, records).hits)
        expect([...created], subject).toContain(actor);
    expect(asked('actor.age >= 0 and event.seq > 0', records).hits.map(({ actor }) => actor)).not.toContain(
      earlier[0]!.actor,
    );
  });

  it('lists every value that a field with a list of them has', () => {
    const unlisted = (Object.keys(FIELDS) as Subject[]).flatMap((subject) =>
      Object.entries(FIELDS[subject]).flatMap(([name, { values }]) => {
        const field = `${subject}.${name}`;
        const other = `${field} != none and not ${field} in (${values?.join(', ')})`;
        return values && [...goldens.values()].some((records) => asked(other, records).count > 0)
          ? [field]
          : [];
      }),
    );
    expect(unlisted).toEqual([]);
  });

  it('lists a bounded number of hits, and counts all', () => {
    const [first] = goldens.get('statements')!;
    const asker = asked('event.seq > 0', []);
    for (let seq = 1; seq <= ASK_HITS_MAX + 7; seq++) asker.take({ ...first!, seq });
    expect(asker.hits.length).toBe(ASK_HITS_MAX);
    expect(asker.count).toBe(ASK_HITS_MAX + 7);
  });
});
