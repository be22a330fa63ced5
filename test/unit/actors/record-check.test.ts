import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isWritten } from '../../../src/actors/record-check.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { goldenTape } from '../golden-tape.ts';

const TAPES = ['cancels', 'losses', 'tunnels', 'transactions', 'turns'].map(goldenTape);
const records = TAPES.flat();

it('passes every record of the golden tapes', () => {
  expect(records.filter((record) => !isWritten(record))).toEqual([]);
});

it('passes no record whose event says more or less than it was written with', () => {
  for (const record of records) {
    const { machine, event } = record;
    if (machine === null) continue;
    const { type, ...rest } = event;
    expect(isWritten({ ...record, event: { ...event, text: 'select 1' } as never })).toBe(false);
    expect(isWritten({ ...record, event: { ...rest, type: `${type}!` } as never })).toBe(false);
  }
});

it('passes the creation of an actor with the input of its own machine alone', () => {
  const created = (kind: string): Envelope =>
    records.find((record) => record.kind === kind && record.event.type === 'xstate.init')!;
  const [query, tab] = [created('query'), created('tab')];
  expect(isWritten({ ...query, event: tab.event })).toBe(false);
  expect(isWritten({ ...tab, event: query.event })).toBe(false);
  expect(isWritten({ ...query, event: { type: 'xstate.init' } as never })).toBe(false);
});

it('passes what another version of a machine wrote, which has words of its own', () => {
  const event = { type: 'query.turnGiven' } as never;
  const query = records.find(({ kind }) => kind === 'query')!;
  expect(isWritten({ ...query, event })).toBe(false);
  for (const machine of ['query@10', 'query@999', 'other@1'])
    expect(isWritten({ ...query, machine, event })).toBe(true);
});

it('passes the creation of an actor of another version that was created with less', () => {
  for (const { kind, event, ...rest } of records) {
    if (event.type !== 'xstate.init') continue;
    for (const left of Object.keys(event.input)) {
      const input = Object.fromEntries(Object.entries(event.input).filter(([name]) => name !== left));
      const record = { ...rest, kind, event: { ...event, input } as never };
      expect(isWritten({ ...record, machine: `${kind}@999` }), `${kind} without ${left}`).toBe(true);
    }
  }
});

it('passes every record of earlier versions of the machines', () => {
  const folder = join(import.meta.dirname, '../../replay/earlier');
  for (const version of readdirSync(folder))
    for (const name of readdirSync(join(folder, version)).filter((one) => one.endsWith('.jsonl'))) {
      const tape = goldenTape(`earlier/${version}/${name.replace('.jsonl', '')}`);
      expect(tape.filter((record) => !isWritten(record))).toEqual([]);
    }
});

/** A record with some of its event changed, as another version of its machine would have written it. */
function ofOther(record: Envelope, change: object): Envelope {
  const { kind, machine, event } = record;
  return { ...record, machine: machine && `${kind}@999`, event: { ...event, ...change } as never };
}

it.each<[string, string, object]>([
  ['a creation without an input', 'xstate.init', { input: undefined }],
  ['an input that is a text', 'xstate.init', { input: 'constructor' }],
  ['a limit that is a text', 'xstate.init', { input: { timeoutMs: 'long' } }],
  ['a failure without a code', 'query.failed', { failure: { source: 'server' } }],
  ['no server', 'connection.opened', { server: null }],
  ['a time that is none', 'query.recorded', { afterMs: null }],
  ['dangers that are no list', 'query.classified', { dangers: {} }],
])('passes nothing of another version that no fold can take: %s', (_what, type, change) => {
  const record = records.find(
    ({ kind, event }) => event.type === type && (type !== 'xstate.init' || kind === 'query'),
  )!;
  expect(isWritten(ofOther(record, {}))).toBe(true);
  expect(isWritten(ofOther(record, { more: [1] }))).toBe(true);
  expect(isWritten(ofOther(record, change))).toBe(false);
});

it('passes no measurement of the process that is none', () => {
  const stalled = { type: 'process.stalled', loopMs: 1, clockMs: 1 };
  const record = { ...records[0]!, kind: 'tape', machine: null, state: null } as Envelope;
  expect(isWritten({ ...record, event: stalled as never })).toBe(true);
  expect(isWritten({ ...record, event: { ...stalled, loopMs: 'long' } as never })).toBe(false);
});

it('passes no record that names an actor by what every object has', () => {
  const created = records.find(({ kind, event }) => kind === 'query' && event.type === 'xstate.init')!;
  const { input } = created.event as { input: object };
  for (const id of ['constructor', '__proto__']) {
    const event = { ...created.event, input: { ...input, sessionId: id } } as never;
    expect(isWritten({ ...created, event })).toBe(false);
    expect(isWritten({ ...created, machine: 'query@999', event })).toBe(false);
  }
});
