import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageSplitter } from '../../../../src/drivers/postgres/message-splitter.ts';

function message(tag: string, body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(tag, 0, 'latin1');
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** What a splitter said of a stream that came in these chunks. */
function split(chunks: readonly Buffer[]) {
  const rows: Buffer[] = [];
  const other: Buffer[] = [];
  const said: string[] = [];
  const splitter = new MessageSplitter({
    dataRows(bytes, count) {
      expect(count).toBeGreaterThan(0);
      let at = 0;
      for (let row = 0; row < count; row++) {
        const length = 1 + bytes.readInt32BE(at + 1);
        rows.push(bytes.subarray(at, at + length));
        at += length;
      }
      expect(at).toBe(bytes.length);
    },
    other: (bytes) => other.push(bytes),
    readyForQuery: () => said.push('ready'),
    violated: (why) => said.push(why),
  });
  for (const chunk of chunks) {
    if (said.length > 0) break;
    splitter.push(chunk);
  }
  return { rows: Buffer.concat(rows), rowCount: rows.length, other: Buffer.concat(other), said };
}

/** Cuts bytes at some places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  // Copies, as a socket gives: a splitter must not count on chunks lying beside each other.
  return at.slice(1).map((end, i) => Buffer.from(bytes.subarray(at[i], end)));
}

const body = fc.uint8Array({ maxLength: 40 });
const anyMessage = fc.tuple(fc.constantFrom('D', 'D', 'D', 'T', 'N', 'C', '1', 'S'), body);

describe('the splitter', () => {
  it('gives the same rows and the same rest wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (messages, places) => {
          const parts = messages.map(([tag, bytes]) => message(tag, bytes));
          const end = message('Z', 'I');
          const found = split(cut(Buffer.concat([...parts, end]), places));
          const rows = parts.filter((part) => part[0] === 0x44);
          expect(found.rows).toEqual(Buffer.concat(rows));
          expect(found.rowCount).toBe(rows.length);
          expect(found.other).toEqual(Buffer.concat([...parts.filter((part) => part[0] !== 0x44), end]));
          expect(found.said).toEqual(['ready']);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('passes on all that follows ReadyForQuery, a cut header too', () => {
    const after = Buffer.concat([message('A', 'notification'), Buffer.from('E\0\0')]);
    const found = split([Buffer.concat([message('D', 'x'), message('Z', 'I'), after])]);
    expect(found.other).toEqual(Buffer.concat([message('Z', 'I'), after]));
    expect(found.said).toEqual(['ready']);
  });

  it('gives a run of rows as one slice of what the socket gave', () => {
    const chunk = Buffer.concat([message('D', 'one'), message('D', 'two'), message('C', 'SELECT 2\0')]);
    const batches: Buffer[] = [];
    new MessageSplitter({
      dataRows: (bytes) => batches.push(bytes),
      other() {},
      readyForQuery() {},
      violated() {},
    }).push(chunk);
    expect(batches).toHaveLength(1);
    expect(batches[0]!.buffer).toBe(chunk.buffer);
  });

  it('copies each byte of a huge row once', () => {
    const row = message('D', Buffer.alloc(8 * 1024 * 1024, 1));
    const chunks = cut(
      row,
      Array.from({ length: 128 }, (_, i) => (i + 1) * 65536),
    );
    const batches: Buffer[] = [];
    const splitter = new MessageSplitter({
      dataRows: (bytes) => batches.push(bytes),
      other() {},
      readyForQuery() {},
      violated() {},
    });
    for (const chunk of chunks) splitter.push(chunk);
    expect(batches).toHaveLength(1);
    expect(batches[0]!.equals(row)).toBe(true);
    // The row's buffer is its own and of its size: nothing else is kept alive with it.
    expect(batches[0]!.buffer.byteLength).toBe(row.length);
  });

  it.each([
    ['a row', Buffer.from([0x44, 0, 0, 0, 3])],
    ['a row of a negative length', Buffer.from([0x44, 0xff, 0xff, 0xff, 0xff])],
    ['a row that no server can build', Buffer.from([0x44, 0x7f, 0xff, 0xff, 0xff])],
    ['another message', Buffer.from([0x43, 0, 0, 0, 0])],
  ])('says that %s with an untrue length is no protocol', (_name, bytes) => {
    const found = split([Buffer.concat([message('D', 'before'), bytes, message('D', 'after')])]);
    expect(found.said).toEqual([expect.stringMatching(/no length/)]);
    expect(found.rowCount).toBe(1);
  });
});
