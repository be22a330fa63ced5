import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleVerdict } from '../events/bundle.ts';
import {
  MIB,
  REPLAY_ACTORS_PAGE_MAX,
  REPLAY_IDLE_MS,
  REPLAY_UPLOAD_BYTES_MAX,
  REPLAYS_OPEN_MAX,
} from '../events/limits.ts';
import type { ReplayReport } from '../events/replay-report.ts';
import type { ActorsPage, OpenReplay, ReplayProof, ReplayQuestion } from '../events/replay-view.ts';
import type { TraceWish } from '../events/trace/trace-wish.ts';
import type { OpenedBundle } from '../store/bundle/open-bundle.ts';
import { createOwnFile } from '../store/own-files.ts';
import { endInOrder } from './ending.ts';
import { proveTape } from './prover.ts';
import { type AskedRecording, RecordingThread, refusal } from './recording-thread.ts';
import type { TraceFile } from './trace-file.ts';

interface Open {
  readonly replayId: string;
  readonly source: 'live' | 'bundle';
  readonly integrity: BundleVerdict | null;
  /** Has the segments. */
  readonly folder: string;
  readonly recording: AskedRecording;
  readonly end: AbortController;
  /** Removes what was unpacked. */
  readonly cleanUp: () => Promise<void>;
  proof: ReplayProof;
  /** What the proof found, whole; null before. */
  report: ReplayReport | null;
  usedAt: number;
}

/** Where the replays find the tape, what they are named by, and what opens and proves one. */
interface ReplaysOptions {
  /** The folder of the live tape. */
  readonly folder: string;
  readonly newId: () => string;
  readonly now: () => number;
  readonly read?: (folder: string) => Promise<AskedRecording>;
  readonly prove?: typeof proveTape;
  /** Writes a span of a tape's folder for another tool, in a thread. */
  readonly trace: (folder: string, wish: TraceWish, signal: AbortSignal) => Promise<TraceFile>;
}

/**
 * Tapes that are open for replay, each in a thread of its own that can reach no server: the live one as it is on disk, or a bundle. The
 * oldest one unused is closed for a new one.
 */
export class Replays {
  private readonly opened = new Map<string, Open>();
  private readonly options: Required<ReplaysOptions>;
  /** Ends once the tape that is being opened is open, or can't be. */
  private opening: Promise<unknown> = Promise.resolve();
  private isEnded = false;

  constructor(options: ReplaysOptions) {
    this.options = { read: RecordingThread.open, prove: proveTape, ...options };
  }

  /**
   * Opens the live tape as it is now, or a bundle's file, which is not needed any more after that. One at a time: what is unpacked and
   * read at once is bounded.
   *
   * @throws an Error with the `code` of why it can't be read; `replay.gone` once all are closed
   */
  open(file: string | null): Promise<OpenReplay> {
    const opened = this.opening.then(() => this.openNow(file));
    this.opening = opened.catch(() => undefined);
    return opened;
  }

  private async openNow(file: string | null): Promise<OpenReplay> {
    if (this.isEnded) throw refusal('replay.gone', 'Querytape ends.');
    const { newId, now, read } = this.options;
    const bundle = file === null ? null : await opened(file);
    const folder = bundle?.folder ?? this.options.folder;
    const cleanUp = async (): Promise<void> => bundle?.close();
    try {
      const recording = await read(folder);
      const one: Open = {
        replayId: newId(),
        source: bundle ? 'bundle' : 'live',
        integrity: bundle?.verdict ?? null,
        folder,
        recording,
        end: new AbortController(),
        cleanUp,
        proof: { state: 'running' },
        report: null,
        usedAt: now(),
      };
      this.opened.set(one.replayId, one);
      await this.makeRoom();
      void this.prove(one);
      return this.view(one);
    } catch (error) {
      await cleanUp();
      throw error;
    }
  }

  /**
   * Opens a bundle whose bytes are sent.
   *
   * @throws as `open`; `bundle.large` beyond REPLAY_UPLOAD_BYTES_MAX
   */
  async openSent(bytes: AsyncIterable<Uint8Array>): Promise<OpenReplay> {
    const folder = await mkdtemp(join(tmpdir(), 'querytape-sent-'));
    try {
      const path = join(folder, 'sent.qtape');
      const file = await createOwnFile(path);
      try {
        let total = 0;
        for await (const piece of bytes) {
          total += piece.length;
          if (total > REPLAY_UPLOAD_BYTES_MAX) throw refusal('bundle.large', TOO_LARGE);
          await file.writeFile(piece);
        }
      } finally {
        await file.close();
      }
      return await this.open(path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** One that is open; undefined where there is none of that id (any more). */
  get(replayId: string): OpenReplay | undefined {
    const one = this.opened.get(replayId);
    return one && this.view(one);
  }

  /** @throws an Error with a `code`: `replay.gone` where it is not open, or why it can't be answered */
  async ask(replayId: string, question: ReplayQuestion): Promise<unknown> {
    const { recording, report } = this.used(replayId);
    if (question.ask !== 'actors') return recording.ask(question);
    return report && actorsPage(report, question.from, question.count);
  }

  /**
   * What is shown, or a span of it, for another tool: no more than was on disk when it was opened.
   *
   * @throws as `ask`; as `traceFile`
   */
  async trace(replayId: string, wish: TraceWish, signal: AbortSignal): Promise<TraceFile> {
    const { recording, folder, end } = this.used(replayId);
    await recording.whole();
    const toSeq = Math.min(wish.toSeq, recording.summary.lastSeq);
    return this.options.trace(folder, { ...wish, toSeq }, AbortSignal.any([signal, end.signal]));
  }

  /** Never rejects: it is not open any more, whatever can't be removed of it. */
  async close(replayId: string): Promise<void> {
    const one = this.opened.get(replayId);
    if (!one) return;
    this.opened.delete(replayId);
    one.end.abort(refusal('replay.gone', 'The replay was closed.'));
    // What can't be closed or removed is no reason not to open another, nor to end the sweep or the program.
    await endInOrder([() => one.recording.close(), one.cleanUp]).catch(() => undefined);
  }

  /** Closes those that were not used for REPLAY_IDLE_MS. */
  async sweep(): Promise<void> {
    const before = this.options.now() - REPLAY_IDLE_MS;
    for (const { replayId, usedAt } of [...this.opened.values()])
      if (usedAt < before) await this.close(replayId);
  }

  /** Closes all, also one that is being opened, for the end of the program. */
  async closeAll(): Promise<void> {
    this.isEnded = true;
    await this.opening;
    for (const replayId of [...this.opened.keys()]) await this.close(replayId);
  }

  /** One that is open, and is used now. */
  private used(replayId: string): Open {
    const one = this.opened.get(replayId);
    if (!one) throw refusal('replay.gone', 'The replay is not open (any more). Open it again.');
    one.usedAt = this.options.now();
    return one;
  }

  private async makeRoom(): Promise<void> {
    while (this.opened.size > REPLAYS_OPEN_MAX) {
      const [oldest] = [...this.opened.values()].sort((a, b) => a.usedAt - b.usedAt);
      await this.close(oldest!.replayId);
    }
  }

  /** Proves it by the machines, beside what is looked at, once it was read: the first picture has the processor to itself. */
  private async prove(one: Open): Promise<void> {
    try {
      await one.recording.whole();
      const report = await this.options.prove(one.folder, {
        until: one.recording.summary.lastSeq,
        signal: one.end.signal,
      });
      one.report = report;
      const { actors, more } = actorsPage(report, 0, REPLAY_ACTORS_PAGE_MAX);
      one.proof = { state: 'proved', report: { ...report, actors, moreActors: more } };
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      one.proof = { state: 'failed', code: code ?? 'internal', message };
    }
  }

  private view({ replayId, source, integrity, recording, proof }: Open): OpenReplay {
    return { replayId, source, integrity, ...recording.summary, proof };
  }
}

function actorsPage({ actors }: ReplayReport, from: number, count: number): ActorsPage {
  const end = from + Math.min(count, REPLAY_ACTORS_PAGE_MAX);
  return { actors: actors.slice(from, end), more: Math.max(0, actors.length - end) };
}

/** Loaded when the first bundle comes: most starts of the program open none. */
async function opened(file: string): Promise<OpenedBundle> {
  const { openBundle } = await import('../store/bundle/open-bundle.ts');
  return openBundle(file);
}

const TOO_LARGE = `The bundle is larger than ${REPLAY_UPLOAD_BYTES_MAX / MIB} MiB. Open it by querytape replay FILE.`;
