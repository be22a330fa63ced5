import { createHash, type Hash } from 'node:crypto';
import type { Envelope } from '../../events/envelope.ts';
import { TAPE_BATCH_BYTES_MAX, TAPE_DAMAGES_MAX, TAPE_LINE_BYTES_MAX } from '../limits.ts';
import { CHAIN_START, type Header, isHeader, type Line, parseLine, type Seal, TAPE_FORMAT } from './line.ts';
import type { RawLine } from './raw-lines.ts';
import { type Damage, TapeError } from './tape-error.ts';

/** A place between two batches: the last record before it, its time, and the chain value there. */
export interface Position {
  readonly segment: number;
  readonly seq: number;
  readonly at: number;
  readonly chain: string;
}

/** What walking over the tape comes by, in order. */
export type Finding =
  | { readonly damage: Damage }
  /** `proven`: whole batches whose seal holds. Else whole lines beside damage, or after the last seal. */
  | {
      readonly records: readonly Envelope[];
      readonly proven: boolean;
      readonly segment: number;
      /** Where the line of each record begins in the segment's file, in bytes. */
      readonly offsets: readonly number[];
    };

/** What is left behind after the last whole line. */
export interface Tail {
  /** Where the last whole line ends. */
  readonly end: number;
  /** Lines after it, and their bytes: a write that did not come to its end. */
  readonly tornLines: number;
  readonly tornBytes: number;
  /** Whole records after the last seal. */
  readonly unsealed: number;
}

/** Whether a record, whose line is whole, says what its machine can have received. One that does not is left out as damaged. */
export type RecordCheck = (envelope: Envelope) => boolean;

/** What a seal's line begins with. */
const SEAL_KEY = '{"seal":';

/** The SHA-256 of a batch, begun with the chain value before it. */
export function beginBatch(chain: string): Hash {
  return createHash('sha256').update(chain);
}

/**
 * Follows the tape line by line and says where it is not what was written: each line's CRC, seq strictly +1,
 * and each seal's place in the chain. It goes on after a damage, from the next whole line and the next seal,
 * so that one run finds every place.
 *
 *   line bad ──→ suspect ──→ torn, if no good line follows in the last segment
 *                        └─→ damage, if one does
 */
export class ChainReader {
  /** The highest seq that was seen, or said by a seal or a header. */
  seq: number;
  at: number;
  /** The last chain value that was seen in a seal or a header. */
  chain: string;
  /** Whether anything said where the tape begins. */
  isPlaced: boolean;
  /** How many damaged lines are beyond those reported one by one. */
  untold = 0;
  /** The batch that is not sealed yet. */
  hash: Hash | null = null;
  /** Whether the segment has a damage. */
  isDamaged = false;
  /** The tail of the segment that was ended last. */
  tail: Tail = { end: 0, tornLines: 0, tornBytes: 0, unsealed: 0 };

  #segment = 0;
  #line = 0;
  /** Whether `seq` and `chain` hold for the next segment, or damage hid what they should be. */
  #knowsSeq: boolean;
  #knowsChain: boolean;
  /** Lines up to the next seal can't be proven any more. */
  #isBroken = false;
  /** A bad line stands for an unknown number of records, so the next may have any later seq. */
  #isLoose = false;
  /** The segment's header says that seqs were left out. */
  #isSparse = false;
  #records: Envelope[] = [];
  #offsets: number[] = [];
  #unsealed = 0;
  #suspects: Damage[] = [];
  #suspectsMore = 0;
  /** How many of the suspects are a seal by their first bytes. */
  #sealsSuspected = 0;
  #end = 0;
  #size = 0;
  #findings: Finding[] = [];

  constructor(
    from: Position | null,
    private readonly check: RecordCheck = () => true,
  ) {
    this.seq = from?.seq ?? 0;
    this.at = from?.at ?? 0;
    this.chain = from?.chain ?? CHAIN_START;
    this.isPlaced = this.#knowsSeq = this.#knowsChain = from !== null;
  }

  beginSegment(segment: number): void {
    this.#segment = segment;
    this.isDamaged = false;
    this.#isBroken = false;
    this.#isLoose = false;
    this.#isSparse = false;
    this.#unsealed = 0;
    this.#line = 0;
    this.#end = 0;
    this.#size = 0;
    this.hash = null;
  }

  /** A segment is not there at all; what the next says of itself has to be taken. */
  missing(segment: number): void {
    this.#damage({ segment, line: 0, offset: 0, code: 'segment.missing' });
    this.#knowsSeq = this.#knowsChain = false;
  }

  line(raw: RawLine): void {
    this.#size = raw.end;
    const line: Line = raw.bytes === null ? { kind: 'bad', code: 'line.long' } : parseLine(raw.bytes);
    if (line.kind === 'bad') {
      this.#suspect(raw, line.code);
      return;
    }
    if (line.kind === 'record' && !this.check(line.envelope)) {
      this.#suspect(raw, 'record.event');
      return;
    }
    this.#convict();
    if (raw.line === 1 && line.kind !== 'header') this.#break(raw, 'segment.header');
    if (line.kind === 'header') this.#header(line.header, raw);
    else if (line.kind === 'record') this.#record(line.envelope, raw);
    else this.#seal(line.seal, raw);
    this.#end = raw.end;
    this.#line = raw.line;
  }

  /** Ends the segment. What is bad at the end of the `last` one is a write that was cut short, not damage. */
  endSegment(last: boolean): void {
    const tornBytes = this.#size - this.#end;
    const tornLines = this.#suspects.length + this.#suspectsMore;
    // A crash tears one batch at the most, which one seal ends, so anything longer was whole once.
    const isLonger = this.#sealsSuspected > 1 || tornBytes > TAPE_BATCH_BYTES_MAX + 2 * TAPE_LINE_BYTES_MAX;
    if (!last || isLonger) this.#convict();
    const isTorn = this.#suspects.length > 0;
    this.#clearSuspects();
    this.tail = {
      end: this.#end,
      tornLines: isTorn ? tornLines : 0,
      tornBytes: isTorn ? tornBytes : 0,
      unsealed: this.#unsealed,
    };
    this.#flush(false);
    if (!last && this.#unsealed > 0 && !this.#isBroken)
      this.#break({ line: this.#line + 1, offset: this.#end }, 'segment.unsealed');
    if (this.#isBroken) this.#knowsChain = false;
    if (this.#isLoose) this.#knowsSeq = false;
  }

  /** The findings since the last call. */
  take(): readonly Finding[] {
    const findings = this.#findings;
    this.#findings = [];
    return findings;
  }

  #header(header: Header, raw: RawLine): void {
    if (raw.line === 1 && header.tape !== TAPE_FORMAT)
      throw new TapeError(
        'tape.version',
        `This tape has format ${header.tape} and was written by a newer Querytape; this one reads format ${TAPE_FORMAT}. Update Querytape, or choose another data folder with --data-dir.`,
      );
    if (raw.line !== 1 || !isHeader(header)) {
      this.#break(raw, raw.line === 1 ? 'segment.header' : 'line.kind');
      return;
    }
    const { segment, afterSeq, afterAt, chain } = header;
    const at = { segment: this.#segment, line: 1, offset: 0 };
    if (segment !== this.#segment) this.#damage({ ...at, code: 'segment.number' });
    else if (this.#knowsSeq && afterSeq !== this.seq) this.#damage({ ...at, code: 'segment.seq' });
    else if (this.#knowsChain && chain !== this.chain) this.#damage({ ...at, code: 'segment.chain' });
    this.seq = Math.max(this.seq, afterSeq);
    this.at = afterAt;
    this.chain = chain;
    this.#isSparse = header.sparse === true;
    this.isPlaced = this.#knowsSeq = this.#knowsChain = true;
    this.hash = beginBatch(chain);
    this.#cover(raw);
  }

  #record(envelope: Envelope, raw: RawLine): void {
    const { seq } = envelope;
    // Invariant I14.
    const follows = this.#isLoose || this.#isSparse ? seq > this.seq : seq === this.seq + 1;
    if (this.#knowsSeq && !follows) this.#break(raw, 'record.seq');
    this.#isLoose = false;
    this.#knowsSeq = true;
    // Never lower, whatever stands there: the next record must get a seq that no record ever had.
    this.seq = Math.max(this.seq, seq);
    this.at = envelope.at;
    this.#cover(raw);
    this.#records.push(envelope);
    this.#offsets.push(raw.offset);
    this.#unsealed++;
  }

  #seal({ seal, sha256 }: Seal, raw: RawLine): void {
    if (this.#knowsSeq && (this.#isLoose ? seal < this.seq : seal !== this.seq)) this.#break(raw, 'seal.seq');
    else if (!this.#isBroken && this.hash !== null && this.hash.digest('hex') !== sha256)
      // Said before the records it seals are given, so that a reader never gives what is not proven.
      this.#break(raw, 'seal.chain', false);
    this.#flush(!this.#isBroken);
    this.seq = Math.max(this.seq, seal);
    this.#knowsSeq = this.#knowsChain = true;
    this.chain = sha256;
    this.hash = beginBatch(sha256);
    this.#isBroken = false;
    this.#isLoose = false;
    this.#unsealed = 0;
  }

  #cover(raw: RawLine): void {
    if (raw.bytes !== null) this.hash?.update(raw.bytes).update('\n');
  }

  #suspect({ line, offset, bytes }: RawLine, code: string): void {
    if (bytes?.toString('latin1', 0, SEAL_KEY.length) === SEAL_KEY) this.#sealsSuspected++;
    if (this.#suspects.length < TAPE_DAMAGES_MAX)
      this.#suspects.push({ segment: this.#segment, line, offset, code });
    else this.#suspectsMore++;
  }

  /** A good line follows, or none may: the bad ones were not a torn end. */
  #convict(): void {
    if (this.#suspects.length === 0) return;
    this.#flush(false);
    for (const suspect of this.#suspects) this.#damage(suspect);
    this.untold += this.#suspectsMore;
    this.#clearSuspects();
    this.#isBroken = true;
    this.#isLoose = true;
  }

  #clearSuspects(): void {
    this.#suspects = [];
    this.#suspectsMore = this.#sealsSuspected = 0;
  }

  #break({ line, offset }: Pick<RawLine, 'line' | 'offset'>, code: string, flushFirst = true): void {
    if (flushFirst) this.#flush(false);
    this.#damage({ segment: this.#segment, line, offset, code });
    this.#isBroken = true;
  }

  #damage(damage: Damage): void {
    this.isDamaged = true;
    this.#findings.push({ damage });
  }

  #flush(proven: boolean): void {
    if (this.#records.length === 0) return;
    this.#findings.push({ records: this.#records, proven, segment: this.#segment, offsets: this.#offsets });
    this.#records = [];
    this.#offsets = [];
  }
}
