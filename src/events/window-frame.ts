import { type ResultMeta, ROW_ENCODINGS, type RowEncoding } from './result.ts';

/** `QTW1` read as four ASCII bytes. */
const MAGIC = 0x31575451;
/** Rows of a page: a result's first window is the first page, and the windows that a grid asks for lie within one. */
export const PAGE_ROWS = 200;
/** Flags of byte 5. */
const COMPLETE = 1;
const CUT = 2;
/** Where the header has the length of what follows the rows. */
const META_LENGTH_AT = 20;
const COUNT_AT = 16;
/** Bytes before the rows. The layout is in doc/wire.md. */
export const WINDOW_HEADER_BYTES = 32;

/** A window of a result: rows `from` to `from + count - 1`, in the server's own bytes. */
export interface WindowFrame {
  readonly encoding: RowEncoding;
  /** No more rows will come; `rowsHere` is the result's count. */
  readonly complete: boolean;
  /** Rows of the result are missing; `GET /api/results/ID` says why. */
  readonly cut: boolean;
  readonly columns: number;
  /** First row, from 0. */
  readonly from: number;
  readonly count: number;
  /** Rows in the store when the frame was made. */
  readonly rowsHere: number;
  readonly rows: Uint8Array;
}

/** The header of a frame, 32 bytes, little-endian. */
export function encodeWindowHeader(frame: Omit<WindowFrame, 'rows'>): Uint8Array {
  const header = new Uint8Array(WINDOW_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, ROW_ENCODINGS[frame.encoding]);
  view.setUint8(5, (frame.complete ? COMPLETE : 0) | (frame.cut ? CUT : 0));
  view.setUint16(6, frame.columns, true);
  view.setFloat64(8, frame.from, true);
  view.setUint32(COUNT_AT, frame.count, true);
  view.setFloat64(24, frame.rowsHere, true);
  return header;
}

/** Reads a frame; `rows` is a view into `bytes`. Throws a RangeError on bytes that are no frame. */
export function decodeWindow(bytes: Uint8Array): WindowFrame {
  if (bytes.length < WINDOW_HEADER_BYTES) throw new RangeError('a window frame has 32 bytes of header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('not a window frame');
  const code = view.getUint8(4);
  const encoding = (Object.keys(ROW_ENCODINGS) as RowEncoding[]).find((name) => ROW_ENCODINGS[name] === code);
  if (!encoding) throw new RangeError(`unknown row encoding ${code}`);
  return {
    encoding,
    complete: (view.getUint8(5) & COMPLETE) !== 0,
    cut: (view.getUint8(5) & CUT) !== 0,
    columns: view.getUint16(6, true),
    from: view.getFloat64(8, true),
    count: view.getUint32(COUNT_AT, true),
    rowsHere: view.getFloat64(24, true),
    rows: bytes.subarray(WINDOW_HEADER_BYTES, bytes.length - view.getUint32(META_LENGTH_AT, true)),
  };
}

/** The frame's header alone: it says what there is, and has no row. */
export function withoutRows(frame: Uint8Array): Uint8Array {
  const header = Uint8Array.from(frame.subarray(0, WINDOW_HEADER_BYTES));
  new DataView(header.buffer).setUint32(COUNT_AT, 0, true);
  return header;
}

/** The frame with what is known of its result behind the rows, as JSON in UTF-8. A reader that knows nothing of it reads `count` rows and stops. */
export function withMeta(frame: Uint8Array, meta: ResultMeta): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(meta));
  const whole = new Uint8Array(frame.length + json.length);
  whole.set(frame);
  whole.set(json, frame.length);
  new DataView(whole.buffer).setUint32(META_LENGTH_AT, json.length, true);
  return whole;
}

/** What a frame says of its result. Throws a RangeError where it says nothing. */
export function metaOf(bytes: Uint8Array): ResultMeta {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(
    META_LENGTH_AT,
    true,
  );
  if (length === 0 || length > bytes.length - WINDOW_HEADER_BYTES)
    throw new RangeError('the window frame says nothing of its result');
  return JSON.parse(new TextDecoder().decode(bytes.subarray(bytes.length - length))) as ResultMeta;
}
