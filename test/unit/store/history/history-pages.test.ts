import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { HistoryEntry } from '../../../../src/events/history.ts';
import { Segments } from '../../../../src/store/history/segments.ts';
import { codeOf, passphrase } from '../vault/vault-support.ts';
import { DAY, openTexts, type Place, segmentsOf, statement, succeeded, wish } from './texts-support.ts';

const DAYS = 30;
const PER_DAY = 3;
const PER_PAGE = 4;

/** A file per day; each statement ends later, some of them in a later file, some never. */
async function filled(): Promise<Place> {
  const place = await openTexts();
  await place.vault.create({ passphrase: passphrase() });
  const { history } = place.texts;
  for (let day = 0; day < DAYS; day++) {
    for (let i = 0; i < PER_DAY; i++) {
      const number = day * PER_DAY + i;
      history.submitted([statement(`q${number}`, `select ${number}`, { at: Math.round(place.now) })]);
      const ended = number - (number % 7);
      if (number % 5 > 0) history.ended({ ...succeeded(`q${ended}`), rows: ended });
    }
    await history.written();
    place.now += DAY;
  }
  return place;
}

async function page({ texts }: Place, before: string | null, count = PER_PAGE) {
  return texts.history.page(wish({ before, count }));
}

async function walk(place: Place): Promise<HistoryEntry[]> {
  const seen: HistoryEntry[] = [];
  for (let more = true; more; ) {
    const next = await page(place, seen.at(-1)?.queryId ?? null);
    seen.push(...next.entries);
    more = next.more;
  }
  return seen;
}

function reads() {
  const lines = vi.spyOn(Segments.prototype, 'lines');
  onTestFinished(() => lines.mockRestore());
  return lines;
}

describe('the pages of a history', () => {
  it('read each file a few times in all, however many pages there are', { tags: ['slow'] }, async () => {
    const place = await filled();
    expect(segmentsOf(place.folder)).toHaveLength(DAYS);
    const lines = reads();
    expect(await walk(place)).toHaveLength(DAYS * PER_DAY);
    const pages = (DAYS * PER_DAY) / PER_PAGE;
    expect(lines.mock.calls.length).toBeLessThan(4 * pages);
  });

  it('give what one page of all gives, with the ends that stand in other files', async () => {
    const place = await filled();
    const all = await page(place, null, 1000);
    expect(new Set(all.entries.map(({ outcome }) => outcome))).toEqual(new Set([null, 'succeeded']));
    expect(await walk(place)).toEqual(all.entries);
  });

  it('have the end of a statement that ended after the page before, in the same file or a new one', async () => {
    const place = await openTexts();
    await place.vault.create({ passphrase: passphrase() });
    const { history } = place.texts;
    for (const id of ['q1', 'q2', 'q3']) {
      history.submitted([statement(id, id, { at: Math.round(place.now) })]);
      await history.written();
      place.now += DAY;
    }
    history.submitted([statement('q4', 'q4', { at: Math.round(place.now) })]);
    expect((await page(place, null, 1)).entries).toMatchObject([{ queryId: 'q4' }]);
    history.ended(succeeded('q3'));
    expect((await page(place, 'q4', 1)).entries).toMatchObject([{ queryId: 'q3', outcome: 'succeeded' }]);
    await history.written();
    place.now += DAY;
    history.ended(succeeded('q2'));
    history.ended(succeeded('q1'));
    expect((await page(place, 'q3')).entries).toMatchObject([
      { queryId: 'q2', outcome: 'succeeded' },
      { queryId: 'q1', outcome: 'succeeded' },
    ]);
  });

  it('end where the entry before them was deleted or has become too old', { tags: ['slow'] }, async () => {
    const place = await filled();
    const [first] = (await page(place, null, 1)).entries;
    const second = await page(place, first!.queryId);
    await place.texts.history.delete([first!.queryId]);
    expect(await codeOf(page(place, first!.queryId))).toBe('history.unknown');
    expect((await page(place, second.entries.at(-1)!.queryId)).entries).toHaveLength(PER_PAGE);
    place.policy = { ...place.policy, historyAgeMaxMs: DAY };
    place.now += 2 * DAY;
    expect(await codeOf(page(place, second.entries.at(-1)!.queryId))).toBe('history.unknown');
  });

  it('end with a purge, whatever gets the names of the files afterwards', async () => {
    const place = await filled();
    const last = (await page(place, null)).entries.at(-1)!.queryId;
    await place.texts.history.purge();
    place.texts.history.submitted([statement('new', 'select 1')]);
    expect(await codeOf(page(place, last))).toBe('history.unknown');
    expect((await page(place, null)).entries).toMatchObject([{ queryId: 'new' }]);
  });
});
