import { afterEach, describe, expect, it, vi } from 'vitest';
import { MessageSplitter } from '../../../../src/drivers/postgres/message-splitter.ts';

const CHUNK_BYTES = 65_536;

/** Splits one row of this size that comes in chunks, and counts the bytes that are copied meanwhile. */
function copiedBytes(rowBytes: number): { copied: number; row: Buffer | null } {
  const row = Buffer.alloc(rowBytes, 7);
  row[0] = 0x44;
  row.writeInt32BE(rowBytes - 1, 1);
  const chunks: Buffer[] = [];
  for (let at = 0; at < rowBytes; at += CHUNK_BYTES) chunks.push(row.subarray(at, at + CHUNK_BYTES));
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
  let found: Buffer | null = null;
  const splitter = new MessageSplitter({
    dataRows(bytes) {
      found = bytes;
    },
    other() {},
    readyForQuery() {},
    violated() {},
  });
  for (const chunk of chunks) splitter.push(chunk);
  return { copied, row: found };
}

describe('a huge row', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([1, 4, 16])('of %i MiB in chunks of 64 KiB is copied exactly once', (mib) => {
    const rowBytes = mib * 1024 * 1024;
    const { copied, row } = copiedBytes(rowBytes);
    expect(row).not.toBeNull();
    expect(row!.length).toBe(rowBytes);
    expect(copied).toBe(rowBytes);
  });

  it('that comes in one chunk is not copied at all', () => {
    const { copied, row } = copiedBytes(CHUNK_BYTES);
    expect(row!.length).toBe(CHUNK_BYTES);
    expect(copied).toBe(0);
  });
});
