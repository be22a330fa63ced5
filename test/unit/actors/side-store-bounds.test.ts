import { describe, expect, it } from 'vitest';
import { NOTICES_UNITS_MAX, SIDE_STORE_UNITS_MAX } from '../../../src/actors/limits.ts';
import { type Kept, SideStore } from '../../../src/actors/side-store.ts';
import { DriverError } from '../../../src/drivers/driver.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import { boundedFailure, failureUnits } from '../../../src/events/failure-bounds.ts';
import { unknownJudgement } from '../../../src/events/judgement.ts';
import { FAILURE_TEXT_UNITS_MAX, KIB, MIB, NOTICES_MAX } from '../../../src/events/limits.ts';

function kept(text = 'select 1'): Kept {
  return { text, params: [], offset: 0, tabId: null, fetchAll: false, endsTransaction: false };
}

function said(units: number): FailureText {
  return { code: '00000', source: 'server', severity: 'NOTICE', message: 'x'.repeat(units) };
}

describe('what servers say', { timeout: 60_000 }, () => {
  it('a hostile server: 1 000 notices of 1 MB each are cut and then only counted', () => {
    const side = new SideStore();
    side.keep('q', kept());
    const long = said(MIB);
    const notices = Array.from({ length: 1000 }, () => side.notice('q', long));
    const words = side.query('q')!;
    expect(words.notices.length).toBe(notices.filter(Boolean).length);
    expect(words.notices.length).toBeGreaterThan(1);
    expect(words.notices.reduce((sum, notice) => sum + failureUnits(notice), 0)).toBeLessThanOrEqual(
      NOTICES_UNITS_MAX,
    );
    expect(words.notices[0]!.message).toMatch(/^x{65536}… \(983040 characters more were cut\)$/);
  });

  it('a hostile server: an error of 100 MB is neither stored nor served, and the words say how much was cut', {
    tags: ['slow'],
  }, () => {
    const side = new SideStore();
    side.keep('q', kept());
    const huge: FailureText = { ...said(100 * MIB), hint: 'short', constraint: 'c'.repeat(MIB) };
    side.ended('q', huge);
    side.failed('session', huge);
    const { failure } = new DriverError(huge);
    for (const one of [side.query('q')!.failure!, side.failure('session')!, failure]) {
      expect(failureUnits(one)).toBeLessThan(FAILURE_TEXT_UNITS_MAX + 2 * KIB);
      expect(one.message).toMatch(/characters more were cut\)$/);
      expect(one.hint).toBe('short');
    }
  });

  it('a hostile server: many statements with long failures push each other out, not the process', () => {
    const side = new SideStore();
    for (let n = 0; n < 1500; n++) {
      side.keep(`q${n}`, kept());
      for (let notice = 0; notice < 16; notice++) side.notice(`q${n}`, said(FAILURE_TEXT_UNITS_MAX - 100));
      side.ended(`q${n}`, said(FAILURE_TEXT_UNITS_MAX));
      side.failed(`connection${n}`, said(FAILURE_TEXT_UNITS_MAX));
    }
    const ids = Array.from({ length: 1500 }, (_, n) => n);
    const units = ids.reduce((sum, n) => {
      const { failure = null, notices = [] } = side.query(`q${n}`) ?? {};
      const all = [...notices, ...(failure ? [failure] : [])];
      return sum + all.reduce((total, one) => total + failureUnits(one), 0);
    }, 0);
    expect(units).toBeLessThanOrEqual(SIDE_STORE_UNITS_MAX);
    expect(side.query('q1499')?.failure).toBeTruthy();
    const failures = ids.flatMap((n) => side.failure(`connection${n}`) ?? []);
    expect(failures.reduce((sum, one) => sum + failureUnits(one), 0)).toBeLessThanOrEqual(
      SIDE_STORE_UNITS_MAX,
    );
    expect(side.failure('connection1499')).toBeTruthy();
  });

  it('a hostile server: notices of statements that still run together stay within the store', () => {
    const side = new SideStore();
    for (let n = 0; n < 100; n++) {
      side.keep(`q${n}`, kept());
      for (let notice = 0; notice < 32; notice++) side.notice(`q${n}`, said(60 * KIB));
    }
    const units = Array.from({ length: 100 }, (_, n) => side.query(`q${n}`)!.notices)
      .flat()
      .reduce((sum, notice) => sum + failureUnits(notice), 0);
    expect(units).toBeLessThanOrEqual(SIDE_STORE_UNITS_MAX);
  });

  it('a hostile server: rows that edits left, and what was judged of long texts, push each other out', () => {
    const side = new SideStore();
    const ids = Array.from({ length: 100 }, (_, n) => `q${n}`);
    for (const id of ids) {
      side.keep(id, kept());
      side.judged(id, { ...unknownJudgement('?'), dangers: [], counting: { text: 'c'.repeat(MIB) } });
      side.left(id, [{ column: 'a', value: 'x'.repeat(MIB) }]);
      side.ended(id, null);
    }
    const stored = ids.filter((id) => side.query(id)).length;
    expect(stored).toBeGreaterThan(10);
    expect(stored * 2 * MIB).toBeLessThanOrEqual(SIDE_STORE_UNITS_MAX);
    expect(side.query('q99')?.rowLeft).toHaveLength(1);
  });

  it('keeps what is short as it is', () => {
    const failure = said(100);
    expect(boundedFailure(failure)).toBe(failure);
    const side = new SideStore();
    side.keep('q', kept());
    for (let n = 0; n < NOTICES_MAX; n++) expect(side.notice('q', failure)).toBe(true);
    expect(side.notice('q', failure)).toBe(false);
  });
});
