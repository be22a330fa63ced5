/** Messages of PostgreSQL's backend, byte by byte, for servers that don't mean well (PostgreSQL manual, "Message Formats"). */

/** A message of any tag, with the length that is true of it or any other. */
export function message(tag: string, body: Uint8Array | string = '', length?: number): Buffer {
  const bytes = Buffer.from(body as string);
  const head = Buffer.alloc(5);
  head.write(tag, 0, 'latin1');
  head.writeInt32BE(length ?? 4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function authentication(kind: number, body: Uint8Array | string = ''): Buffer {
  return message('R', Buffer.concat([int32(kind), Buffer.from(body as string)]));
}

export function rowDescription(names: readonly string[]): Buffer {
  const fields = names.map((name) =>
    Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]),
  );
  return message('T', Buffer.concat([int16(names.length), ...fields]));
}

export function dataRow(values: readonly (string | Buffer | null)[]): Buffer {
  const cells = values.map((value) => {
    if (value === null) return int32(-1);
    const bytes = Buffer.from(value as string);
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  return message('D', Buffer.concat([int16(values.length), ...cells]));
}

/** An error or a notice by its fields' letters. */
export function failure(tag: 'E' | 'N', fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).map(([type, text]) => `${type}${text}\0`);
  return message(tag, `${parts.join('')}\0`);
}

export function parameterStatus(name: string, value: string): Buffer {
  return message('S', `${name}\0${value}\0`);
}

export const backendKeyData = message('K', Buffer.concat([int32(4711), int32(1)]));
export const readyForQuery = (status = 'I'): Buffer => message('Z', status);
export const commandComplete = (tag: string): Buffer => message('C', `${tag}\0`);
export const parseComplete = message('1');
export const bindComplete = message('2');
export const noData = message('n');
