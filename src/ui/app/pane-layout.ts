import { originStore, storedFigure, storedFlag, storeFlag } from '../browser-store.ts';

/** Below these widths the panes become drawers over the rest. */
const TAPE_DRAWER_PX = 1100;
const SIDEBAR_DRAWER_PX = 760;

const TAPE_KEY = 'querytape.tapeShown';
const SIDEBAR_KEY = 'querytape.sidebarShown';

/** How wide the panes may be, and are at first, in pixels. */
export const PANE_WIDTHS = {
  sidebarWidth: { min: 170, max: 520, otherwise: 248 },
  tapeWidth: { min: 220, max: 640, otherwise: 304 },
};

/** How wide sidebar and tape are, and which of them is shown. Remembers; calls `tell` after each change. */
export class PaneLayout {
  sidebarWidth = storedFigure('querytape.sidebarWidth', PANE_WIDTHS.sidebarWidth);
  tapeWidth = storedFigure('querytape.tapeWidth', PANE_WIDTHS.tapeWidth);
  sidebarShown = true;
  tapeShown = true;

  constructor(private readonly tell: () => void) {
    this.fitSidebar();
    this.fitTape();
    const onceBeyond = (width: number, fits: () => void): void =>
      matchMedia(`(min-width: ${width}px)`).addEventListener('change', () => {
        fits();
        this.tell();
      });
    onceBeyond(TAPE_DRAWER_PX, () => this.fitTape());
    onceBeyond(SIDEBAR_DRAWER_PX, () => this.fitSidebar());
  }

  /** Whether the sidebar lies over the rest. */
  get sidebarIsDrawer(): boolean {
    return innerWidth < SIDEBAR_DRAWER_PX;
  }

  get tapeIsDrawer(): boolean {
    return innerWidth < TAPE_DRAWER_PX;
  }

  resize(pane: keyof typeof PANE_WIDTHS, width: number): void {
    this[pane] = width;
    originStore.set(`querytape.${pane}`, String(width));
    this.tell();
  }

  toggleSidebar(): void {
    this.sidebarShown = !this.sidebarShown;
    if (!this.sidebarIsDrawer) storeFlag(SIDEBAR_KEY, this.sidebarShown);
    else if (this.sidebarShown) this.tapeShown = false;
    this.tell();
  }

  toggleTape(): void {
    this.tapeShown = !this.tapeShown;
    if (!this.tapeIsDrawer) storeFlag(TAPE_KEY, this.tapeShown);
    else if (this.sidebarIsDrawer && this.tapeShown) this.sidebarShown = false;
    this.tell();
  }

  /** A drawer covers the rest and closes once the user returns to that. */
  closeDrawers(): void {
    if (this.tapeIsDrawer) this.tapeShown = false;
    if (this.sidebarIsDrawer) this.sidebarShown = false;
    this.tell();
  }

  /** A pane that would cover the rest stays closed at first; elsewhere it is as the user left it. */
  private fitSidebar(): void {
    this.sidebarShown = !this.sidebarIsDrawer && storedFlag(SIDEBAR_KEY, true);
  }

  private fitTape(): void {
    this.tapeShown = !this.tapeIsDrawer && storedFlag(TAPE_KEY, true);
  }
}

/** Moves the focus to the next pane, around the end; one that is not shown is skipped. */
export function focusNextPane(panes: readonly (HTMLElement | null)[], by: 1 | -1): void {
  const at = panes.findIndex((pane) => pane?.matches(':focus-within'));
  for (let step = 1; step <= panes.length; step++) {
    const from = at < 0 && by < 0 ? 0 : at;
    const pane = panes[(from + by * step + 2 * panes.length) % panes.length];
    if (!pane) continue;
    pane.focus();
    return;
  }
}
