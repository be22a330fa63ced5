import { MIB } from '../../events/limits.ts';
import {
  cutBytes,
  cutFailure,
  HEADER_BYTES,
  MESSAGE_KINDS,
  type MessageKind,
  mostBytes,
  type Phase,
  TAG,
} from './backend-messages.ts';

/** Receives what a `MessageSplitter` finds, in the order of the stream. */
interface SplitterTarget {
  /**
   * `count` whole DataRow messages, undecoded; their fields add up and are as many as RowDescription said. A single one `isGiven`
   * where it was gathered from several chunks.
   */
  dataRows(bytes: Buffer, count: number, isGiven: boolean): void;
  /** One whole message of another kind, whose parts add up. Its bytes are overwritten after the call. */
  message(tag: number, bytes: Buffer): void;
  /** The stream is not PostgreSQL's protocol. Nothing is read of it any more. */
  violated(violation: Violation): void;
}

/** Where and how a stream broke the protocol. Holds nothing of what was in it. */
export interface Violation {
  /** The kind of message, or its tag in hexadecimal. */
  readonly kind: string;
  /** Bytes of the stream before it. */
  readonly offset: number;
  /** What is wrong with it, as the end of a sentence. */
  readonly what: string;
}

/** So much is set aside for what a header promises before any of it has come. */
const PROMISED_BYTES_MAX = 16 * MIB;

/** What Querytape asks by itself may be several statements in one message. */
const STATEMENTS_ASKED_MAX = 64;

/** A message that was cut by the end of a chunk. */
interface Begun {
  readonly kind: MessageKind;
  readonly tag: number;
  /** Whole length, tag included. */
  readonly length: number;
  /** Bytes of it that came. */
  came: number;
  /** Bytes of it that are kept; fewer than `length` only for an error or a notice that is cut. */
  readonly kept: number;
  bytes: Buffer;
  /** The last two bytes that came. */
  tail: number;
}

/**
 * Stands before pg's parser, which trusts every length that it reads. Splits the backend's stream at message borders and passes
 * on nothing but whole messages of a kind that may come now, with a length and a shape that are true of that kind. Runs of whole
 * DataRows are slices of what the socket gave; only a message that is cut by the end of a chunk is copied, once, into a buffer of
 * its own size, so a huge row costs no more than its bytes.
 */
export class MessageSplitter {
  private phase: Phase = 'signingIn';
  /** How often each tag came in this phase. */
  private readonly counts = new Uint32Array(256);
  /** Of the last RowDescription of this phase. */
  private fields = 0;
  /** The first bytes of a header that was cut, at most four. */
  private header: Buffer | null = null;
  private begun: Begun | null = null;
  /** Bytes of the stream before the chunk that is being read. */
  private before = 0;
  private hasEnded = false;

  constructor(private readonly target: SplitterTarget) {}

  /** What comes from now on belongs to another phase. */
  enter(phase: Phase): void {
    this.phase = phase;
    this.counts.fill(0);
  }

  /** Takes what the socket gave, which is overwritten after the call. */
  push(received: Buffer): void {
    const missing = this.header ? HEADER_BYTES - this.header.length : 0;
    if (this.header) {
      const header = Buffer.concat([this.header, received.subarray(0, missing)]);
      this.header = null;
      this.read(header);
    }
    this.read(received.subarray(missing));
  }

  private read(chunk: Buffer): void {
    let at = this.continueMessage(chunk);
    while (at < chunk.length && !this.hasEnded) {
      if (chunk.length - at < HEADER_BYTES) {
        this.header = Buffer.from(chunk.subarray(at));
        break;
      }
      at = this.takeMessage(chunk, at);
    }
    this.before += at;
  }

  /** Nothing is read any more. */
  end(): void {
    this.hasEnded = true;
  }

  /** Takes the message at `at`, or a run of rows; gives where the chunk goes on. */
  private takeMessage(chunk: Buffer, at: number): number {
    const tag = chunk[at]!;
    const kind = MESSAGE_KINDS.get(tag);
    const body = chunk.readInt32BE(at + 1);
    const wrong = this.wrong(kind, tag, body);
    if (wrong !== null) return this.violate(kind, tag, at, wrong);
    const length = 1 + body;
    const end = at + length;
    if (end > chunk.length) return this.begin(kind!, tag, length, chunk, at);
    if (tag === TAG.dataRow) return this.takeRows(chunk, at);
    if (length > cutBytes(kind!)) return this.begin(kind!, tag, length, chunk, at);
    this.deliver(kind!, tag, chunk.subarray(at, end), at);
    return end;
  }

  /** Why a message with this header can't come now; null where it can. */
  private wrong(kind: MessageKind | undefined, tag: number, length: number): string | null {
    if (!kind?.phases.includes(this.phase)) return 'can’t come here';
    if (kind.after !== undefined && this.counts[kind.after] === 0) return 'comes too early';
    if (length < kind.least || length > mostBytes(kind, this.phase)) return 'has a length that can’t be true';
    const most = this.phase === 'asking' ? STATEMENTS_ASKED_MAX * kind.times : kind.times;
    return ++this.counts[tag]! > most ? 'comes too often' : null;
  }

  /** Takes the run of whole rows at `at`. */
  private takeRows(chunk: Buffer, at: number): number {
    const view = viewOf(chunk);
    let end = at;
    let count = 0;
    let fits = true;
    while (chunk.length - end >= HEADER_BYTES && chunk[end] === TAG.dataRow) {
      const next = end + 1 + view.getInt32(end + 1);
      if (next > chunk.length) break;
      fits = rowFits(view, end, next, this.fields);
      if (!fits) break;
      end = next;
      count++;
    }
    if (count > 0) this.target.dataRows(chunk.subarray(at, end), count, false);
    return fits ? end : this.violate(MESSAGE_KINDS.get(TAG.dataRow), TAG.dataRow, end, WRONG_SHAPE);
  }

  /** Begins to gather a message that is not here as a whole, or not kept as a whole. */
  private begin(kind: MessageKind, tag: number, length: number, chunk: Buffer, at: number): number {
    const kept = Math.min(length, cutBytes(kind));
    const bytes = Buffer.allocUnsafeSlow(Math.min(kept, PROMISED_BYTES_MAX));
    this.begun = { kind, tag, length, came: 0, kept, bytes, tail: 0 };
    return this.gather(this.begun, chunk, at);
  }

  /** Goes on with a message that was cut; gives where the chunk goes on. */
  private continueMessage(chunk: Buffer): number {
    return this.begun && !this.hasEnded ? this.gather(this.begun, chunk, 0) : 0;
  }

  private gather(begun: Begun, chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + begun.length - begun.came);
    const wanted = Math.min(begun.kept, begun.came + end - at);
    if (wanted > begun.bytes.length) begun.bytes = grown(begun, wanted);
    if (begun.came < begun.kept) chunk.copy(begun.bytes, begun.came, at, end);
    for (let last = Math.max(at, end - 2); last < end; last++)
      begun.tail = ((begun.tail << 8) | chunk[last]!) & 0xffff;
    begun.came += end - at;
    if (begun.came === begun.length) {
      this.begun = null;
      this.complete(begun, at);
    }
    return end;
  }

  private complete({ kind, tag, length, kept, bytes, tail }: Begun, at: number): void {
    const whole = bytes.subarray(0, kept);
    if (tag === TAG.dataRow) {
      if (rowFits(viewOf(whole), 0, length, this.fields)) this.target.dataRows(whole, 1, true);
      else this.violate(kind, tag, at, WRONG_SHAPE);
    } else if (kept === length) this.deliver(kind, tag, whole, at);
    else if (tail === 0) this.deliver(kind, tag, cutFailure(whole, length), at);
    else this.violate(kind, tag, at, WRONG_SHAPE);
  }

  private deliver(kind: MessageKind, tag: number, bytes: Buffer, at: number): void {
    if (!kind.fits(bytes)) {
      this.violate(kind, tag, at, WRONG_SHAPE);
      return;
    }
    if (tag === TAG.rowDescription) this.fields = bytes.readInt16BE(HEADER_BYTES);
    this.target.message(tag, bytes);
  }

  private violate(kind: MessageKind | undefined, tag: number, at: number, what: string): number {
    this.end();
    this.target.violated({ kind: kind?.name ?? `0x${tag.toString(16)}`, offset: this.before + at, what });
    return at;
  }
}

const WRONG_SHAPE = 'has parts that don’t add up';

/** Room for what has come and what may follow, at most as much again. */
function grown({ bytes, came, kept }: Begun, wanted: number): Buffer {
  const more = Buffer.allocUnsafeSlow(Math.min(kept, Math.max(wanted, 2 * bytes.length)));
  bytes.copy(more, 0, 0, came);
  return more;
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/**
 * Whether the DataRow from `at` to `end` has so many fields, none of them longer than what is there (-1 is NULL). A view reads numbers
 * in a third of the time that a Buffer takes.
 */
function rowFits(view: DataView, at: number, end: number, fields: number): boolean {
  if (end - at < HEADER_BYTES + 2 || view.getInt16(at + HEADER_BYTES) !== fields) return false;
  let next = at + HEADER_BYTES + 2;
  for (let field = 0; field < fields; field++) {
    if (next + 4 > end) return false;
    const length = view.getInt32(next);
    if (length < -1) return false;
    next += length > 0 ? 4 + length : 4;
  }
  return next === end;
}
