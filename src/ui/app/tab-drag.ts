/** A shorter way is a click. */
const DRAG_PX_MIN = 5;
/** How near to an end of the row the pointer scrolls it, and how far with each of its moves. */
const SCROLL_EDGE_PX = 24;
const SCROLL_PX = 12;

/** A tab that the pointer drags along its row. Escape takes it back. */
export class TabDrag {
  /** Where it would go, as the number of tabs before it; -1 while none is dragged. */
  gap = -1;
  private pressed: { readonly tabId: string; readonly place: number; readonly x: number } | undefined;

  /** `changed` is called when `gap` is another one, `dropped` with the place that the tab is to have. */
  constructor(
    private readonly changed: () => void,
    private readonly dropped: (tabId: string, place: number) => void,
  ) {}

  /** A press on a tab. A finger scrolls the row instead. */
  press({ button, pointerType, clientX }: PointerEvent, tabId: string, place: number): void {
    if (button === 0 && pointerType !== 'touch') this.pressed = { tabId, place, x: clientX };
  }

  /** A move of the pointer over the row, which has it to itself as soon as it drags. */
  readonly follow = (event: PointerEvent): void => {
    // Released outside of the row, before it had the pointer to itself.
    if (event.buttons === 0) this.pressed = undefined;
    const { pressed } = this;
    if (!pressed) return;
    if (this.gap < 0) {
      if (Math.abs(event.clientX - pressed.x) < DRAG_PX_MIN) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      addEventListener('keydown', this.key, true);
    }
    this.look(event.currentTarget as Element, event.clientX);
  };

  readonly release = (): void => {
    const { pressed, gap } = this;
    this.end();
    if (pressed && gap >= 0) this.dropped(pressed.tabId, gap > pressed.place ? gap - 1 : gap);
  };

  readonly end = (): void => {
    this.pressed = undefined;
    removeEventListener('keydown', this.key, true);
    this.show(-1);
  };

  private look(row: Element, x: number): void {
    const { left, right } = row.getBoundingClientRect();
    row.scrollLeft += x < left + SCROLL_EDGE_PX ? -SCROLL_PX : x > right - SCROLL_EDGE_PX ? SCROLL_PX : 0;
    const isBefore = (tab: Element): boolean => {
      const box = tab.getBoundingClientRect();
      return box.left + box.width / 2 < x;
    };
    this.show([...row.querySelectorAll('.tab')].filter(isBefore).length);
  }

  private show(gap: number): void {
    if (gap === this.gap) return;
    this.gap = gap;
    this.changed();
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    this.end();
  };
}
