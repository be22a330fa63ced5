import type { Hash } from 'node:crypto';
import { BehaviorSubject, Subject } from 'rxjs';
import type { Envelope, Unsealed } from '../../events/envelope.ts';
import type { TapeFigures } from '../../events/metrics/process-figures.ts';
import type { TapeFact } from '../../events/tape.ts';
import { emptyHistogram, observe } from '../../events/views/metrics-view.ts';
import type { TapeHealth } from '../../events/wire.ts';
import { AgingClock } from '../aging-clock.ts';
import { beginBatch } from './chain-reader.ts';
import { checkpointText, writeCheckpoint } from './checkpoint.ts';
import { lineOf } from './line.ts';
import type { Lock } from './lock.ts';
import { Pending } from './pending.ts';
import { readRecords } from './read.ts';
import { emptySegment, type Recovered } from './recovery.ts';
import { type Cut, dropSegments, planCut } from './retention.ts';
import type { Segment } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';
import { errnoOf, TapeError, tapeError } from './tape-error.ts';
import type { Tape, TapeSettings } from './tape-settings.ts';

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: TapeError) => void;
}

/**
 * The one writer of a tape. Group commit: a record lingers for a moment, as others may share its sync, until
 * a caller waits for it (`durable`); while a batch is being synced, records gather, and where one of them is
 * waited for the next write begins when the sync ends. So a record that is waited for is never held up by the
 * sync of one that is not.
 *
 *   idle ── append ──→ lingering ── durable, or after lingerMs ──→ writing ── synced ──→ (roll · retain) ──→ writing | lingering | idle
 *                                                                     │ refused
 *                                                                     └──→ failed ── after retryMs ──→ writing
 */
export class TapeWriter<S> implements Tape<S> {
  readonly committed = new Subject<readonly Envelope[]>();
  readonly synced = new Subject<number>();
  readonly health: BehaviorSubject<TapeHealth>;
  lastSeq: number;
  durableSeq: number;
  state: S;
  opening: readonly Envelope[] = [];

  readonly #settings: TapeSettings<S>;
  readonly #lock: Lock;
  readonly #pending: Pending;
  readonly #segments: Segment[];
  readonly #facts: readonly TapeFact[];
  readonly #needsFreshSegment: boolean;
  readonly #aging: AgingClock;
  #writer: SegmentWriter;
  #chain: string;
  /** The batch begun by what stands unsealed in the segment; null where the segment has no header yet. */
  #begun: Hash | null;
  #lastAt: number;
  #checkpointSeq: number;
  #cut: { readonly seq: number; readonly plan: Cut } | null = null;
  readonly #syncMs = emptyHistogram();
  #waiters: Waiter[] = [];
  #writing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #linger: NodeJS.Timeout | null = null;
  #closed: Promise<void> | null = null;

  constructor(settings: TapeSettings<S>, recovered: Recovered<S>, lock: Lock) {
    this.#settings = settings;
    this.#lock = lock;
    this.#pending = new Pending(settings.crowdedAt, settings.pendingMax);
    this.#segments = recovered.segments;
    this.#facts = recovered.facts;
    this.#needsFreshSegment = recovered.isDamaged;
    this.#aging = new AgingClock(recovered.seq === 0 ? settings.now() : recovered.at);
    this.#writer = recovered.writer;
    this.#chain = recovered.chain;
    this.#begun = recovered.hash;
    this.#lastAt = recovered.at;
    this.#checkpointSeq = recovered.checkpointSeq;
    this.state = recovered.state;
    this.lastSeq = this.durableSeq = recovered.seq;
    this.health = new BehaviorSubject<TapeHealth>({
      state: 'durable',
      durableSeq: recovered.seq,
      code: null,
    });
  }

  get isCrowded(): boolean {
    return this.#pending.isCrowded;
  }

  get firstSeq(): number {
    return (this.#segments[0]?.header?.afterSeq ?? 0) + 1;
  }

  /**
   * Tells the tape that it was opened and what was found, and waits for the first write to end either way.
   */
  async begin(): Promise<void> {
    if (this.#needsFreshSegment) await this.#roll();
    for (const fact of this.#facts) this.#appendFact(fact);
    this.#appendFact({ type: 'tape.opened', processId: process.pid, segments: this.#segments.length });
    this.#retain();
    const committed = this.committed.subscribe((envelopes) => {
      this.opening = [...this.opening, ...envelopes];
    });
    this.#write();
    await this.#writing;
    committed.unsubscribe();
  }

  append(record: Unsealed): number {
    if (this.#closed !== null) throw new TapeError('tape.closed', 'the tape is closed');
    this.#pending.assertRoom();
    return this.#enqueue(record);
  }

  durable(seq: number): Promise<void> {
    if (seq <= this.durableSeq) return Promise.resolve();
    if (seq > this.lastSeq) return Promise.reject(new TapeError('tape.unknown', `no record ${seq} yet`));
    const { state, code } = this.health.value;
    if (state === 'failed') return Promise.reject(refused(code!));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ seq, resolve, reject });
      this.#write();
    });
  }

  read(from: number, to = this.durableSeq): AsyncIterable<readonly Envelope[]> {
    // The last segment may have no file yet; nothing durable is in it then.
    const segments = this.#segments.filter(({ bytes }) => bytes > 0);
    return readRecords(this.#settings.folder, segments, from, Math.min(to, this.durableSeq));
  }

  figures(): TapeFigures {
    return {
      bytes: this.#segments.reduce((sum, { bytes }) => sum + bytes, 0),
      durableSeq: this.durableSeq,
      pending: this.#pending.length,
      syncMs: this.#syncMs,
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#pending.length > 0) this.#write();
    await this.#idle();
    if (this.#retry !== null) {
      // One attempt more, at once: the disk may have room again, and afterwards the records are gone.
      clearTimeout(this.#retry);
      this.#retry = null;
      this.#write();
      await this.#idle();
      if (this.#retry !== null) clearTimeout(this.#retry);
    }
    const isWhole = this.#pending.length === 0 && this.#retry === null;
    if (isWhole && this.#writer.end >= this.#settings.closingSegmentBytes) await this.#roll();
    await this.#writer.close().catch(() => undefined);
    this.committed.complete();
    this.synced.complete();
    this.health.complete();
    await this.#lock.release();
    if (this.#pending.length > 0) throw refused(this.health.value.code ?? 'EUNKNOWN');
  }

  /**
   * Waits until nothing is being written. The retry may begin a write while this wakes up, so it looks again.
   */
  async #idle(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  #enqueue(record: Unsealed): number {
    const seq = this.lastSeq + 1;
    this.#pending.push({ seq, ...record });
    this.lastSeq = seq;
    this.#lingerThenWrite();
    return seq;
  }

  /**
   * What happened to the tape itself. Never refused for want of room: there are few, and they say why it is
   * full.
   */
  #appendFact(event: TapeFact): number {
    const at = this.#settings.now();
    return this.#enqueue({
      at,
      actor: 'tape',
      kind: 'tape',
      machine: null,
      cause: null,
      event,
      state: null,
    });
  }

  #lingerThenWrite(): void {
    if (this.#retry !== null || this.#writing !== null) return;
    this.#linger ??= setTimeout(() => this.#write(), this.#settings.lingerMs);
  }

  #write(): void {
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#linger = null;
    if (this.#retry === null) this.#writing ??= this.#writeBatches();
  }

  async #writeBatches(): Promise<void> {
    // Whatever is appended in the same turn of the event loop goes into the first batch.
    await new Promise(setImmediate);
    do await this.#writeBatch();
    while (this.#isWaitedFor && this.#retry === null);
    // In the same turn as the last look at what is pending, so that no append falls in between.
    this.#writing = null;
    if (this.#pending.length > 0) this.#lingerThenWrite();
  }

  /** Whether a caller waits for a record that is not on disk, or for all of them to be. */
  get #isWaitedFor(): boolean {
    return this.#pending.length > 0 && (this.#waiters.length > 0 || this.#closed !== null);
  }

  async #writeBatch(): Promise<void> {
    const { envelopes, text } = this.#pending.batch();
    const last = envelopes.at(-1)!;
    const batch = this.#begun?.copy() ?? beginBatch(this.#chain);
    const head = this.#writer.end === 0 ? lineOf(JSON.stringify(this.#segments.at(-1)!.header)) : '';
    const body = Buffer.from(head + text);
    const chain = batch.update(body).digest('hex');
    const seal = Buffer.from(lineOf(JSON.stringify({ seal: last.seq, sha256: chain })));
    const began = performance.now();
    try {
      // What was deleted or moved may have another tape in its place by now, and so may what is to be made.
      if (this.health.value.state === 'failed' || this.#writer.end === 0) await this.#mustHoldLock();
      await this.#writer.write(Buffer.concat([body, seal]));
    } catch (error) {
      await this.#fail(errnoOf(error));
      return;
    }
    const syncMs = performance.now() - began;
    observe(this.#syncMs, syncMs);
    this.synced.next(syncMs);
    this.#pending.drop(envelopes.length);
    this.#chain = chain;
    this.#begun = null;
    this.#lastAt = last.at;
    this.#segments.push({ ...this.#segments.pop()!, bytes: this.#writer.end });
    this.#commit(envelopes);
    await this.#finishCut();
    if (this.#writer.end >= this.#settings.segmentBytes) {
      await this.#roll();
      this.#retain();
    }
  }

  /** Says what is on disk now. Runs only after the sync of these records has ended. */
  #commit(envelopes: readonly Envelope[]): void {
    try {
      for (const envelope of envelopes) this.state = this.#settings.fold.apply(this.state, envelope);
    } catch (error) {
      // A fold is total, so this is a defect. It must not stop the tape, nor may it stay unseen.
      queueMicrotask(() => {
        throw error;
      });
    }
    this.durableSeq = envelopes.at(-1)!.seq;
    const ready = this.#waiters.filter(({ seq }) => seq <= this.durableSeq);
    this.#waiters = this.#waiters.filter(({ seq }) => seq > this.durableSeq);
    this.health.next({ state: 'durable', durableSeq: this.durableSeq, code: null });
    this.committed.next(envelopes);
    for (const { resolve } of ready) resolve();
  }

  /** @throws Error ENOENT where another process has begun a tape in the place of this one. */
  async #mustHoldLock(): Promise<void> {
    if (!(await this.#lock.isReplaced())) return;
    const { folder } = this.#settings;
    throw Object.assign(new Error(`another tape is in the place of ${folder}`), { code: 'ENOENT' });
  }

  async #fail(code: string): Promise<void> {
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#write();
    }, this.#settings.retryMs);
    this.health.next({ state: 'failed', durableSeq: this.durableSeq, code });
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(refused(code));
    // Half a batch is better not left lying about; where this fails too, the next attempt does it first.
    await this.#mustHoldLock()
      .then(() => this.#writer.reset())
      .catch(() => undefined);
  }

  /** Closes the segment and begins the next, which stands on disk with its first batch. */
  async #roll(): Promise<void> {
    const { fs, folder, fold } = this.#settings;
    const segment = this.#segments.at(-1)!.number;
    const [seq, at, chain] = [this.durableSeq, this.#lastAt, this.#chain];
    await this.#writer.close().catch(() => undefined);
    try {
      const text = checkpointText({ segment, seq, at, chain, state: this.state }, fold);
      if (await writeCheckpoint(fs, folder, segment, text)) this.#checkpointSeq = seq;
    } catch {
      // The records are safe; the next start folds them from an earlier checkpoint.
    }
    this.#segments.push(emptySegment(segment + 1, seq, at, chain));
    this.#writer = new SegmentWriter(fs, folder, segment + 1, 0);
    this.#begun = null;
  }

  /** Records what is to be cut. The files go once that is on disk. */
  #retain(): void {
    if (this.#cut !== null) return;
    const { bytesMax, ageMaxMs, now } = this.#settings;
    const limits = { bytesMax, ageMaxMs: ageMaxMs() };
    const plan = planCut(this.#segments, limits, this.#aging.look(now()), this.#checkpointSeq);
    if (plan !== null) this.#cut = { seq: this.#appendFact(plan.fact), plan };
  }

  async #finishCut(): Promise<void> {
    if (this.#cut === null || this.#cut.seq > this.durableSeq) return;
    const { plan } = this.#cut;
    this.#cut = null;
    try {
      // First out of sight, so that no reader sets out for a file that goes.
      this.#segments.splice(0, plan.segments.length);
      await dropSegments(this.#settings.fs, this.#settings.folder, plan);
    } catch {
      // The tape is only longer than it has to be. The next start finds the files and cuts them again.
    }
  }
}

function refused(code: string): TapeError {
  return tapeError({ code }, 'The tape’s last records could not be written');
}
