import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Allowance } from '../../../src/actors/allowance.ts';
import {
  COMMAND_REFUSAL_EVERY_MS,
  COMMAND_REFUSALS_AT_ONCE,
  REFUSAL_RECORD_EVERY_MS,
  REFUSAL_RECORDS_AT_ONCE,
} from '../../../src/actors/limits.ts';
import { Refusals } from '../../../src/actors/refusals.ts';
import { TAPE_AGE_MAX_MS } from '../../../src/events/limits.ts';
import { TAPE_BYTES_MAX } from '../../../src/store/limits.ts';
import { lineOf } from '../../../src/store/tape/line.ts';

const records: { code: string; times: number; at: number }[] = [];
let mayRecord = true;
let refusals: Refusals;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  records.length = 0;
  mayRecord = true;
  refusals = new Refusals({
    now: Date.now,
    mayRecord: () => mayRecord,
    record: (code, times) => records.push({ code, times, at: Date.now() }),
  });
});
afterEach(() => vi.useRealTimers());

const times = () => records.reduce((sum, record) => sum + record.times, 0);

/** The most that such a record takes on the tape with a seal of its own. */
const bytesOf = (event: object) => {
  const record = {
    seq: 1e12,
    at: 1.8e12,
    actor: `run-${'x'.repeat(20)}`,
    kind: 'workspace',
    machine: 'workspace@5',
  };
  const seal = { seal: 1e12, sha256: 'f'.repeat(64) };
  const lines = [{ ...record, cause: null, event, state: 'running.unrecorded' }, seal];
  return lines.reduce((sum, line) => sum + lineOf(JSON.stringify(line)).length, 0);
};
const REQUEST_BYTES = bytesOf({ type: 'request.refused', code: 'request.malformed', times: 1e9 });
const COMMAND_BYTES = bytesOf({
  type: 'command.refused',
  commandId: 'c'.repeat(64),
  command: 'transaction.rollback',
  code: 'transaction.rollingBack',
});

describe('refusals', () => {
  it('are recorded at once when they are few', () => {
    refusals.count('token.wrong');
    refusals.count('host.wrong');
    expect(records).toMatchObject([
      { code: 'token.wrong', times: 1 },
      { code: 'host.wrong', times: 1 },
    ]);
  });

  it('a local user: refused requests by the thousand are one record per code and second, with their number', () => {
    for (let n = 0; n < 5000; n++) refusals.count(n % 2 ? 'token.wrong' : 'host.wrong');
    expect(records).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(records.slice(2)).toMatchObject([
      { code: 'host.wrong', times: 2499 },
      { code: 'token.wrong', times: 2499 },
    ]);
    vi.advanceTimersByTime(60_000);
    expect(records).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a local user: a day of refused requests of every code takes a hundredth of the tape, and none of them is left out', () => {
    const codes = Array.from({ length: 12 }, (_, n) => `code.${n}`);
    for (let second = 0; second < 86_400; second++) {
      for (const code of codes) refusals.count(code);
      vi.advanceTimersByTime(1000);
    }
    refusals.end();
    expect(times()).toBe(86_400 * codes.length);
    expect(new Set(records.map(({ code }) => code)).size).toBe(codes.length);
    expect(records.length * REQUEST_BYTES).toBeLessThan(TAPE_BYTES_MAX / 100);
  });

  it('a local user: an hour of refused requests grows the tape by less than a mebibyte', () => {
    for (let second = 0; second < 3600; second++) {
      for (const code of ['a', 'b', 'c', 'd', 'e', 'f']) refusals.count(code);
      vi.advanceTimersByTime(1000);
    }
    expect(records.length * REQUEST_BYTES).toBeLessThan(1024 * 1024);
  });

  it('leave at least half of the tape to sessions and statements for as long as it is stored', () => {
    const requests = REFUSAL_RECORDS_AT_ONCE + TAPE_AGE_MAX_MS / REFUSAL_RECORD_EVERY_MS;
    const commands = COMMAND_REFUSALS_AT_ONCE + TAPE_AGE_MAX_MS / COMMAND_REFUSAL_EVERY_MS;
    expect(requests * REQUEST_BYTES).toBeLessThan(TAPE_BYTES_MAX / 4);
    expect(requests * REQUEST_BYTES + commands * COMMAND_BYTES).toBeLessThan(TAPE_BYTES_MAX / 2);
  });

  it('a local user: while records wait for the disk refused requests are counted only, and recorded after', () => {
    mayRecord = false;
    for (let n = 0; n < 100_000; n++) refusals.count('token.wrong');
    vi.advanceTimersByTime(10_000);
    expect(records).toEqual([]);
    mayRecord = true;
    vi.advanceTimersByTime(1000);
    expect(records).toMatchObject([{ code: 'token.wrong', times: 100_000 }]);
  });

  it('come in turn: one code leaves room for the others', () => {
    for (let second = 0; second < 1000; second++) {
      refusals.count('token.wrong');
      vi.advanceTimersByTime(1000);
    }
    refusals.count('origin.wrong');
    vi.advanceTimersByTime(2 * REFUSAL_RECORD_EVERY_MS);
    expect(records.at(-1)).toMatchObject({ code: 'origin.wrong' });
  });

  it('an agent: refused commands without end are counted once their own allowance is spent', () => {
    let recorded = 0;
    for (let n = 0; n < 10_000; n++) if (refusals.spendOrCount('session.unknown')) recorded++;
    expect(recorded).toBe(COMMAND_REFUSALS_AT_ONCE);
    vi.advanceTimersByTime(1000);
    expect(times()).toBe(10_000 - COMMAND_REFUSALS_AT_ONCE);
  });
});

describe('an allowance', () => {
  it('earns one after its time, to no more than it had, and nothing by a clock that is set back', () => {
    let now = 0;
    const allowance = new Allowance(2, 10, () => now);
    const spent = () => [allowance.spend(), allowance.spend(), allowance.spend()];
    expect(spent()).toEqual([true, true, false]);
    now = 19;
    expect(spent()).toEqual([true, false, false]);
    now = 1000;
    expect(spent()).toEqual([true, true, false]);
    now = 0;
    expect(spent()).toEqual([false, false, false]);
    now = 10;
    expect(spent()).toEqual([true, false, false]);
  });
});
