import { boundedFailure } from '../../events/failure-bounds.ts';
import type { HistoryPage, HistoryWish, StatementEnd, SubmittedText } from '../../events/history.ts';
import type { GlobalPolicy } from '../../events/policy.ts';
import { AgingClock } from '../aging-clock.ts';
import {
  HISTORY_BYTES_MAX,
  HISTORY_ENTRIES_MAX,
  HISTORY_FAILURE_UNITS_MAX,
  HISTORY_TEXT_UNITS_MAX,
} from '../limits.ts';
import type { Disk } from '../tape/disk.ts';
import type { HistoryKeys } from './history-keys.ts';
import { HistoryPages } from './history-pages.ts';
import { HistoryWriter } from './history-writer.ts';
import { deletedLine, parseLine } from './sealed-block.ts';
import { placeOf, readSegment, type Started } from './segment-reader.ts';
import { type SegmentStat, Segments } from './segments.ts';

interface HistoryOptions {
  /** The history's own folder. */
  readonly folder: string;
  readonly keys: HistoryKeys;
  readonly disk: Disk;
  readonly policy: () => Pick<GlobalPolicy, 'historyEnabled' | 'historyAgeMaxMs'>;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Limits of the whole. For tests. */
  readonly bytesMax?: number;
  readonly entriesMax?: number;
}

/**
 * The statements that users have run, sealed: any part of the program can add one, reading takes the vault's key.
 * doc/history.md tells the format. Nothing that was decrypted is kept between two questions.
 */
export class History {
  readonly #options: Required<HistoryOptions>;
  readonly #segments: Segments;
  readonly #writer: HistoryWriter;
  readonly #pages: HistoryPages;
  /** Statements whose end is still to come and will be kept. */
  readonly #living = new Set<string>();
  #aging: AgingClock;
  #sweeping: Promise<void> = Promise.resolve();
  /** Statements of each file, by its name and size. */
  readonly #counts = new Map<string, { readonly bytes: number; readonly entries: number }>();

  private constructor(options: HistoryOptions) {
    this.#options = { bytesMax: HISTORY_BYTES_MAX, entriesMax: HISTORY_ENTRIES_MAX, ...options };
    const { folder, keys, disk, now, policy } = this.#options;
    this.#segments = new Segments(folder, disk);
    this.#aging = new AgingClock(now());
    this.#writer = new HistoryWriter({
      segments: this.#segments,
      keys,
      disk,
      now,
      ageMaxMs: () => policy().historyAgeMaxMs,
      onBegun: () => {
        this.#sweeping = this.#sweeping.then(() => this.sweep()).catch(() => undefined);
      },
    });
    this.#pages = new HistoryPages({
      segments: this.#segments,
      keys,
      oldest: () => this.#oldest(now()),
      lost: () => this.#writer.lost,
    });
  }

  /** The history of a folder. @throws the disk's error */
  static async open(options: HistoryOptions): Promise<History> {
    const history = new History(options);
    await history.#segments.prepare();
    const newest = (await history.#segments.stats()).at(-1);
    if (newest) history.#aging = new AgingClock(newest.writtenAt);
    return history;
  }

  /** Keeps statements that were submitted, if the policy lets it. */
  submitted(statements: readonly SubmittedText[]): void {
    if (!this.#options.policy().historyEnabled) return;
    for (const statement of statements) {
      const started = cut(statement);
      this.#living.add(started.queryId);
      this.#writer.append('s', started, unitsOf(started));
    }
  }

  /** Keeps how one of them ended. */
  ended(end: StatementEnd): void {
    if (!this.#living.delete(end.queryId) || !this.#options.policy().historyEnabled) return;
    const failure = end.failure && boundedFailure(end.failure, HISTORY_FAILURE_UNITS_MAX / 8);
    this.#writer.append('e', { ...end, failure }, HISTORY_FAILURE_UNITS_MAX);
  }

  /** Keeps how a statement of an earlier run ended, as far as the tape can tell. */
  orphaned(end: StatementEnd): void {
    if (this.#options.policy().historyEnabled) this.#writer.append('e', end, 0);
  }

  /**
   * Resolves once all that was submitted outlives a kill of this process, or can't be kept. Never rejects.
   */
  written(): Promise<void> {
    return this.#writer.written();
  }

  /**
   * @throws HistoryError `vault.locked`, `vault.unreadable`, `history.unknown` where `before` is not there
   * any more
   */
  async page(wish: HistoryWish): Promise<HistoryPage> {
    await this.written();
    return this.#pages.page(wish);
  }

  /**
   * Removes statements from their files, which are rewritten without them. Returns how many were removed. No file is read that is older
   * than all of them: a statement's end is never in an older one than its text.
   * @throws HistoryError `vault.locked`, `vault.unreadable`
   */
  async delete(queryIds: readonly string[]): Promise<number> {
    await this.#options.keys.readable();
    const ids = new Set(queryIds);
    for (const queryId of ids) this.#living.delete(queryId);
    await this.written();
    let entries = 0;
    for (const name of (await this.#segments.names()).reverse()) {
      if (entries === ids.size) break;
      const read = await readSegment(this.#segments, name, this.#options.keys);
      const gone = (read?.records ?? []).filter(({ value }) => ids.has(value.queryId));
      if (gone.length === 0) continue;
      await this.#writer.exclusively(() => this.#cutOut(name, new Set(gone.map(({ place }) => place))));
      entries += gone.filter(({ kind }) => kind === 's').length;
    }
    return entries;
  }

  /** Removes everything, whether it could be read or not. Says how many statements there were. */
  async purge(): Promise<number> {
    this.#living.clear();
    return this.#writer.exclusively(async () => {
      this.#writer.drop();
      const stats = await this.#segments.stats();
      let entries = 0;
      for (const stat of stats) entries += await this.#entriesOf(stat);
      await this.#segments.remove(stats.map(({ name }) => name));
      this.#counts.clear();
      return entries;
    });
  }

  /** Removes the files that are too old, or too many. */
  async sweep(): Promise<void> {
    const { bytesMax, entriesMax } = this.#options;
    const oldest = this.#oldest(this.#aging.look(this.#options.now()));
    const tooMuch: string[] = [];
    let [bytes, entries] = [0, 0];
    for (const stat of (await this.#segments.stats()).reverse()) {
      bytes += stat.bytes;
      entries += await this.#entriesOf(stat);
      const newest = bytes === stat.bytes;
      if (stat.writtenAt < oldest || (!newest && (bytes > bytesMax || entries > entriesMax)))
        tooMuch.push(stat.name);
    }
    if (tooMuch.length === 0) return;
    await this.#writer.exclusively(() => this.#segments.remove(tooMuch));
    for (const name of tooMuch) this.#counts.delete(name);
  }

  /** Writes and syncs what waits. */
  async close(): Promise<void> {
    await this.#sweeping;
    await this.#writer.close();
  }

  /** What is older is not shown, and goes with its file. */
  #oldest(now: number): number {
    const { historyAgeMaxMs } = this.#options.policy();
    return historyAgeMaxMs === null ? Number.NEGATIVE_INFINITY : now - historyAgeMaxMs;
  }

  async #cutOut(name: string, places: ReadonlySet<string>): Promise<void> {
    const lines = await this.#segments.lines(name);
    if (lines === null) return;
    let head = '';
    const kept = lines.map((text) => {
      const line = parseLine(text);
      if (line?.type === 'key') head = line.text;
      return line?.type === 'sealed' && places.has(placeOf(head, line.counter))
        ? deletedLine(line.counter)
        : text;
    });
    await this.#segments.replace(name, kept);
  }

  async #entriesOf({ name, bytes }: SegmentStat): Promise<number> {
    const known = this.#counts.get(name);
    if (known?.bytes === bytes) return known.entries;
    const lines = (await this.#segments.lines(name)) ?? [];
    const entries = lines.filter((line) => line.startsWith('s ')).length;
    this.#counts.set(name, { bytes, entries });
    return entries;
  }
}

/** A statement that is too long is kept as far as it goes. */
function cut(statement: SubmittedText): Started {
  const units = unitsOf(statement);
  if (units <= HISTORY_TEXT_UNITS_MAX) return statement;
  const text = statement.text.slice(0, HISTORY_TEXT_UNITS_MAX);
  return { ...statement, text, params: [], cutFrom: units };
}

function unitsOf({ text, params }: SubmittedText): number {
  return params.reduce((sum, param) => sum + (param?.length ?? 0), text.length);
}
