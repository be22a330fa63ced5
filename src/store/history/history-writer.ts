import { stat } from 'node:fs/promises';
import {
  HISTORY_LINGER_MS,
  HISTORY_PENDING_UNITS_MAX,
  HISTORY_SEGMENT_AGE_MS,
  HISTORY_SEGMENT_BYTES,
  HISTORY_SYNC_MS,
} from '../limits.ts';
import { type Disk, type DiskFile, writeWhole } from '../tape/disk.ts';
import type { HistoryKeys } from './history-keys.ts';
import type { PublicKey } from './key-pair.ts';
import { BlockWriter, type Kind } from './sealed-block.ts';
import { bornAtOf, type Segments, segmentHead } from './segments.ts';

/**
 * The share of the policy's age at which a file is closed, so that what is too old does not wait long to go.
 */
const AGE_SHARE = 10;

interface HistoryWriterOptions {
  readonly segments: Segments;
  readonly keys: Pick<HistoryKeys, 'current' | 'restore'>;
  readonly disk: Disk;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** The policy's word; null is no limit. */
  readonly ageMaxMs: () => number | null;
  /** A new file is begun: others may have to go. */
  readonly onBegun: () => void;
}

/** Records that could not be stored since the start. */
export interface LostRecords {
  readonly records: number;
  /** The system's for the last of them, or `history.full`. */
  readonly code: string;
  /** Later ones were stored. */
  readonly isOver: boolean;
}

interface Waiting {
  readonly kind: Kind;
  readonly value: object;
  readonly units: number;
}

interface OpenFile {
  readonly file: DiskFile;
  /** Some file systems say of each file that it has no name. */
  readonly countsNames: boolean;
  readonly bornAt: number;
  size: number;
  block: BlockWriter | null;
}

/**
 * Appends sealed records, one batch a write, and syncs at most HISTORY_SYNC_MS later. A statement is written at once; how one ended
 * lingers, as the next statement may share its write. A batch that the disk refuses is counted and not tried again: no statement waits
 * for its history.
 */
export class HistoryWriter {
  readonly #options: HistoryWriterOptions;
  #waiting: Waiting[] = [];
  #waitingUnits = 0;
  #writing = false;
  #linger: NodeJS.Timeout | null = null;
  #open: OpenFile | null = null;
  #unsynced = false;
  #syncTimer: NodeJS.Timeout | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #lost: LostRecords = { records: 0, code: '', isOver: true };

  constructor(options: HistoryWriterOptions) {
    this.#options = options;
  }

  get lost(): LostRecords {
    return this.#lost;
  }

  append(kind: Kind, value: object, units: number): void {
    if (this.#waitingUnits + units > HISTORY_PENDING_UNITS_MAX) {
      this.#lose(1, 'history.full');
      return;
    }
    this.#waiting.push({ kind, value, units });
    this.#waitingUnits += units;
    if (kind === 's') this.#beginWriting();
    else if (!this.#writing) this.#linger ??= setTimeout(() => this.#beginWriting(), HISTORY_LINGER_MS);
  }

  /** Resolves once everything so far is with the operating system, or given up. */
  written(): Promise<void> {
    if (this.#waiting.length > 0) this.#beginWriting();
    return this.#writing ? this.#tail.then(() => undefined) : Promise.resolve();
  }

  /** Runs `work` while no file is open, and nothing else is written. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0) this.#beginWriting();
    return this.#serially(async () => {
      await this.#close();
      return work();
    });
  }

  /** Forgets what waits. */
  drop(): void {
    this.#waiting = [];
    this.#waitingUnits = 0;
  }

  async close(): Promise<void> {
    await this.exclusively(async () => undefined);
  }

  #beginWriting(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#linger = null;
    if (this.#writing) return;
    this.#writing = true;
    void this.#serially(() => this.#write());
  }

  async #write(): Promise<void> {
    // As one flag for the whole of it: what comes while a batch is written is the next batch.
    for (;;) {
      const batch = this.#waiting;
      this.drop();
      if (batch.length === 0) break;
      try {
        await this.#writeBatch(batch);
        this.#lost = { ...this.#lost, isOver: true };
      } catch (error) {
        this.#lose(batch.length, (error as NodeJS.ErrnoException).code ?? 'unknown');
      }
    }
    this.#writing = false;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const reader = await this.#options.keys.current();
    const open = await this.#fileToWrite();
    await this.#append(open, reader, batch);
    // The system writes a deleted file on without a word.
    if (!open.countsNames || (await open.file.stat()).nlink > 0) return;
    await this.#close();
    await this.#append(await this.#fileToWrite(), reader, batch);
  }

  async #append(open: OpenFile, reader: PublicKey, batch: readonly Waiting[]): Promise<void> {
    const lines: string[] = open.size === 0 ? [segmentHead(open.bornAt)] : [];
    if (open.block?.keyId !== reader.keyId) {
      open.block?.end();
      open.block = new BlockWriter(reader);
      lines.push(open.block.head);
    }
    for (const { kind, value } of batch) lines.push(open.block.line(kind, value));
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'latin1');
    try {
      await writeWhole(open.file, bytes, open.size);
      open.size += bytes.length;
      this.#syncSoon();
    } catch (error) {
      // Counters were used for lines that are not there: a new block begins at the next batch.
      open.block.end();
      open.block = null;
      await open.file.truncate(open.size).catch(() => this.#close());
      throw error;
    }
  }

  async #fileToWrite(): Promise<OpenFile> {
    const { segments, disk, keys, now, ageMaxMs } = this.#options;
    const ageMs = Math.min(HISTORY_SEGMENT_AGE_MS, (ageMaxMs() ?? Number.POSITIVE_INFINITY) / AGE_SHARE);
    const fits = ({ size, bornAt }: { size: number; bornAt: number }): boolean =>
      size < HISTORY_SEGMENT_BYTES && Math.abs(now() - bornAt) < ageMs;
    if (this.#open) {
      if (fits(this.#open)) return this.#open;
      await this.#close();
    }
    await segments.cutTorn();
    const last = (await segments.names()).at(-1);
    if (last !== undefined) {
      const { size } = await stat(segments.path(last));
      const bornAt = size < HISTORY_SEGMENT_BYTES ? bornAtOf((await segments.lines(last))?.[0] ?? '') : null;
      if (bornAt !== null && fits({ size, bornAt })) {
        const file = await disk.open(segments.path(last));
        return this.#opened(file, bornAt, size);
      }
    }
    await keys.restore();
    const file = await disk.open(segments.path(await segments.next()));
    const open = await this.#opened(file, Math.max(0, Math.round(now())), 0);
    this.#options.onBegun();
    return open;
  }

  async #opened(file: DiskFile, bornAt: number, size: number): Promise<OpenFile> {
    const { nlink } = await file.stat();
    this.#open = { file, countsNames: nlink > 0, bornAt, size, block: null };
    return this.#open;
  }

  #syncSoon(): void {
    this.#unsynced = true;
    this.#syncTimer ??= setTimeout(() => void this.#serially(() => this.#sync()), HISTORY_SYNC_MS).unref();
  }

  async #sync(): Promise<void> {
    if (this.#syncTimer !== null) clearTimeout(this.#syncTimer);
    this.#syncTimer = null;
    if (!this.#unsynced || this.#open === null) return;
    this.#unsynced = false;
    const { segments, disk } = this.#options;
    // What can't be synced is there all the same, unless the power fails.
    await this.#open.file.datasync().catch(() => undefined);
    await disk.syncFolder(segments.folder).catch(() => undefined);
  }

  async #close(): Promise<void> {
    const open = this.#open;
    await this.#sync();
    this.#open = null;
    open?.block?.end();
    await open?.file.close().catch(() => undefined);
  }

  #lose(records: number, code: string): void {
    this.#lost = { records: this.#lost.records + records, code, isOver: false };
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work, work);
    this.#tail = run.catch(() => undefined);
    return run;
  }
}
