import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../../src/drivers/postgres/backend-messages.ts';
import { MessageSplitter, type Violation } from '../../../../src/drivers/postgres/message-splitter.ts';
import {
  authentication,
  commandComplete,
  dataRow,
  failure,
  int16,
  int32,
  message,
  parameterStatus,
  parseComplete,
  readyForQuery,
  rowDescription,
} from '../../../servers/postgres-messages.ts';

const KIB = 1024;

/** What a splitter said of a stream that came in these chunks. */
function split(chunks: readonly Buffer[], phase: Phase = 'running') {
  const rows: Buffer[] = [];
  const messages: Buffer[] = [];
  const violations: Violation[] = [];
  const splitter = new MessageSplitter({
    dataRows(bytes, count) {
      expect(count).toBeGreaterThan(0);
      let at = 0;
      for (let row = 0; row < count; row++) {
        const length = 1 + bytes.readInt32BE(at + 1);
        rows.push(Buffer.from(bytes.subarray(at, at + length)));
        at += length;
      }
      expect(at).toBe(bytes.length);
    },
    message: (_tag, bytes) => messages.push(Buffer.from(bytes)),
    violated: (violation) => violations.push(violation),
  });
  splitter.enter(phase);
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    splitter.push(lent);
    // As the next read does to the buffer of a socket.
    lent.fill(0xee);
  }
  return { rows, messages, violations };
}

/** Cuts bytes at some places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  // Copies, as a socket gives: a splitter must not count on chunks lying beside each other.
  return at.slice(1).map((end, i) => Buffer.from(bytes.subarray(at[i], end)));
}

const value = fc.option(fc.string({ maxLength: 30 }), { nil: null });
const anyMessage = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(value, value).map(dataRow) },
  fc.string({ maxLength: 30 }).map((text) => failure('N', { S: 'NOTICE', M: text.replaceAll('\0', '') })),
  fc.constant(parameterStatus('TimeZone', 'UTC')),
);
const DESCRIBED = rowDescription(['a', 'b']);

describe('the splitter', { timeout: 60_000 }, () => {
  it('gives the same rows and the same rest wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (some, places) => {
          const parts = [DESCRIBED, ...some, commandComplete('SELECT 1'), readyForQuery()];
          const found = split(cut(Buffer.concat(parts), places));
          expect(found.violations).toEqual([]);
          expect(found.rows).toEqual(parts.filter((part) => part[0] === 0x44));
          expect(found.messages).toEqual(parts.filter((part) => part[0] !== 0x44));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives a run of rows as one slice of what the socket gave', () => {
    const row = dataRow(['one', null]);
    const chunk = Buffer.concat([DESCRIBED, row, row, commandComplete('SELECT 2')]);
    const batches: Buffer[] = [];
    const splitter = new MessageSplitter({
      dataRows: (bytes) => batches.push(bytes),
      message() {},
      violated() {},
    });
    splitter.enter('running');
    splitter.push(chunk);
    expect(batches).toHaveLength(1);
    expect(batches[0]!.buffer).toBe(chunk.buffer);
  });

  it('cuts an error that is too long to be kept, says so, and goes on behind it', () => {
    const long = failure('E', { S: 'ERROR', C: '22000', M: 'ü'.repeat(1024 * KIB), D: 'lost' });
    const places = Array.from({ length: 40 }, (_, i) => (i + 1) * 64 * KIB);
    for (const chunks of [[long, readyForQuery()], cut(Buffer.concat([long, readyForQuery()]), places)]) {
      const { messages, violations } = split(chunks);
      expect(violations).toEqual([]);
      expect(messages).toHaveLength(2);
      expect(messages[0]!.length).toBeLessThan(257 * KIB);
      expect(messages[0]!.readInt32BE(1)).toBe(messages[0]!.length - 1);
      const [, , text, end] = messages[0]!.subarray(5).toString().split('\0');
      expect(text).toMatch(/^Mü+… \(\d+ bytes more were not read\)$/);
      expect(end).toBe('');
      expect(messages[1]).toEqual(readyForQuery());
    }
  });

  const DATA_ROW = { kind: 'DataRow' };
  const UNTRUE = { what: 'has a length that can’t be true' };
  const SHAPE = { what: 'has parts that don’t add up' };
  const HERE = { what: 'can’t come here' };
  it.each<[string, Phase, readonly Buffer[], Partial<Violation>]>([
    ['a row of length 3', 'running', [DESCRIBED, message('D', '', 3)], { ...DATA_ROW, ...UNTRUE }],
    ['a row of length -1', 'running', [DESCRIBED, message('D', '', -1)], { ...DATA_ROW, ...UNTRUE }],
    ['a row of 2 GiB', 'running', [DESCRIBED, message('D', '', 0x7fffffff)], { ...DATA_ROW, ...UNTRUE }],
    ['a row without a description', 'running', [dataRow(['1', '2'])], { what: 'comes too early' }],
    ['a row of too few fields', 'running', [DESCRIBED, dataRow(['1'])], { ...DATA_ROW, ...SHAPE }],
    ['a row of 30 000 fields', 'running', [DESCRIBED, dataRow(Array(30_000).fill(null))], SHAPE],
    [
      'a field that ends behind its row',
      'running',
      [DESCRIBED, message('D', Buffer.concat([int16(2), int32(9), int32(-1)]))],
      SHAPE,
    ],
    [
      'a field of length -2',
      'running',
      [DESCRIBED, message('D', Buffer.concat([int16(2), int32(-2), int32(-1)]))],
      SHAPE,
    ],
    [
      'a row with more behind its fields',
      'running',
      [DESCRIBED, message('D', Buffer.concat([int16(2), int32(-1), int32(-1), int16(0)]))],
      SHAPE,
    ],
    ['a second description', 'running', [DESCRIBED, DESCRIBED], { what: 'comes too often' }],
    ['a description of -1 columns', 'running', [message('T', int16(-1))], SHAPE],
    ['a description of 5 000 columns', 'running', [rowDescription(Array(5000).fill('c'))], SHAPE],
    ['a description that is cut', 'running', [message('T', DESCRIBED.subarray(5, -4))], SHAPE],
    [
      'a description whose name has no end',
      'running',
      [message('T', Buffer.concat([int16(1), Buffer.alloc(40, 65)]))],
      SHAPE,
    ],
    ['an error whose last field has no end', 'running', [message('E', 'Mno end')], SHAPE],
    ['an error without the last zero', 'running', [message('E', 'Mend\0')], SHAPE],
    ['a notice with bytes behind its end', 'idle', [message('N', 'Mend\0\0more')], SHAPE],
    ['an empty notice', 'idle', [message('N')], UNTRUE],
    ['a long error without its end', 'running', [message('E', `M${'x'.repeat(1024 * KIB)}`)], SHAPE],
    ['a setting without a value', 'idle', [message('S', 'TimeZone\0')], SHAPE],
    ['a setting with three texts', 'idle', [message('S', 'a\0b\0c\0')], SHAPE],
    ['a key of 8 bytes', 'starting', [message('K', Buffer.alloc(8 - 4))], UNTRUE],
    ['a key of 32 bytes', 'starting', [message('K', Buffer.alloc(32))], UNTRUE],
    [
      'a second key',
      'starting',
      [message('K', Buffer.alloc(8)), message('K', Buffer.alloc(8))],
      { what: 'comes too often' },
    ],
    ['ReadyForQuery without a status', 'running', [message('Z')], UNTRUE],
    ['ReadyForQuery of an unknown status', 'running', [readyForQuery('X')], SHAPE],
    ['a command without an end', 'running', [message('C', 'SELECT 1')], SHAPE],
    ['a notification without its texts', 'idle', [message('A', int32(1))], UNTRUE],
    ['an authentication of 3 900 MB', 'signingIn', [message('R', '', 0x7fff0000)], UNTRUE],
    [
      'an error of 1 MiB before the sign-in',
      'signingIn',
      [failure('E', { M: 'x'.repeat(1024 * KIB) })],
      UNTRUE,
    ],
    ['an authentication after it', 'starting', [authentication(0)], HERE],
    ['a setting before the sign-in', 'signingIn', [parameterStatus('a', 'b')], HERE],
    ['rows before the sign-in', 'signingIn', [DESCRIBED], HERE],
    ['NegotiateProtocolVersion', 'signingIn', [message('v', Buffer.alloc(8))], { kind: '0x76', ...HERE }],
    ['rows between statements', 'idle', [DESCRIBED], HERE],
    ['CopyInResponse that nothing of ours asked for', 'asking', [message('G', '\0\0\0')], HERE],
    [
      'CopyInResponse twice',
      'running',
      [message('G', '\0\0\0'), message('G', '\0\0\0')],
      { what: 'comes too often' },
    ],
    ['CopyOutResponse of -1 columns', 'running', [message('H', '\0\xff\xff')], SHAPE],
    ['CopyBothResponse', 'running', [message('W', '\0\0\0')], { kind: '0x57', ...HERE }],
    ['CopyData without CopyOutResponse', 'running', [message('d', 'x')], { what: 'comes too early' }],
    ['PortalSuspended that nothing of ours asked for', 'asking', [message('s')], HERE],
    ['ParseComplete twice', 'running', [parseComplete, parseComplete], { what: 'comes too often' }],
    ['an unknown tag', 'running', [message('\xff', 'x')], { kind: '0xff', ...HERE }],
  ])('a hostile server: %s is not read, and nothing behind it', (_name, phase, parts, violation) => {
    const stream = Buffer.concat([...parts, readyForQuery()]);
    const whole = split([stream], phase);
    expect(whole.violations).toEqual([expect.objectContaining(violation)]);
    const bytewise = split(cut(stream, [...stream.subarray(0, 3000).keys()]), phase);
    expect(bytewise.violations).toEqual([expect.objectContaining(violation)]);
    for (const { messages } of [whole, bytewise]) expect(messages).not.toContainEqual(readyForQuery());
  });

  it('says where in the stream the protocol was broken, and nothing of what was there', () => {
    const { violations } = split([
      Buffer.concat([DESCRIBED, dataRow(['1', '2'])]),
      message('D', 'secret', -7),
    ]);
    const offset = DESCRIBED.length + dataRow(['1', '2']).length;
    expect(violations).toEqual([{ kind: 'DataRow', offset, what: 'has a length that can’t be true' }]);
  });
});
