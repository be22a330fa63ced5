import type { Duplex } from 'node:stream';
import type { FailureText } from '../../events/failure.ts';
import { ANSWER_BYTES_MAX, DEFINITIONS_BYTES_MAX, MESSAGE_BYTES_MAX, RESULT_COLUMNS_MAX } from '../limits.ts';
import { columnCount, isColumnDefinition, isEofPacket, isError, isOk, isRow } from './packet-shape.ts';
import {
  COM,
  type ColumnDefinition,
  commandPackets,
  HEADER,
  HEADER_BYTES,
  isEof,
  type Packet,
  readColumnDefinition,
  readEof,
  readError,
  readOk,
  SESSION_TRACK,
  type ServerError,
  STATUS,
  type StatementOk,
} from './protocol.ts';

/** What mysql2's Connection offers a command. Internal to mysql2 3.24; the contract tests hold it, TLS included. */
export interface MysqlWire {
  readonly stream: Duplex;
  readonly serverCapabilityFlags: number;
  /** Number of the next packet. */
  sequenceId: number;
  write(bytes: Buffer): void;
  addCommand(command: TextQuery): void;
  /** Stands in the place of mysql2's own parser. */
  readonly packetParser: {
    /** Ends the connection, as what the server sent is not its protocol. */
    violated(words: string): void;
    /** Stops reading. */
    pause(): void;
    resume(): void;
  };
}

/** How a command's packets ended. */
export type WireEnd =
  | { readonly type: 'completed'; readonly ok: StatementOk }
  | { readonly type: 'failed'; readonly error: ServerError }
  | { readonly type: 'refused'; readonly failure: FailureText }
  | { readonly type: 'lost'; readonly ran: 'notRun' | 'mayHaveCompleted'; readonly failure: FailureText };

/** What a command reports, in the order of the stream. */
export interface TextQueryTarget {
  /** A result set begins. */
  columns(columns: readonly ColumnDefinition[]): void;
  /** Whole rows, undecoded (doc/wire.md, mysql-text), lent as in `RowSink.rows`. False stops reading until `resume`. */
  rows(bytes: Uint8Array, count: number, isGiven: boolean): boolean;
  /** The status flags of an OK or EOF packet. */
  status(flags: number): void;
  /** Called once. */
  end(end: WireEnd): void;
  /** The longest row that is taken, in bytes; one of `MESSAGE_BYTES_MAX` where it is left out. */
  readonly rowBytesMax?: number;
}

/**
 * One command and its answer in the text protocol (MySQL manual, "COM_QUERY Response"). mysql2 dials, encrypts and signs in,
 * and cuts the stream into packets; while this is its active command it hands each of them to `execute`. Rows are not
 * decoded: runs of them go on as slices of what the socket gave.
 *
 *   sent → header ─→ OK ─────────────────────────────→ completed
 *            │  └──→ ERR (here and below) ───────────→ failed
 *            └─→ columns → EOF → rows ⇄ paused → EOF → completed
 *            ↑                                    │ more results
 *            └────────────────────────────────────┘
 *          connection gone before the end ───────────→ lost
 *
 * Rests on mysql2's internals (3.24): `addCommand` calls `execute` without a packet when it is this command's turn, then once
 * for each packet, until it returns true; packets are numbered by `sequenceId`, which the sender sets.
 */
export class TextQuery {
  private wire: MysqlWire | null = null;
  private step: 'header' | 'columns' | 'columnsEnd' | 'rows' = 'header';
  private definitions: ColumnDefinition[] = [];
  private definitionsLeft = 0;
  private definitionBytes = 0;
  /** What the OKs said until now, of a statement with several results. */
  private said: StatementOk | null = null;
  /** A run of rows that stand side by side. */
  private run: Buffer | null = null;
  private runStart = 0;
  private runEnd = 0;
  private runRows = 0;
  private isRunGiven = false;
  private sent = false;
  private ended = false;
  private refusal: FailureText | null = null;
  private discarding = false;
  /** Rows that came after `discard`, and what the last one was where that is a single digit. */
  discardedRows = 0;
  discardedDigit: string | null = null;
  private pausedSince: number | null = null;
  private pausedMs = 0;
  /** The statement gives rows, if only none. */
  hasColumns = false;

  constructor(
    private readonly command: number,
    private readonly body: string,
    private readonly target: TextQueryTarget,
  ) {}

  /** Time reading was stopped by the sink, in milliseconds. */
  get paused(): number {
    return this.pausedMs + (this.pausedSince === null ? 0 : performance.now() - this.pausedSince);
  }

  /** Reads on after the target said false. */
  resume(): void {
    if (this.pausedSince === null) return;
    this.pausedMs += performance.now() - this.pausedSince;
    this.pausedSince = null;
    this.wire?.packetParser.resume();
  }

  /**
   * From now on rows are read and thrown away. A server that waits for us to read does not see a KILL, so a paused stream
   * goes on.
   */
  discard(): void {
    this.discarding = true;
    this.resume();
  }

  /** The connection is gone before the server's last word on this command. */
  lose(failure: FailureText): void {
    this.end({ type: 'lost', ran: this.sent ? 'mayHaveCompleted' : 'notRun', failure });
  }

  /** Called by mysql2. True ends the command. */
  execute(packet: Packet | undefined, wire: MysqlWire): boolean {
    if (!packet) {
      this.send(wire);
      return false;
    }
    const { buffer, start, end, isGiven } = packet;
    const payload = start + HEADER_BYTES;
    const first = end > payload ? buffer[payload] : undefined;
    if (this.step === 'rows' && first !== HEADER.error && !isEof(packet)) {
      if (!isRow(buffer, payload, end, this.definitions.length))
        return this.violated(`a row that is not of ${this.definitions.length} values`);
      // The length takes the place of the whole header: a row of several packets is longer than three bytes can say.
      buffer.writeUInt32LE(end - start - HEADER_BYTES, start);
      this.row(buffer, start, end, isGiven);
      return false;
    }
    this.flush();
    if (first === HEADER.error) {
      if (!isError(buffer, payload, end)) return this.violated('an ERR packet without its number');
      this.end({ type: 'failed', error: readError(packet) });
      return true;
    }
    return this.answer(packet, payload);
  }

  /**
   * Takes the run of whole rows that begins at `at` and gives where it ends, which is how most of a result goes. What is not
   * plainly a row of that number stays for `execute`, which tells what it is.
   */
  takeRows(chunk: Buffer, at: number): number {
    const { wire, step } = this;
    if (step !== 'rows' || !wire) return at;
    const columns = this.definitions.length;
    let number = wire.sequenceId;
    let start = at;
    for (;;) {
      const payload = start + HEADER_BYTES;
      if (payload >= chunk.length || chunk[start + 3] !== number) break;
      const length = chunk[start]! | (chunk[start + 1]! << 8) | (chunk[start + 2]! << 16);
      const end = payload + length;
      // From 0xfe on the first byte may be that of an EOF or ERR packet.
      if (end > chunk.length || length > ANSWER_BYTES_MAX || chunk[payload]! >= HEADER.eof) break;
      if (!isRow(chunk, payload, end, columns)) break;
      // The length takes the place of the whole header, of which the number is its uppermost byte.
      chunk[start + 3] = 0;
      this.row(chunk, start, end, false);
      number = (number + 1) & 0xff;
      start = end;
    }
    wire.sequenceId = number;
    return start;
  }

  /** The longest payload that can come next, in bytes. */
  get packetBytesMax(): number {
    return this.step === 'rows' ? (this.target.rowBytesMax ?? MESSAGE_BYTES_MAX) : ANSWER_BYTES_MAX;
  }

  /** False, as only the socket's end ends the command then. */
  private violated(words: string): false {
    this.wire!.packetParser.violated(words);
    return false;
  }

  /** The parts of an answer that are not rows. True ends the command. */
  private answer(packet: Packet, payload: number): boolean {
    const { buffer, end } = packet;
    const first = buffer[payload];
    switch (this.step) {
      case 'header': {
        if (first === HEADER.ok)
          return isOk(buffer, payload, end)
            ? this.ok(readOk(packet, this.tracks))
            : this.violated('an OK packet that is cut');
        // It was given none; nothing but its word on that can follow.
        if (this.refusal) return this.violated('more than an end to a statement that was given no file');
        if (first === HEADER.localInfile) return this.refuseFile();
        const count = columnCount(buffer, payload, end);
        if (count < 1 || count > RESULT_COLUMNS_MAX)
          return this.violated(`a result that is not of 1 to ${RESULT_COLUMNS_MAX} columns`);
        this.definitionsLeft = count;
        this.definitions = [];
        this.definitionBytes = 0;
        this.step = 'columns';
        return false;
      }
      case 'columns':
        this.definitionBytes += end - payload;
        if (!isColumnDefinition(buffer, payload, end) || this.definitionBytes > DEFINITIONS_BYTES_MAX)
          return this.violated('the definition of a column that is not one');
        this.definitions.push(readColumnDefinition(packet));
        if (--this.definitionsLeft === 0) this.step = 'columnsEnd';
        return false;
      case 'columnsEnd':
        if (!isEofPacket(buffer, payload, end)) return this.violated('columns without an end');
        this.hasColumns = true;
        this.step = 'rows';
        this.target.columns(this.definitions);
        return false;
      case 'rows':
        return isEofPacket(buffer, payload, end)
          ? this.ok(readEof(packet))
          : this.violated('an EOF packet of another length');
    }
  }

  private get tracks(): boolean {
    return ((this.wire?.serverCapabilityFlags ?? 0) & SESSION_TRACK) !== 0;
  }

  private send(wire: MysqlWire): void {
    const { stream } = wire;
    this.wire = wire;
    // Nothing leaves on a stream that is not writable.
    this.sent = stream.writable;
    const packets = commandPackets(this.command, this.body);
    stream.cork();
    for (const packet of packets) wire.write(packet);
    stream.uncork();
    // A long command is a header and a payload, several times over.
    wire.sequenceId = Math.max(1, packets.length / 2) & 0xff;
  }

  private row(buffer: Buffer, start: number, end: number, isGiven: boolean): void {
    if (this.discarding) {
      this.discardedRows++;
      this.discardedDigit = oneDigit(buffer.subarray(start + HEADER_BYTES, end));
      return;
    }
    if (this.run === buffer && this.runEnd === start) {
      this.runEnd = end;
      this.runRows++;
      return;
    }
    this.flush();
    this.run = buffer;
    this.runStart = start;
    this.runEnd = end;
    this.runRows = 1;
    this.isRunGiven = isGiven;
  }

  /** Hands over the rows that the last chunk held. Called at each chunk's end, before it is overwritten. */
  flush(): void {
    const { run, runRows } = this;
    if (run === null) return;
    this.run = null;
    if (this.discarding) this.discardedRows += runRows;
    if (this.discarding || this.ended) return;
    const rows = run.subarray(this.runStart, this.runEnd);
    if (this.target.rows(rows, runRows, this.isRunGiven) || this.discarding || this.ended) return;
    this.pausedSince ??= performance.now();
    this.wire?.packetParser.pause();
  }

  private ok(ok: StatementOk): boolean {
    this.target.status(ok.status);
    const { affected = 0, variables = {} } = this.said ?? {};
    const said = {
      ...this.said,
      ...ok,
      affected: affected + ok.affected,
      variables: { ...variables, ...ok.variables },
    };
    this.said = said;
    if (ok.status & STATUS.moreResults) {
      this.step = 'header';
      return false;
    }
    if (this.refusal) this.end({ type: 'refused', failure: this.refusal });
    else this.end({ type: 'completed', ok: said });
    return true;
  }

  /** The server wants a file of this machine, though this client never said that it has any to give: it gets none. */
  private refuseFile(): boolean {
    this.refusal = FILE_REFUSED;
    const wire = this.wire!;
    // An empty packet is an empty file, after which the server ends the statement.
    wire.write(Buffer.from([0, 0, 0, wire.sequenceId]));
    wire.sequenceId = (wire.sequenceId + 1) & 0xff;
    return false;
  }

  private end(end: WireEnd): void {
    if (this.ended) return;
    this.flush();
    this.ended = true;
    this.resume();
    this.target.end(end);
  }
}

/** The value of a row that is one column of one digit, as SLEEP() gives it. */
function oneDigit(row: Buffer): string | null {
  return row.length === 2 && row[0] === 1 ? String.fromCharCode(row[1]!) : null;
}

const FILE_REFUSED: FailureText = {
  code: 'localInfile.refused',
  source: 'client',
  message:
    'The server asked for a file of this machine (LOAD DATA LOCAL), and Querytape sends none. Nothing was loaded.',
  advice: "Use the server's own command line client for LOAD DATA LOCAL.",
};

/** COM_QUERY */
export function query(text: string, target: TextQueryTarget): TextQuery {
  return new TextQuery(COM.query, text, target);
}

/** COM_PING, whose OK tells the status flags. */
export function ping(target: TextQueryTarget): TextQuery {
  return new TextQuery(COM.ping, '', target);
}
