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
