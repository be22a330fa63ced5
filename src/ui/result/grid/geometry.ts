/**
 * Where rows and columns stand, in pixels. Pure.
 *
 * A browser's layout is exact to about 2^24 px, so the scrolled body is never taller than `SCROLL_PX_MAX`.
 * Above it there are two coordinates: `scrollTop`, which the browser knows, and `top`, the pixel of the whole
 * result that stands at the upper edge of the view. A wheel moves both by the same amount, so a row passes
 * under the eye as it does in a short result; a drag of the scrollbar is read as a share of the whole, but
 * for the ends, which are pixel by pixel; and when scrolling rests, `settled` puts `scrollTop` back to where
 * `top` says that the thumb must be.
 */
export const ROW_PX = 26;
export const HEADER_PX = 38;
/** Below 2^23, where a float still tells half pixels apart. */
export const SCROLL_PX_MAX = 8_000_000;
/**
 * How far from an end of a scaled result the thumb moves pixel by pixel. More than any wheel gives at once.
 */
const END_PX = 20_000;

/** What is scrolled, and through which window. */
export interface Extent {
  readonly rows: number;
  /** Height in which rows are seen, whole pixels. */
  readonly viewportPx: number;
}

/** Where the view is: a row of the result at pixel `y` is drawn at `y - (top - scrollTop)` in the body. */
export interface ScrollPosition {
  readonly scrollTop: number;
  readonly top: number;
}

/** From `from` up to but without `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const AT_START: ScrollPosition = { scrollTop: 0, top: 0 };

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);

/** Height of the body that the browser scrolls. */
export function bodyPx(rows: number): number {
  return Math.min(rows * ROW_PX, SCROLL_PX_MAX);
}

/** The largest `top`. */
export function topMax({ rows, viewportPx }: Extent): number {
  return Math.max(0, rows * ROW_PX - viewportPx);
}

/** The largest `scrollTop`. */
export function scrollTopMax({ rows, viewportPx }: Extent): number {
  return Math.max(0, bodyPx(rows) - viewportPx);
}

/** Whether the result is too tall to be scrolled pixel by pixel. */
export function isScaled(extent: Extent): boolean {
  return extent.rows * ROW_PX > SCROLL_PX_MAX;
}

/** The `top` that a thumb at `scrollTop` stands for. Monotone; both ends are exact. */
export function topAt(extent: Extent, scrollTop: number): number {
  const max = scrollTopMax(extent);
  const at = clamp(scrollTop, 0, max);
  if (!isScaled(extent)) return at;
  // A zoomed page ends up to a pixel early.
  if (at >= max - 1) return topMax(extent);
  return Math.round(stretched(at, max, topMax(extent)));
}

/** Where the thumb stands for `top`. Monotone; both ends are exact. */
export function scrollTopAt(extent: Extent, top: number): number {
  const max = scrollTopMax(extent);
  if (!isScaled(extent)) return clamp(top, 0, max);
  return Math.round(stretched(clamp(top, 0, topMax(extent)), topMax(extent), max));
}

/**
 * Maps 0 to `from` onto 0 to `to`: pixel by pixel at both ends, where a wheel must find room to go on until
 * the very last row, and by share in between.
 */
function stretched(at: number, from: number, to: number): number {
  if (at <= END_PX) return at;
  if (at >= from - END_PX) return to - (from - at);
  return END_PX + ((at - END_PX) / (from - 2 * END_PX)) * (to - 2 * END_PX);
}

/** The position that shows `top` at the upper edge. */
export function placed(extent: Extent, top: number): ScrollPosition {
  const within = Math.round(clamp(top, 0, topMax(extent)));
  return { scrollTop: scrollTopAt(extent, within), top: within };
}

/**
 * The position after the browser has scrolled to `scrollTop`. `wheeling` says that a wheel or a finger is
 * behind it, which matters only at the ends. Where the answer's `scrollTop` is another one, the caller
 * scrolls there.
 */
export function scrolled(
  extent: Extent,
  position: ScrollPosition,
  scrollTop: number,
  wheeling: boolean,
): ScrollPosition {
  if (!isScaled(extent)) return { scrollTop, top: topAt(extent, scrollTop) };
  const step = scrollTop - position.scrollTop;
  const atEnd = scrollTop <= 0 || scrollTop >= scrollTopMax(extent) - 1;
  if (Math.abs(step) > jumpPx(extent) || (atEnd && step !== 0 && !wheeling)) {
    return { scrollTop, top: topAt(extent, scrollTop) };
  }
  const top = clamp(position.top + step, 0, topMax(extent));
  const ended = top <= 0 || top >= topMax(extent);
  // The thumb must not rest at an end while rows are left, nor the rows while the thumb has a way to go.
  return atEnd !== ended ? placed(extent, top) : { scrollTop, top };
}

/**
 * The same rows with the thumb where it belongs. To be asked when scrolling rests, or the number of rows
 * grew.
 */
export function settled(extent: Extent, position: ScrollPosition): ScrollPosition {
  const at = placed(extent, position.top);
  return Math.abs(at.scrollTop - position.scrollTop) < 1 && at.top === position.top ? position : at;
}

/**
 * A step beyond which it was the scrollbar: less than one device pixel of its thumb, more than a wheel gives.
 */
function jumpPx({ viewportPx }: Extent): number {
  return Math.max(viewportPx, Math.min(4 * viewportPx, SCROLL_PX_MAX / (4 * Math.max(1, viewportPx))));
}

/** The rows that are seen in part or whole, and `over` more on each side. */
export function rowsSeen({ rows, viewportPx }: Extent, top: number, over = 0): Span {
  const from = Math.floor(top / ROW_PX);
  const to = Math.ceil((top + viewportPx) / ROW_PX);
  return { from: clamp(from - over, 0, rows), to: clamp(to + over, 0, rows) };
}

/** The `top` nearest to the present one at which `row` is seen whole. */
export function topShowing(extent: Extent, top: number, row: number): number {
  const y = row * ROW_PX;
  if (y < top) return y;
  return y + ROW_PX > top + extent.viewportPx ? y + ROW_PX - extent.viewportPx : top;
}

/** Left edges of the columns, and the right edge of the last. */
export function columnEdges(widths: readonly number[]): Float64Array {
  const edges = new Float64Array(widths.length + 1);
  for (let column = 0; column < widths.length; column++) {
    edges[column + 1] = edges[column]! + widths[column]!;
  }
  return edges;
}

/** The column over pixel `x`; the first or last where `x` is outside. */
export function columnAt(edges: Float64Array, x: number): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= x) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** The edge of a column that is nearest to pixel `x`, by the number of columns before it. */
export function edgeAt(edges: Float64Array, x: number): number {
  const column = columnAt(edges, x);
  return x > (edges[column]! + edges[column + 1]!) / 2 ? column + 1 : column;
}

/** The columns seen between pixels `left` and `left + width`, and `over` more on each side. */
export function columnsSeen(edges: Float64Array, left: number, width: number, over = 0): Span {
  const count = edges.length - 1;
  if (count <= 0) return { from: 0, to: 0 };
  return {
    from: clamp(columnAt(edges, left) - over, 0, count),
    to: clamp(columnAt(edges, Math.max(left, left + width - 1)) + 1 + over, 0, count),
  };
}

/**
 * The scroll position from the left nearest to `left` at which `column` is seen, its left edge before its
 * right.
 */
export function leftShowing(edges: Float64Array, left: number, width: number, column: number): number {
  const start = edges[column]!;
  const end = edges[column + 1]!;
  if (start < left) return start;
  return end > left + width ? Math.min(start, end - width) : left;
}
