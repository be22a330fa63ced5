/** Int<lenenc> (MySQL manual, "Integer Types"). */
export function lenenc(count: number): Buffer {
  if (count < 0xfb) return Buffer.from([count]);
  const bytes = Buffer.alloc(count < 0x1_0000 ? 3 : count < 0x100_0000 ? 4 : 9);
  bytes[0] = bytes.length === 3 ? 0xfc : bytes.length === 4 ? 0xfd : 0xfe;
  bytes.writeUIntLE(count, 1, Math.min(6, bytes.length - 1));
  return bytes;
}

/** String<lenenc> */
export function text(value: string): Buffer {
  return Buffer.concat([lenenc(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** A payload as a packet of its own; `length` where it says another length than it has. */
export function packet(number: number, payload: Buffer | readonly number[], length = payload.length): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(length & 0xff_ffff, 0, 3);
  head[3] = number & 0xff;
  return Buffer.concat([head, Buffer.from(payload)]);
}

const CAPABILITIES = { all: 0x00aa_ffff & ~0x0800, ssl: 0x0800 } as const;

/** Protocol::HandshakeV10 */
export function greeting(plugin = 'mysql_native_password', isEncrypted = false): Buffer {
  const capabilities = (CAPABILITIES.all & ~0x20) | (isEncrypted ? CAPABILITIES.ssl : 0);
  const middle = Buffer.alloc(4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10);
  middle.writeUInt32LE(7, 0);
  middle.fill('a', 4, 12);
  middle.writeUInt16LE(capabilities & 0xffff, 13);
  middle[15] = 45;
  middle.writeUInt16LE(2, 16);
  middle.writeUInt16LE(capabilities >>> 16, 18);
  middle[20] = 21;
  return Buffer.concat([
    Buffer.from('\x0a9.9.9-rogue\0', 'latin1'),
    middle,
    Buffer.from(`bbbbbbbbbbbb\0${plugin}\0`, 'latin1'),
  ]);
}

export const ok = Buffer.from([0, 0, 0, 2, 0, 0, 0]);
export const eof = Buffer.from([0xfe, 0, 0, 2, 0]);

/** ERR_Packet */
export function error(errno: number, words: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, errno & 0xff, errno >> 8]), Buffer.from(`#HY000${words}`)]);
}

/** AuthSwitchRequest */
export function authSwitch(plugin: string, challenge = `${'c'.repeat(20)}\0`): Buffer {
  return Buffer.concat([Buffer.from([0xfe]), Buffer.from(`${plugin}\0${challenge}`, 'latin1')]);
}

/** AuthMoreData */
export function moreData(data: Buffer | readonly number[]): Buffer {
  return Buffer.concat([Buffer.from([1]), Buffer.from(data)]);
}

/** Protocol::ColumnDefinition41 of a text column. */
export function definition(name: string): Buffer {
  const fixed = Buffer.from([0x0c, 45, 0, 255, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0]);
  return Buffer.concat([...['def', 'd', 't', 't', name, name].map(text), fixed]);
}

/** Text Resultset Row */
export function row(values: readonly (string | null)[]): Buffer {
  return Buffer.concat(values.map((value) => (value === null ? Buffer.from([0xfb]) : text(value))));
}

/** The payloads of a whole result, in their order. */
export function result(columns: readonly string[], rows: readonly (readonly (string | null)[])[]): Buffer[] {
  return [lenenc(columns.length), ...columns.map(definition), eof, ...rows.map(row), eof];
}
