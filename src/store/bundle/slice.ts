import type { BundleManifest } from '../../events/bundle.ts';
import type { Envelope } from '../../events/envelope.ts';
import { TAPE_DAMAGES_MAX } from '../limits.ts';
import { ChainReader, type RecordCheck } from '../tape/chain-reader.ts';
import { findingsOf } from '../tape/read.ts';
import type { Damage } from '../tape/tape-error.ts';

/** Which records of a tape are taken: those between two seqs and two times, both included, of all sessions or some. */
export interface Selection {
  readonly fromSeq?: number;
  readonly toSeq?: number;
  /** Milliseconds since 1970 UTC. */
  readonly fromAt?: number;
  readonly toAt?: number;
  /** Ids of sessions. Their actors' records are taken, and of the workspace only that the program started. */
  readonly sessions?: readonly string[];
}

/**
 * Reads a tape's chosen records, in order. The whole tape is read and checked, because who belongs to a session was said when it was
 * created. A damaged tape gives the records that are whole, and says where it is damaged.
 */
export class Slice {
  firstSeq = 0;
  lastSeq = 0;
  records = 0;
  private readonly sessions: ReadonlySet<string> | null;
  /** Actors of the chosen sessions; all of them without a choice are no question. */
  private readonly members = new Set<string>();
  private readonly created = new Set<string>();
  private readonly earlier = new Set<string>();
  private readonly damages: Damage[] = [];
  private damagesMore = 0;
  private seenSeq = 0;

  constructor(
    private readonly folder: string,
    private readonly selection: Selection,
    private readonly check?: RecordCheck,
  ) {
    this.sessions = selection.sessions ? new Set(selection.sessions) : null;
  }

  /** Actors whose records it has without their creation. */
  get earlierActors(): number {
    return this.earlier.size;
  }

  /** A chosen session that is not on the tape. */
  get unknownSession(): string | undefined {
    return this.selection.sessions?.find((id) => !this.members.has(id));
  }

  /** What the check of the tape has found; whole once `read` has ended. */
  get source(): BundleManifest['source'] {
    const { damages, damagesMore } = this;
    return { ok: damages.length === 0 && damagesMore === 0, damages, damagesMore };
  }

  async *read(): AsyncGenerator<readonly Envelope[], void> {
    const { toSeq = Number.POSITIVE_INFINITY } = this.selection;
    const reader = new ChainReader(null, this.check);
    for await (const finding of findingsOf(this.folder, reader)) {
      if ('damage' in finding) {
        if (this.damages.length < TAPE_DAMAGES_MAX) this.damages.push(finding.damage);
        else this.damagesMore++;
        continue;
      }
      const taken = finding.records.filter((envelope) => this.takes(envelope));
      if (taken.length > 0) {
        this.firstSeq ||= taken[0]!.seq;
        this.lastSeq = taken.at(-1)!.seq;
        this.records += taken.length;
        yield taken;
      }
      if (finding.records.at(-1)!.seq >= toSeq) break;
    }
    this.damagesMore += reader.untold;
  }

  private takes(envelope: Envelope): boolean {
    const { seq, at, actor, kind, event } = envelope;
    // Beside damage a record may stand twice. Its seq can't be on a chain a second time.
    if (seq <= this.seenSeq) return false;
    this.seenSeq = seq;
    if (!this.isMember(envelope)) return false;
    const { fromSeq = 0, toSeq, fromAt = 0, toAt } = this.selection;
    if (seq < fromSeq || seq > (toSeq ?? seq) || at < fromAt || at > (toAt ?? at)) return false;
    if (kind === 'tape') return true;
    if (event.type === 'xstate.init') this.created.add(actor);
    else if (!this.created.has(actor)) this.earlier.add(actor);
    return true;
  }

  private isMember({ actor, kind, event }: Envelope): boolean {
    if (this.sessions === null || kind === 'tape') return true;
    if (event.type !== 'xstate.init') return this.members.has(actor);
    if (kind === 'workspace') return true;
    const { sessionId, ownerId } = event.input as { sessionId?: string; ownerId?: string };
    const isIn = this.sessions.has(sessionId ?? '') || this.members.has(ownerId ?? '');
    if (isIn) this.members.add(actor);
    return isIn;
  }
}
