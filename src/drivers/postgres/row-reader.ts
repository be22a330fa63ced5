/** Tags of the backend's messages that are told apart here (PostgreSQL manual, "Message Formats"). */
export const TAG = { dataRow: 0x44, readyForQuery: 0x5a, copyData: 0x64 } as const;

/** Told what a `MessageSplitter` finds, in the order of the stream. */
export interface SplitterTarget {
  /** `count` whole DataRow messages, undecoded. */
  dataRows(bytes: Buffer, count: number): void;
  /** A part of another message, for pg's own parser, which joins parts. */
  other(bytes: Buffer): void;
  /** The other message with this tag has been given as a whole. */
  otherEnded(tag: number): void;
}

const HEADER_BYTES = 5;

/**
 * Splits the backend's stream at message borders without looking inside: runs of whole DataRows are slices of what the
 * socket gave, everything else is passed on. Only a row that is cut by the end of a chunk is copied, once, into a buffer
 * of its own size.
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
    let runStart = at;
    let runRows = 0;
    const endRun = (): void => {
      if (runRows > 0) this.target.dataRows(chunk.subarray(runStart, at), runRows);
      runRows = 0;
    };
    while (at < chunk.length) {
      if (this.otherRest > 0) {
        at = this.passOn(chunk, at);
        runStart = at;
        continue;
      }
      if (chunk.length - at < HEADER_BYTES) {
        endRun();
        this.header = Buffer.from(chunk.subarray(at));
        return;
      }
      const tag = chunk[at]!;
      const length = 1 + chunk.readInt32BE(at + 1);
      if (tag !== TAG.dataRow) {
        endRun();
        this.otherTag = tag;
        this.otherRest = length;
      } else if (at + length <= chunk.length) {
        at += length;
        runRows++;
      } else {
        endRun();
        this.beginRow(chunk, at, length);
        return;
      }
    }
    endRun();
  }

  private beginRow(chunk: Buffer, at: number, length: number): void {
    this.row = Buffer.allocUnsafeSlow(length);
    this.rowBytes = chunk.copy(this.row, 0, at);
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
    if (this.otherRest === 0) this.target.otherEnded(this.otherTag);
    return at + part.length;
  }
}
