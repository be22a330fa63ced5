import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Height of a line of the tree. */
export const LINE_PX = 26;
/** Lines drawn beyond the edges, so that a scroll and a step of the keyboard find them. */
const OVER = 12;

/** The lines of a block that are in view, by the block's own top and the scroller's place, with some over. */
export function linesSeen(
  scroller: { readonly top: number; readonly height: number },
  blockTop: number,
  count: number,
  over = OVER,
): { readonly from: number; readonly to: number } {
  const first = Math.floor((scroller.top - blockTop) / LINE_PX);
  const last = Math.ceil((scroller.top + scroller.height - blockTop) / LINE_PX);
  const from = Math.min(count, Math.max(0, first - over));
  return { from, to: Math.max(from, Math.min(count, last + over)) };
}

/** The lines to draw: those seen, and the one that has the focus, which it would lose. -1: none has it. */
export function linesDrawn(
  seen: { readonly from: number; readonly to: number },
  active: number,
): readonly number[] {
  const lines = Array.from({ length: seen.to - seen.from }, (_, i) => seen.from + i);
  return active < 0 || (active >= seen.from && active < seen.to) ? lines : [...lines, active];
}

/** Where an element is scrolled to, and how much of it is in view. Draws it again on each change. */
export class ScrollPlace implements ReactiveController {
  top = 0;
  height = 0;
  private readonly resizes = new ResizeObserver(() => this.read());

  constructor(private readonly host: ReactiveControllerHost & HTMLElement) {
    host.addController(this);
  }

  hostConnected(): void {
    this.host.addEventListener('scroll', this.read);
    this.resizes.observe(this.host);
  }

  hostDisconnected(): void {
    this.host.removeEventListener('scroll', this.read);
    this.resizes.disconnect();
  }

  private readonly read = (): void => {
    this.top = this.host.scrollTop;
    this.height = this.host.clientHeight;
    this.host.requestUpdate();
  };
}
