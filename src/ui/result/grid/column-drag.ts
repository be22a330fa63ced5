import { edgeAt } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';

/** A shorter way is a click. */
const DRAG_PX_MIN = 5;
/** How near to the left or right edge a column is held to scroll. */
const SCROLL_EDGE_PX = 32;

/** A column dragged by its header. A line shows where it would stand; Escape takes it back. */
export class ColumnDrag {
  readonly #mark = document.createElement('div');
  #x = 0;
  #edge = 0;
  #frame = 0;
  #ended = false;

  /** From `fromX`, in the scroller's pixels as all that follows. */
  constructor(
    private readonly scroller: HTMLElement,
    private readonly canvas: GridCanvas,
    private readonly place: number,
    private readonly fromX: number,
  ) {
    this.#mark.className = 'drop';
  }

  follow(x: number): void {
    const mark = this.#mark;
    if (this.#ended || (!mark.isConnected && Math.abs(x - this.fromX) < DRAG_PX_MIN)) return;
    this.#x = x;
    if (!mark.isConnected) {
      this.scroller.classList.add('moving');
      this.scroller.querySelector('.head')!.append(mark);
      addEventListener('keydown', this.#key, true);
    }
    this.#frame ||= requestAnimationFrame(this.#draw);
  }

  /** Ends it; the place that the column is dropped at, undefined where it is to stay. */
  end(): number | undefined {
    const moving = this.#mark.isConnected;
    if (this.#frame) this.#draw();
    cancelAnimationFrame(this.#frame);
    this.#ended = true;
    this.scroller.classList.remove('moving');
    this.#mark.remove();
    removeEventListener('keydown', this.#key, true);
    if (!moving) return undefined;
    return this.#edge > this.place ? this.#edge - 1 : this.#edge;
  }

  readonly #draw = (): void => {
    const { view, gutterPx, layout } = this.canvas;
    const { clientWidth, clientHeight } = this.scroller;
    const low = gutterPx + SCROLL_EDGE_PX;
    const x = Math.min(Math.max(this.#x, low), clientWidth - SCROLL_EDGE_PX);
    view.scrollBy(this.#x - x, 0);
    this.#frame = x === this.#x ? 0 : requestAnimationFrame(this.#draw);
    this.#edge = edgeAt(layout.edges, view.left + this.#x - gutterPx);
    const left = Math.min(layout.edges[this.#edge]!, layout.widthPx - 1);
    const { style } = this.#mark;
    style.left = `${gutterPx + Math.max(0, left - 1)}px`;
    style.height = `${clientHeight}px`;
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    this.end();
  };
}
