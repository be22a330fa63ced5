/** First byte of a command's packet (MySQL source, my_command.h). */
export const COM = { query: 0x03, ping: 0x0e } as const;

/** First byte of a server's packet (MySQL manual, "Generic Response Packets"). */
export const HEADER = { ok: 0x00, localInfile: 0xfb, eof: 0xfe, error: 0xff } as const;

/** Status flags of OK and EOF packets (MySQL source, mysql_com.h, SERVER_STATUS_flags_enum). */
export const STATUS = {
  inTransaction: 0x0001,
  autocommit: 0x0002,
  moreResults: 0x0008,
  noBackslashEscapes: 0x0200,
  sessionStateChanged: 0x4000,
} as const;

/** CLIENT_SESSION_TRACK: OK packets say which of the session's variables have changed. */
export const SESSION_TRACK = 0x0080_0000;
/**
 * Types of a tracked change (MySQL source, mysql_com.h, enum_session_state_type): one that names variables, the last one that is of
 * what the session holds. Those beyond are of its transactions: GTIDs, their characteristics, their state.
 */
const TRACKED_VARIABLE = 0;
const TRACKED_STATE = 2;
const TRACKED_CHARACTERISTICS = 4;
/** MySQL counts statements in a variable that it reports with each of them: no statement has changed it. */
const STATEMENT_COUNTER = 'statement_id';

/** The longest payload of one packet; a longer one goes on in the next (MySQL manual, "MySQL Packets"). */
export const PACKET_BYTES_MAX = 0xff_ffff;
/** Int<3> length and Int<1> sequence number. */
export const HEADER_BYTES = 4;
/** An EOF packet is shorter than this; a longer packet with its first byte is a row. */
const EOF_BYTES_MAX = 9;

/** A packet as mysql2's parser hands it over: `start` is at its header, `end` behind its payload. Valid during the call. */
export interface Packet {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** The buffer is the command's from then on; otherwise it is overwritten once the chunk has been read. */
  readonly isGiven: boolean;
}

/** Reads a payload's fields one after another. Never reads beyond its end: what is missing is zero and empty. */
class PacketReader {
  private at: number;
  constructor(
    private readonly bytes: Buffer,
    start: number,
    private readonly end: number,
  ) {
    this.at = start;
  }

  get rest(): number {
    return this.end - this.at;
  }

  /** Int<n>, little-endian, up to six bytes. */
  int(bytes: 1 | 2 | 3 | 4): number {
    const from = this.at;
    this.at += bytes;
    return this.at > this.end ? 0 : this.bytes.readUIntLE(from, bytes);
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  /** Int<lenenc>; counts above 2^53 lose digits, which no count of ours reaches. */
  count(): number {
    const first = this.int(1);
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.int(2);
    if (first === 0xfd) return this.int(3);
    const low = this.int(4);
    return low + this.int(4) * 2 ** 32;
  }

  /** String<lenenc> */
  text(): string {
    const length = this.count();
    const from = this.at;
    this.at = Math.min(this.end, from + length);
    return this.bytes.toString('utf8', from, this.at);
  }

  /** String<EOF> */
  restText(): string {
    const from = this.at;
    this.at = this.end;
    return this.bytes.toString('utf8', from, this.end);
  }

  /** A part of the payload as a reader of its own: String<lenenc> that holds fields. */
  part(): PacketReader {
    const length = this.count();
    const from = this.at;
    this.at = Math.min(this.end, from + length);
    return new PacketReader(this.bytes, from, this.at);
  }
}

function payloadReader({ buffer, start, end }: Packet): PacketReader {
  return new PacketReader(buffer, start + HEADER_BYTES, end);
}

export function isEof({ buffer, start, end }: Packet): boolean {
  return buffer[start + HEADER_BYTES] === HEADER.eof && end - start - HEADER_BYTES < EOF_BYTES_MAX;
}

/** What OK_Packet and EOF_Packet say. */
export interface StatementOk {
  readonly affected: number;
  readonly status: number;
  readonly warnings: number;
  /** Variables that the statement changed, as far as the server tracks them. */
  readonly variables: Readonly<Record<string, string>>;
  /** The session holds something else than before: variables, the current database, temporary tables, prepared statements. */
  readonly changed: boolean;
  /** The statements by which a transaction would be begun like the one that is open or will be next; left out where that is as before. */
  readonly characteristics?: string;
  /** It is the end of a result's rows, with which MySQL reports no change: that comes with the next OK. */
  readonly endsRows: boolean;
}

/** OK_Packet (MySQL manual, "OK_Packet"). `tracks` is whether SESSION_TRACK was agreed on. */
export function readOk(packet: Packet, tracks: boolean): StatementOk {
  const reader = payloadReader(packet);
  reader.skip(1);
  const affected = reader.count();
  // The last insert id, which this driver has no use for.
  reader.count();
  const status = reader.int(2);
  const warnings = reader.int(2);
  const changed = (status & STATUS.sessionStateChanged) !== 0;
  let changes: Pick<StatementOk, 'variables' | 'changed' | 'characteristics'> = { variables: {}, changed };
  if (tracks && reader.rest > 0) {
    reader.text();
    if (changed) changes = readChanges(reader.part());
  }
  return { affected, status, warnings, ...changes, endsRows: false };
}

/** What changed; the counter of statements and transactions are no change of what the session holds. */
function readChanges(changes: PacketReader): Pick<StatementOk, 'variables' | 'changed' | 'characteristics'> {
  const variables: Record<string, string> = {};
  let characteristics: string | undefined;
  let isOther = false;
  let changed = false;
  while (changes.rest > 0) {
    const type = changes.int(1);
    const change = changes.part();
    if (type === TRACKED_CHARACTERISTICS) characteristics = change.text();
    if (type > TRACKED_STATE) isOther = true;
    else if (type !== TRACKED_VARIABLE) changed = true;
    // MariaDB puts several variables into one change.
    while (type === TRACKED_VARIABLE && change.rest > 0) {
      const [name, value] = [change.text(), change.text()];
      if (name === STATEMENT_COUNTER) isOther = true;
      else {
        variables[name] = value;
        changed = true;
      }
    }
  }
  return {
    variables,
    changed: changed || !isOther,
    ...(characteristics === undefined ? {} : { characteristics }),
  };
}

/** EOF_Packet (MySQL manual, "EOF_Packet"). */
export function readEof(packet: Packet): StatementOk {
  const reader = payloadReader(packet);
  reader.skip(1);
  const warnings = reader.int(2);
  const status = reader.int(2);
  const changed = (status & STATUS.sessionStateChanged) !== 0;
  return { affected: 0, status, warnings, variables: {}, changed, endsRows: true };
}

/** What ERR_Packet says. */
export interface ServerError {
  readonly errno: number;
  /** Five characters; empty before the handshake is over. */
  readonly sqlState: string;
  readonly message: string;
}

/** ERR_Packet (MySQL manual, "ERR_Packet"). */
export function readError(packet: Packet): ServerError {
  const reader = payloadReader(packet);
  reader.skip(1);
  const errno = reader.int(2);
  const words = reader.restText();
  return words.startsWith('#')
    ? { errno, sqlState: words.slice(1, 6), message: words.slice(6) }
    : { errno, sqlState: '', message: words };
}

/** What Protocol::ColumnDefinition41 says of a result's column. */
export interface ColumnDefinition {
  readonly schema: string;
  /** The table's alias in the statement. */
  readonly table: string;
  readonly orgTable: string;
  readonly name: string;
  readonly orgName: string;
  /** MariaDB's own type and format where the protocol's are too few: `uuid`, `point`; `json`. */
  readonly extendedType: string;
  readonly extendedFormat: string;
  readonly charset: number;
  /** In bytes. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly decimals: number;
}

/** Int<lenenc> 0x0c, Int<2> charset, Int<4> length, Int<1> type, Int<2> flags, Int<1> decimals, two bytes of filler. */
const FIXED_BYTES = 13;

/**
 * Protocol::ColumnDefinition41 (MySQL manual, "Text Resultset"; MariaDB's manual, "Result Set Packets", for the extended
 * metadata that may stand before the fixed part).
 */
export function readColumnDefinition(packet: Packet): ColumnDefinition {
  const reader = payloadReader(packet);
  reader.text();
  const schema = reader.text();
  const table = reader.text();
  const orgTable = reader.text();
  const name = reader.text();
  const orgName = reader.text();
  const extended = ['', ''];
  if (reader.rest > FIXED_BYTES) {
    const metadata = reader.part();
    while (metadata.rest > 0) extended[metadata.int(1)] = metadata.text();
  }
  reader.skip(1);
  return {
    schema,
    table,
    orgTable,
    name,
    orgName,
    extendedType: extended[0]!,
    extendedFormat: extended[1]!,
    charset: reader.int(2),
    length: reader.int(4),
    type: reader.int(1),
    flags: reader.int(2),
    decimals: reader.int(1),
  };
}

/** A command as the packets it takes, numbered from 0. */
export function commandPackets(command: number, body: string): Buffer[] {
  const payload = Buffer.byteLength(body) + 1;
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload);
  bytes[HEADER_BYTES] = command;
  bytes.write(body, HEADER_BYTES + 1);
  if (payload < PACKET_BYTES_MAX) {
    bytes.writeUIntLE(payload, 0, 3);
    bytes[3] = 0;
    return [bytes];
  }
  const packets: Buffer[] = [];
  // A payload that fills its last packet is followed by an empty one, so that its end is known.
  for (let at = 0, number = 0; at <= payload; at += PACKET_BYTES_MAX, number++) {
    const length = Math.min(PACKET_BYTES_MAX, payload - at);
    const header = Buffer.from([length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff, number & 0xff]);
    packets.push(header, bytes.subarray(HEADER_BYTES + at, HEADER_BYTES + at + length));
    if (length < PACKET_BYTES_MAX) break;
  }
  return packets;
}
