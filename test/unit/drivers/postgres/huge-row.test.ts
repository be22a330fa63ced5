import { afterEach, describe, expect, it, vi } from 'vitest';
import { MessageSplitter } from '../../../../src/drivers/postgres/message-splitter.ts';
import { dataRow, rowDescription } from '../../../servers/postgres-messages.ts';

const CHUNK_BYTES = 65_536;
/** Tag, length, the number of fields, a field's length. */
const ROW_HEAD_BYTES = 11;

/** A row of one field, of this size as a whole. */
function rowOf(bytes: number): Buffer {
  return dataRow([Buffer.alloc(bytes - ROW_HEAD_BYTES, 7)]);
}

/** Splits one row that comes in chunks, and counts the bytes that are copied in the meantime. */
function copiedBytes(whole: Buffer): { copied: number; row: Buffer | null } {
  const chunks: Buffer[] = [];
  for (let at = 0; at < whole.length; at += CHUNK_BYTES) chunks.push(whole.subarray(at, at + CHUNK_BYTES));
  let found: Buffer | null = null;
  const splitter = new MessageSplitter({
    dataRows(bytes) {
      found = bytes;
    },
    message() {},
    violated({ what }) {
      throw new Error(what);
    },
  });
  splitter.enter('running');
  splitter.push(rowDescription(['a']));
  let copied = 0;
  const { copy, set } = Buffer.prototype;
  const { concat } = Buffer;
  vi.spyOn(Buffer.prototype, 'copy').mockImplementation(function (
    this: Buffer,
    ...to: Parameters<typeof copy>
  ) {
    const bytes = copy.apply(this, to);
    copied += bytes;
    return bytes;
  });
  vi.spyOn(Buffer.prototype, 'set').mockImplementation(function (
    this: Buffer,
    ...from: Parameters<typeof set>
  ) {
    copied += (from[0] as ArrayLike<number>).length;
    set.apply(this, from);
  });
  vi.spyOn(Buffer, 'concat').mockImplementation((list, total) => {
    const joined = concat(list, total);
    copied += joined.length;
    return joined;
  });
  for (const chunk of chunks) splitter.push(chunk);
  return { copied, row: found };
}

describe('a huge row', { timeout: 60_000 }, () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([1, 4, 16])('of %i MiB in chunks of 64 KiB is copied exactly once', { tags: ['slow'] }, (mib) => {
    const whole = rowOf(mib * 1024 * 1024);
    const { copied, row } = copiedBytes(whole);
    expect(row).not.toBeNull();
    expect(row!.equals(whole)).toBe(true);
    // The row's buffer is its own and of its size: nothing else is kept alive with it.
    expect(row!.buffer.byteLength).toBe(whole.length);
    expect(copied).toBe(whole.length);
  });

  it('beyond what a header alone is believed is copied at most twice', { tags: ['slow'] }, () => {
    const whole = rowOf(20 * 1024 * 1024);
    const { copied, row } = copiedBytes(whole);
    expect(row!.length).toBe(whole.length);
    expect(copied).toBeLessThan(2 * whole.length);
  });

  it('that comes in one chunk is not copied at all', () => {
    const { copied, row } = copiedBytes(rowOf(CHUNK_BYTES));
    expect(row!.length).toBe(CHUNK_BYTES);
    expect(copied).toBe(0);
  });
});
