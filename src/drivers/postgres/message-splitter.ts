import { MESSAGE_BYTES_MAX } from '../../events/limits.ts';

/** Tags of the backend's messages that are told apart here (PostgreSQL manual, "Message Formats"). */
export const TAG = { dataRow: 0x44, readyForQuery: 0x5a } as const;

/** Told what a `MessageSplitter` finds, in the order of the stream. */
export interface SplitterTarget {
  /** `count` whole DataRow messages, undecoded. */
  dataRows(bytes: Buffer, count: number): void;
  /** A part of the stream that is for pg's own parser, which joins parts. */
  other(bytes: Buffer): void;
  /** ReadyForQuery has been passed on, and with it all the rest; nothing may be pushed any more. */
  readyForQuery(): void;
  /** The stream is not PostgreSQL's protocol. */
  violated(message: string): void;
}

/** A tag and the length. */
const HEADER_BYTES = 5;

/**
 * Splits the backend's stream at message borders without looking inside: runs of whole DataRows are slices of what the
 * socket gave, everything else is passed on. Only a row that is cut by the end of a chunk is copied, once, into a buffer
 * of its own size; so a huge row costs no more than its bytes.
 */
export class MessageSplitter {
  /** The first bytes of a header that was cut, at most four. */
  private header: Buffer | null = null;
  /** A row that was cut, and how much of it is here. */
  private row: Buffer | null = null;
  private rowBytes = 0;
  /** What is still to come of another message. */
  private otherRest = 0;
  private otherTag = 0;

  constructor(private readonly target: SplitterTarget) {}

  /** Takes what the socket gave. */
  push(received: Buffer): void {
    const chunk = this.header ? Buffer.concat([this.header, received]) : received;
    this.header = null;
    let at = this.continueRow(chunk);
    while (at < chunk.length) {
      if (this.otherRest > 0) {
        at = this.passOn(chunk, at);
        if (this.otherRest === 0 && this.otherTag === TAG.readyForQuery) {
          this.endHere(chunk, at);
          return;
        }
      } else if (chunk.length - at < HEADER_BYTES) {
        this.header = Buffer.from(chunk.subarray(at));
        return;
      } else if (chunk[at] === TAG.dataRow) {
        const end = this.takeRows(chunk, at);
        if (end < 0) return;
        at = end;
      } else {
        this.otherTag = chunk[at]!;
        this.otherRest = messageBytes(chunk, at);
        if (this.otherRest < 0) {
          this.target.violated(`a message ${tagText(chunk, at)} has no length`);
          return;
        }
      }
    }
  }

  /** Takes the run of rows at `at`; gives where it ends, or -1 when the chunk has been used up. */
  private takeRows(chunk: Buffer, at: number): number {
    let end = at;
    let count = 0;
    let length = 0;
    while (chunk.length - end >= HEADER_BYTES && chunk[end] === TAG.dataRow) {
      length = messageBytes(chunk, end);
      if (length < 0 || end + length > chunk.length) break;
      end += length;
      count++;
    }
    if (count > 0) this.target.dataRows(chunk.subarray(at, end), count);
    if (length < 0) {
      this.target.violated('a row has no length');
      return -1;
    }
    if (chunk.length - end < HEADER_BYTES || chunk[end] !== TAG.dataRow) return end;
    this.row = Buffer.allocUnsafeSlow(length);
    this.rowBytes = chunk.copy(this.row, 0, end);
    return -1;
  }

  /** Fills the row that was cut; gives where the chunk goes on. */
  private continueRow(chunk: Buffer): number {
    if (!this.row) return 0;
    const copied = chunk.copy(this.row, this.rowBytes);
    this.rowBytes += copied;
    if (this.rowBytes === this.row.length) {
      const { row } = this;
      this.row = null;
      this.target.dataRows(row, 1);
    }
    return copied;
  }

  private passOn(chunk: Buffer, at: number): number {
    const part = chunk.subarray(at, at + this.otherRest);
    this.otherRest -= part.length;
    this.target.other(part);
    return at + part.length;
  }

  /** What follows ReadyForQuery belongs to no statement: a notification, or the server's goodbye. */
  private endHere(chunk: Buffer, at: number): void {
    if (at < chunk.length) this.target.other(chunk.subarray(at));
    this.target.readyForQuery();
  }
}

/** The whole length of the message at `at`, tag included; -1 where it can't be true. */
function messageBytes(chunk: Buffer, at: number): number {
  const length = chunk.readInt32BE(at + 1);
  return length < 4 || length > MESSAGE_BYTES_MAX ? -1 : 1 + length;
}

function tagText(chunk: Buffer, at: number): string {
  return `0x${chunk[at]!.toString(16)}`;
}
