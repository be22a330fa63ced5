import { ColumnDrag } from './column-drag.ts';
import { HEADER_PX } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';

/** What of the grid is under a pointer. */
export type GridPart =
  | { readonly type: 'cell'; readonly row: number; readonly place: number }
  | { readonly type: 'rowNumber'; readonly row: number }
  | { readonly type: 'column'; readonly place: number }
  | { readonly type: 'grip'; readonly place: number }
  | { readonly type: 'corner' };

/** What a selection can be dragged from. */
export type PressedPart = 'cell' | 'rowNumber' | 'column';

/** What the grid does for its pointer. */
interface PointerOrders {
  press(part: GridPart, extend: boolean): void;
  /** Stretches what was pressed to another cell. */
  drag(from: PressedPart, row: number, place: number): void;
  /** Moves a column to another place. */
  move(place: number, to: number): void;
  resize(place: number, px: number): void;
  fit(place: number): void;
  /** Sorts by the column at a place. */
  sort(place: number): void;
  view(): void;
}

/** How near to the right edge of a column, and beyond it, a pointer takes hold of it. */
const GRIP_PX = 6;
const GRIP_BEYOND_PX = 3;
/** The farthest that a drag outside of the grid scrolls it in one frame. */
const DRAG_SCROLL_PX_MAX = 400;

/** Selects by click and drag, resizes and moves columns. A finger scrolls, and selects by a tap. */
export class PointerControl {
  readonly #scroller: HTMLElement;
  readonly #canvas: GridCanvas;
  readonly #orders: PointerOrders;
  #dragged: { from: PressedPart; event: PointerEvent } | undefined;
  #resized: { place: number; px: number; x: number } | undefined;
  #moved: { place: number; drag: ColumnDrag } | undefined;
  #frame = 0;

  constructor(scroller: HTMLElement, canvas: GridCanvas, orders: PointerOrders) {
    this.#scroller = scroller;
    this.#canvas = canvas;
    this.#orders = orders;
    scroller.addEventListener('pointerdown', (event) => this.#down(event));
    scroller.addEventListener('pointermove', (event) => this.#move(event));
    scroller.addEventListener('pointerup', () => this.#drop());
    scroller.addEventListener('lostpointercapture', () => this.#end());
    scroller.addEventListener('click', (event) => this.#tap(event));
    scroller.addEventListener('dblclick', (event) => this.#double(event));
  }

  /** What is under the pointer; undefined for a scrollbar and for emptiness. */
  partAt(event: MouseEvent): GridPart | undefined {
    const { x, y } = this.#point(event);
    const { clientWidth, clientHeight } = this.#scroller;
    const { gutterPx } = this.#canvas;
    if (x >= clientWidth || y >= clientHeight) return undefined;
    if (y < HEADER_PX) return x < gutterPx ? { type: 'corner' } : this.#columnAt(x);
    if (!this.#canvas.covers(x, y)) return undefined;
    const { row, place } = this.#canvas.nearest(x, y);
    return x < gutterPx ? { type: 'rowNumber', row } : { type: 'cell', row, place };
  }

  /** By coordinates: an event of a captured pointer does not say which element it is over. */
  #columnAt(x: number): GridPart | undefined {
    const { place } = this.#canvas.nearest(x, HEADER_PX);
    const { left, width } = this.#canvas.columnBox(place);
    if (x >= left + width + GRIP_BEYOND_PX) return undefined;
    if (x >= left + width - GRIP_PX) return { type: 'grip', place };
    if (place > 0 && x < left + GRIP_BEYOND_PX) return { type: 'grip', place: place - 1 };
    return { type: 'column', place };
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    const part = this.partAt(event);
    if (!part) return;
    this.#scroller.setPointerCapture(event.pointerId);
    if (part.type === 'grip') {
      this.#resized = { place: part.place, px: this.#canvas.columnBox(part.place).width, x: event.clientX };
      return;
    }
    this.#orders.press(part, event.shiftKey);
    if (part.type === 'column' && !event.shiftKey) {
      const drag = new ColumnDrag(this.#scroller, this.#canvas, part.place, this.#point(event).x);
      this.#moved = { place: part.place, drag };
    } else if (part.type !== 'corner') this.#dragged = { from: part.type, event };
  }

  #move(event: PointerEvent): void {
    if (this.#resized) {
      const { place, px, x } = this.#resized;
      this.#orders.resize(place, px + event.clientX - x);
      return;
    }
    this.#moved?.drag.follow(this.#point(event).x);
    if (!this.#dragged) return;
    this.#dragged.event = event;
    this.#frame ||= requestAnimationFrame(() => this.#follow());
  }

  /** Stretches the selection to the pointer, and scrolls as long as it is held outside. */
  #follow(): void {
    this.#frame = 0;
    if (!this.#dragged) return;
    const { from, event } = this.#dragged;
    const { clientWidth, clientHeight } = this.#scroller;
    const { gutterPx } = this.#canvas;
    const { x, y } = this.#point(event);
    const dx = from === 'rowNumber' ? 0 : beyond(x, gutterPx, clientWidth);
    const dy = from === 'column' ? 0 : beyond(y, HEADER_PX, clientHeight);
    if (dx !== 0 || dy !== 0) {
      this.#canvas.view.scrollBy(dx, dy);
      this.#frame = requestAnimationFrame(() => this.#follow());
    }
    const { row, place } = this.#canvas.nearest(
      Math.min(Math.max(x, gutterPx), clientWidth - 1),
      Math.min(Math.max(y, HEADER_PX), clientHeight - 1),
    );
    this.#orders.drag(from, row, place);
  }

  #drop(): void {
    const { place, drag } = this.#moved ?? {};
    const to = drag?.end();
    this.#end();
    if (to !== undefined && to !== place) this.#orders.move(place!, to);
  }

  #end(): void {
    this.#moved?.drag.end();
    this.#moved = undefined;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#dragged = undefined;
    this.#resized = undefined;
  }

  #tap(event: MouseEvent): void {
    if ((event as PointerEvent).pointerType !== 'touch') return;
    const part = this.partAt(event);
    if (part && part.type !== 'grip') this.#orders.press(part, false);
  }

  #double(event: MouseEvent): void {
    const part = this.partAt(event);
    if (part?.type === 'grip') this.#orders.fit(part.place);
    if (part?.type === 'column') this.#orders.sort(part.place);
    if (part?.type === 'cell') this.#orders.view();
  }

  #point(event: MouseEvent): { x: number; y: number } {
    const box = this.#scroller.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}

/** How far to scroll for a pointer at `at`; nothing while it is between the edges. */
function beyond(at: number, low: number, high: number): number {
  const distance = at < low ? at - low : at > high ? at - high : 0;
  return Math.max(-DRAG_SCROLL_PX_MAX, Math.min(distance, DRAG_SCROLL_PX_MAX));
}
