import type { HistoryEntry, HistoryPage, HistoryWish, StatementEnd } from '../../events/history.ts';
import { HISTORY_PAGE_MAX } from '../../events/limits.ts';
import { HISTORY_BOOKMARKS_MAX, HISTORY_TEXT_UNITS_MAX } from '../limits.ts';
import { HistoryError } from './history-error.ts';
import type { HistoryKeys } from './history-keys.ts';
import { HistoryProblems } from './history-problems.ts';
import type { LostRecords } from './history-writer.ts';
import { readSegment, type Started } from './segment-reader.ts';
import type { SegmentStat, Segments } from './segments.ts';

interface HistoryPagesOptions {
  readonly segments: Segments;
  readonly keys: Pick<HistoryKeys, 'privateKey' | 'readable'>;
  /** Statements before that time are too old to be shown; milliseconds since 1970 UTC. */
  readonly oldest: () => number;
  /** Records that could not be stored, as `HistoryWriter` counts them. */
  readonly lost: () => LostRecords;
}

/** Which files the page after an entry needs, by their names. Nothing that was decrypted. */
interface Bookmark {
  /** The entry's own file; the next page is in it and in those before it. */
  readonly name: string;
  /** The newest file as it was read: it and those after it may have got ends since. */
  readonly newest: SegmentStat;
  /** Files that have the end of a statement which stands in `name` or before it. */
  readonly ends: ReadonlySet<string>;
}

/**
 * The history page by page, newest first. A statement's end may stand in a later file than the statement, so a
 * page is read from the newest file on; a page after another one leaves out the files that can have nothing for it.
 */
export class HistoryPages {
  readonly #options: HistoryPagesOptions;
  /** By the last entry of a page, the page given last at the end. */
  readonly #bookmarks = new Map<string, Bookmark>();

  constructor(options: HistoryPagesOptions) {
    this.#options = options;
  }

  /**
   * @throws HistoryError `vault.locked`, `vault.unreadable`, `history.unknown` where `before` is not there
   * any more
   */
  async page(wish: HistoryWish): Promise<HistoryPage> {
    const { keys } = this.#options;
    await keys.readable();
    const bookmark = this.#bookmarks.get(wish.before ?? '');
    const page = (bookmark && (await this.#read(wish, bookmark))) ?? (await this.#read(wish, null));
    // The vault may have been locked in the meantime, so the last record could not be opened.
    await keys.readable();
    if (page === null)
      throw new HistoryError(
        'history.unknown',
        'The history does not go on from there any more. Search again.',
      );
    return page;
  }

  /** The page, or null where `before` is not in the files that were read. */
  async #read(wish: HistoryWish, bookmark: Bookmark | null): Promise<HistoryPage | null> {
    const words = wish.search.toLowerCase().split(/\s+/).filter(Boolean);
    const count = Math.max(1, Math.min(wish.count, HISTORY_PAGE_MAX));
    const entries: Entry[] = [];
    const problems = new HistoryProblems(this.#options.lost());
    let after = wish.before === null;
    for await (const { entry, next } of this.#newestFirst(problems, bookmark)) {
      if (!after) after = entry.queryId === wish.before;
      else if (matches(entry, wish, words)) {
        entries.push(entry);
        if (entries.length === count) this.#remember(entry.queryId, next());
        if (entries.length > count) break;
      }
    }
    if (!after) return null;
    const more = entries.length > count;
    return { entries: entries.slice(0, count).map(told), more, problems: problems.list() };
  }

  async *#newestFirst(
    problems: HistoryProblems,
    bookmark: Bookmark | null,
  ): AsyncGenerator<{ readonly entry: Entry; readonly next: () => Bookmark }> {
    const { segments, keys, oldest } = this.#options;
    const oldestAt = oldest();
    const ends = new Map<string, { readonly end: StatementEnd; readonly name: string }>();
    const stats = (await segments.stats()).reverse();
    for (const { name } of bookmark ? needed(stats, bookmark) : stats) {
      const read = await readSegment(segments, name, keys);
      if (read === null) continue;
      problems.found(name, read);
      for (const { kind, value } of read.records.toReversed()) {
        if (kind === 'e') ends.set(value.queryId, { end: value, name });
        else {
          const entry = entryOf(value, ends.get(value.queryId)?.end);
          ends.delete(value.queryId);
          const next = () => ({
            name,
            newest: stats[0]!,
            ends: new Set([...ends.values()].map((of) => of.name)),
          });
          if (value.at >= oldestAt) yield { entry, next };
        }
      }
    }
  }

  #remember(queryId: string, bookmark: Bookmark): void {
    this.#bookmarks.delete(queryId);
    this.#bookmarks.set(queryId, bookmark);
    if (this.#bookmarks.size > HISTORY_BOOKMARKS_MAX)
      this.#bookmarks.delete(this.#bookmarks.keys().next().value!);
  }
}

/** Of all files, newest first, those that the page after a bookmark needs. */
function needed(stats: readonly SegmentStat[], { name, newest, ends }: Bookmark): readonly SegmentStat[] {
  const place = stats.findIndex((stat) => stat.name === name);
  const seen = stats.findIndex((stat) => stat.name === newest.name);
  if (place < 0 || seen < 0) return stats;
  return stats.filter(
    (stat, index) =>
      index < seen ||
      (index === seen && stat.bytes !== newest.bytes) ||
      ends.has(stat.name) ||
      index >= place,
  );
}

type Entry = HistoryEntry & { readonly cutFrom?: number };

function entryOf(started: Started, end: StatementEnd | undefined): Entry {
  return { outcome: null, serverMs: null, rows: null, failure: null, ...end, ...started };
}

/** Where it was cut its last line says so, in words that are a statement in no language. */
function told({ cutFrom, ...entry }: Entry): HistoryEntry {
  if (cutFrom === undefined) return entry;
  const mark = `<<< Cut here: the history keeps ${HISTORY_TEXT_UNITS_MAX} of ${cutFrom} characters. >>>`;
  return { ...entry, text: `${entry.text}\n${mark}` };
}

function matches(
  entry: HistoryEntry,
  { profileId, outcome }: HistoryWish,
  words: readonly string[],
): boolean {
  if (profileId !== null && entry.profileId !== profileId) return false;
  if (outcome !== null && entry.outcome !== outcome) return false;
  if (words.length === 0) return true;
  const hay = `${entry.text}\n${entry.profileName}`.toLowerCase();
  return words.every((word) => hay.includes(word));
}
