import {
  AT_START,
  type Extent,
  HEADER_PX,
  isScaled,
  leftShowing,
  placed,
  type ScrollPosition,
  scrolled,
  settled,
  topMax,
  topShowing,
} from './geometry.ts';

/** Rest after which the thumb is put where it belongs. */
const SETTLE_MS = 160;
/** How long after a wheel or a finger a scroll is still its doing; a smooth scroll goes on for a while. */
const WHEEL_MS = 500;

/** Follows the scrolling element and says which pixel of the result is at the upper edge. */
export class ScrollView {
  readonly #element: HTMLElement;
  readonly #moved: () => void;
  #position: ScrollPosition = AT_START;
  #rows = 0;
  #viewportPx = 0;
  #widthPx = 0;
  #left = 0;
  #wheeledAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `moved` is called whenever something else is to be seen. */
  constructor(element: HTMLElement, moved: () => void) {
    this.#element = element;
    this.#moved = moved;
    const wheeled = (): void => {
      this.#wheeledAt = performance.now();
    };
    element.addEventListener('wheel', wheeled, { passive: true });
    element.addEventListener('touchmove', wheeled, { passive: true });
    element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
  }

  get extent(): Extent {
    return { rows: this.#rows, viewportPx: this.#viewportPx };
  }

  get top(): number {
    return this.#position.top;
  }

  get left(): number {
    return this.#left;
  }

  /** Width in which columns are seen; the row numbers stand beside it. */
  get widthPx(): number {
    return this.#widthPx;
  }

  /** What is subtracted from a pixel of the result to find it in the body. */
  get shiftPx(): number {
    return this.#position.top - this.#position.scrollTop;
  }

  /** Reads the element's size after a layout. `gutterPx` is what the row numbers take. */
  measure(gutterPx: number): void {
    this.#viewportPx = Math.max(0, this.#element.clientHeight - HEADER_PX);
    this.#widthPx = Math.max(0, this.#element.clientWidth - gutterPx);
    this.#position = { ...this.#position, top: Math.min(this.#position.top, topMax(this.extent)) };
    this.#settleSoon();
  }

  /** Another number of rows; what is looked at stays. Called once the body has its new height. */
  setRows(rows: number): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    if (this.#position.top > topMax(this.extent)) this.scrollTo(topMax(this.extent));
    this.#settleSoon();
  }

  /** Back to the first row and column. The element is asked for nothing where it is there: that would lay the page out. */
  reset(): void {
    if (this.#position.scrollTop === 0 && this.#left === 0) {
      this.#position = AT_START;
      this.#moved();
      return;
    }
    this.scrollTo(0);
    this.#element.scrollLeft = 0;
    this.#left = 0;
  }

  scrollTo(top: number): void {
    this.#place(placed(this.extent, top));
  }

  scrollBy(x: number, y: number): void {
    if (y !== 0) this.scrollTo(this.#position.top + y);
    if (x !== 0) this.scrollLeftTo(this.#left + x);
  }

  scrollLeftTo(left: number): void {
    this.#element.scrollLeft = left;
    this.#left = this.#element.scrollLeft;
    this.#moved();
  }

  /** Whether a row is seen whole. */
  shows(row: number): boolean {
    return row >= 0 && topShowing(this.extent, this.top, row) === this.top;
  }

  /** Scrolls a row into view, by the shortest distance; none where the element itself is not in view. */
  showRow(row: number): void {
    if (row >= 0 && this.#viewportPx > 0 && !this.shows(row))
      this.scrollTo(topShowing(this.extent, this.top, row));
  }

  /** Scrolls a cell into view, by the shortest distance. */
  show(row: number, column: number, edges: Float64Array): void {
    this.showRow(row);
    const left = leftShowing(edges, this.#left, this.#widthPx, column);
    if (left !== this.#left) this.scrollLeftTo(left);
  }

  #scrolled(): void {
    const { scrollTop, scrollLeft } = this.#element;
    this.#left = scrollLeft;
    if (Math.abs(scrollTop - this.#position.scrollTop) >= 0.5) {
      const wheeling = performance.now() - this.#wheeledAt < WHEEL_MS;
      const position = scrolled(this.extent, this.#position, scrollTop, wheeling);
      if (position.scrollTop === scrollTop) this.#position = position;
      else this.#place(position);
    }
    this.#settleSoon();
    this.#moved();
  }

  #settleSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const position = settled(this.extent, this.#position);
      if (position !== this.#position) this.#place(position);
    }, SETTLE_MS);
  }

  /** Scrolls the element, which may end up a fraction of a pixel elsewhere, and keeps `top` exact. */
  #place(position: ScrollPosition): void {
    this.#element.scrollTop = position.scrollTop;
    const { scrollTop } = this.#element;
    this.#position = { scrollTop, top: isScaled(this.extent) ? position.top : scrollTop };
    this.#moved();
  }
}
