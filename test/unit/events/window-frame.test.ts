import { describe, expect, it } from 'vitest';
import type { ResultMeta } from '../../../src/events/result.ts';
import {
  decodeWindow,
  encodeWindowHeader,
  metaOf,
  withMeta,
  withoutRows,
} from '../../../src/events/window-frame.ts';

const meta: ResultMeta = {
  resultId: 'q1',
  queryId: 'q1',
  encoding: 'mysql-text',
  columns: [{ name: 'größe', type: 'int', numeric: true }],
  rows: 2,
  bytes: 6,
  complete: true,
  rowsComplete: true,
  cut: null,
  spilledBytes: 0,
};
const rows = Uint8Array.of(2, 0, 0, 0, 1, 49);
const header = { encoding: 'mysql-text', complete: true, cut: false, columns: 1, from: 0 } as const;
const frame = Buffer.concat([encodeWindowHeader({ ...header, count: 1, rowsHere: 1 }), rows]);

describe('a window frame', () => {
  it('carries what is known of its result behind the rows', () => {
    const whole = withMeta(frame, meta);
    expect(metaOf(whole)).toEqual(meta);
    const { rows: _, ...rest } = decodeWindow(whole);
    expect(decodeWindow(frame)).toMatchObject(rest);
    expect([...decodeWindow(whole).rows]).toEqual([...rows]);
  });

  it('is byte for byte the same in front of it, so that a reader that stops after its rows reads it too', () => {
    const whole = withMeta(frame, meta);
    whole.fill(0, 20, 24);
    expect([...whole.subarray(0, frame.length)]).toEqual([...frame]);
  });

  it('without its rows says what there is all the same', () => {
    const bare = withMeta(withoutRows(frame), meta);
    expect(decodeWindow(bare)).toMatchObject({ count: 0, rowsHere: 1, columns: 1, complete: true });
    expect(decodeWindow(bare).rows).toHaveLength(0);
    expect(metaOf(bare)).toEqual(meta);
    expect(decodeWindow(frame).count).toBe(1);
  });

  it('without it says nothing, and neither does a length that is beyond the frame', () => {
    expect(() => metaOf(frame)).toThrow(RangeError);
    const wrong = Uint8Array.from(frame);
    new DataView(wrong.buffer).setUint32(20, 7, true);
    expect(() => metaOf(wrong)).toThrow(RangeError);
  });
});
