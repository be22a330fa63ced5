import { isWritten } from '../actors/record-check.ts';
import { ReplayIndex } from '../actors/replay-index.ts';
import { StatementColumns } from '../actors/statement-columns.ts';
import { StepColumns } from '../actors/step-columns.ts';
import { Diagnosis } from '../events/diagnosis/diagnosis.ts';
import type { CauseReport } from '../events/diagnosis/report.ts';
import {
  FINDINGS_MAX,
  REPLAY_CHECKPOINT_RECORDS,
  REPLAY_FINDINGS_MAX,
  REPLAY_RECORDS_PAGE_MAX,
} from '../events/limits.ts';
import type {
  ActorInstant,
  AskProgress,
  DamagedPlace,
  EventFilter,
  FoundEvents,
  Hit,
  Instant,
  RecordsPage,
  ReplaySummary,
  SpanSummary,
  Timeline,
} from '../events/replay-view.ts';
import { emptyMetrics } from '../events/views/metrics-view.ts';
import { apply, emptyState, type State } from '../events/views/state.ts';
import { ChainReader } from '../store/tape/chain-reader.ts';
import { findingsOf, segmentBytes } from '../store/tape/tape.ts';
import { ActorInstants } from './actor-instants.ts';
import { AskRun } from './ask-run.ts';
import { RecordReader } from './record-reader.ts';

/** Damaged places that are named one by one. */
const DAMAGES_NAMED = 20;

/** Which records a page has: around one that may be none of them. */
interface RecordsWish {
  readonly from: number;
  /** Records before `from` that come too. */
  readonly back?: number;
  /** Records from `from` on. */
  readonly count: number;
  readonly filter?: EventFilter;
}

/**
 * A tape that is looked at: at any record every view as it was, every actor as its machine has it, and what a timeline draws. Reads
 * the tape's folder once, and answers of what was read while the rest is; after that only what is asked for. Reaches no server.
 */
export class Recording {
  private readonly index = new ReplayIndex();
  private readonly damages: DamagedPlace[] = [];
  /** The views after every REPLAY_CHECKPOINT_RECORDS records. They share what did not change. */
  private readonly checkpoints: State[] = [];
  private readonly reader: RecordReader;
  private readonly actors: ActorInstants;
  private readonly statements = new StatementColumns();
  private readonly steps = new StepColumns();
  private readonly folder: string;
  private readonly changed: () => void;
  private found: readonly CauseReport[] = [];
  private readShare = 0;
  /** Ends when the tape was read to its end. */
  private reading: Promise<void> = Promise.resolve();
  private asking: AskRun | null = null;

  private constructor(folder: string, changed: () => void) {
    this.folder = folder;
    this.reader = new RecordReader(folder, this.index);
    this.actors = new ActorInstants(this.index, this.reader);
    this.changed = changed;
  }

  /**
   * Reads a tape whole.
   *
   * @throws TapeError for a folder that can't be read, or the system's error
   */
  static async open(folder: string): Promise<Recording> {
    const recording = await Recording.begin(folder);
    await recording.whole();
    return recording;
  }

  /**
   * Begins to read a tape: resolves with its first records, as soon as they were read.
   *
   * @param changed called when more of it was read
   * @throws as `open`
   */
  static async begin(folder: string, changed: () => void = () => undefined): Promise<Recording> {
    const recording = new Recording(folder, changed);
    await new Promise<void>((first, failed) => {
      recording.reading = recording.read(first);
      recording.reading.then(first, failed);
    });
    return recording;
  }

  /**
   * Resolves when it was read to its end.
   *
   * @throws as `open`
   */
  whole(): Promise<void> {
    return this.reading;
  }

  summary(): Omit<ReplaySummary, 'replayId'> {
    const { index, damages } = this;
    const last = index.length - 1;
    return {
      records: index.length,
      firstSeq: last < 0 ? 0 : index.seqOf(0),
      lastSeq: last < 0 ? 0 : index.seqOf(last),
      firstAt: last < 0 ? 0 : index.atOf(0),
      lastAt: last < 0 ? 0 : index.atOf(last),
      actors: index.actorCount,
      damages,
      readShare: this.readShare,
    };
  }

  timeline(from: number, to: number, parts: number, lanesMax: number): Timeline {
    return this.index.timeline(from, to, parts, lanesMax);
  }

  /** What the causes of trouble say of the whole tape, once it was read. */
  async diagnosis(): Promise<readonly CauseReport[]> {
    await this.reading;
    return this.found.map((report) => ({ ...report, findings: report.findings.slice(0, FINDINGS_MAX) }));
  }

  /** What a span of time has, once the tape was read. */
  async span(from: number, to: number): Promise<SpanSummary> {
    await this.reading;
    const { index } = this;
    const { records, marks } = index.find({ from, to }, 0);
    const [first, last] = [index.indexAt(from - 1) + 1, index.indexAt(to)];
    const isInside = (seq: number): boolean =>
      first <= last && seq >= index.seqOf(first) && seq <= index.seqOf(last);
    const causes = this.found.flatMap((report) => {
      if (report.answer !== 'yes') return [];
      const findings = report.findings.filter(({ events }) => events.some(isInside));
      const counts = { yes: findings.length, no: 0, cantTell: 0 };
      return findings.length === 0 ? [] : [{ ...report, counts, findings: findings.slice(0, FINDINGS_MAX) }];
    });
    return {
      from,
      to,
      records,
      marks,
      ...this.statements.summary(from, to),
      hits: index.hits({ from, to }),
      ...this.steps.summary(first, last, (place) => index.seqOf(place)),
      causes,
    };
  }

  /**
   * Begins to ask an expression of every record; one that is being asked is stopped.
   *
   * @throws Error where the expression is not one
   */
  async ask(expression: string): Promise<AskProgress> {
    await this.reading;
    const asking = new AskRun(expression, this.index.length, (from, to) => this.reader.readRange(from, to));
    this.asking?.stop('Another expression was asked.');
    this.asking = asking;
    void asking.run();
    return asking.progress();
  }

  /** How far that is; null where nothing was asked. */
  asked(): AskProgress | null {
    return this.asking?.progress() ?? null;
  }

  stopAsking(): AskProgress | null {
    this.asking?.stop(null);
    return this.asked();
  }

  hits(): readonly Hit[] {
    return this.index.hits();
  }

  /** The seq of the last record at a time; null before the first. */
  seqAt(at: number): number | null {
    const index = this.index.indexAt(at);
    return index < 0 ? null : this.index.seqOf(index);
  }

  /** The seq of the nearest record that a filter lets pass; null where there is none. */
  next(from: number, direction: 1 | -1, filter: EventFilter): number | null {
    const { index } = this;
    const start = direction === 1 ? index.indexOf(from) : index.indexOf(from - 1) + 1;
    const found = index.next(start, direction, filter);
    return found < 0 ? null : index.seqOf(found);
  }

  /** How many records a filter lets pass, and how many of them up to one. */
  find(seq: number, filter: EventFilter): FoundEvents {
    return this.index.find(filter, this.index.indexOf(seq));
  }

  async records({ from, back = 0, count, filter = {} }: RecordsWish): Promise<RecordsPage> {
    const { index } = this;
    const wanted = Math.min(count, REPLAY_RECORDS_PAGE_MAX);
    const start = index.indexOf(from - 1);
    const before = index.nextOf(start + 1, -1, filter, Math.min(back, REPLAY_RECORDS_PAGE_MAX)).reverse();
    const found = index.nextOf(start, 1, filter, wanted + 1);
    const records = await this.reader.read([...before, ...found.slice(0, wanted)]);
    return { records, more: found.length > wanted };
  }

  /** The views right after a record; null where the tape has none up to it. */
  async at(seq: number): Promise<Instant | null> {
    const { index } = this;
    const last = index.indexOf(seq);
    if (last < 0) return null;
    const whole = Math.floor((last + 1) / REPLAY_CHECKPOINT_RECORDS);
    const state = whole === 0 ? emptyState() : copied(this.checkpoints[whole - 1]!);
    for (const record of await this.reader.readRange(whole * REPLAY_CHECKPOINT_RECORDS, last + 1))
      apply(state, record);
    const { sessions, connections, queries, tunnels, orphans } = state;
    return { seq: index.seqOf(last), at: index.atOf(last), sessions, connections, queries, tunnels, orphans };
  }

  /** An actor right after its last record up to `seq`; null where it has none. */
  actor(id: string, seq: number): Promise<ActorInstant | null> {
    return this.actors.at(id, seq);
  }

  private async read(first: () => void): Promise<void> {
    const { index } = this;
    const state = emptyState();
    const diagnosis = new Diagnosis(null, REPLAY_FINDINGS_MAX);
    const sizes = await segmentBytes(this.folder);
    const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    for await (const finding of findingsOf(this.folder, new ChainReader(null, isWritten))) {
      if ('damage' in finding) {
        const afterSeq = index.length === 0 ? 0 : index.seqOf(index.length - 1);
        if (this.damages.length < DAMAGES_NAMED) this.damages.push({ afterSeq, code: finding.damage.code });
        continue;
      }
      const { records, segment, offsets } = finding;
      for (const [place, record] of records.entries()) {
        // A damaged tape may say a seq twice; what came first stands.
        if (index.length > 0 && record.seq <= index.seqOf(index.length - 1)) continue;
        const from = index.add(record, segment, offsets[place]!);
        this.steps.take(record, from);
        this.statements.take(record, index.atOf(index.length - 1));
        apply(state, record);
        diagnosis.take(record);
        if (index.length % REPLAY_CHECKPOINT_RECORDS === 0) this.checkpoints.push(copied(state));
      }
      const before = [...sizes].reduce((sum, [number, bytes]) => (number < segment ? sum + bytes : sum), 0);
      this.readShare = Math.min(0.999, (before + (offsets.at(-1) ?? 0)) / Math.max(1, total));
      first();
      this.changed();
      // Others have their turn: what is asked is answered of what was read.
      await new Promise((later) => setImmediate(later));
    }
    this.found = diagnosis.report();
    this.readShare = 1;
  }
}

/** A state that can be folded on without changing the one it was copied from. Its metrics begin at nothing. */
function copied(state: State): State {
  const { sessions, connections, queries, tunnels, scripts, orphans, ended } = state;
  return {
    seq: state.seq,
    sessions: { ...sessions },
    connections: { ...connections },
    queries: { ...queries },
    tunnels: { ...tunnels },
    scripts: { ...scripts },
    orphans: { ...orphans },
    metrics: emptyMetrics(),
    ended: {
      queries: [...ended.queries],
      sessions: [...ended.sessions],
      connections: [...ended.connections],
      tunnels: [...ended.tunnels],
    },
  };
}
