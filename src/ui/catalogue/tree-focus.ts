import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { keyTarget, type TreeLine } from './tree-keys.ts';
import { LINE_PX } from './tree-window.ts';

/** The element whose lines are walked. */
type TreeHost = HTMLElement &
  Pick<ReactiveControllerHost, 'addController' | 'requestUpdate' | 'updateComplete'>;

/** The line of a tree that has the focus, and the keys that lead from one to another (WAI-ARIA practices). */
export class TreeFocus implements ReactiveController {
  /** The lines that can be walked to, in order. The host lists them as it draws. */
  lines: TreeLine[] = [];
  /** The line that has or had the focus; empty before one had it. */
  active = '';

  /** Where that line was among the lines. */
  private place = 0;
  /** Whether a line of the tree has the focus while the host draws. */
  private isInside = false;

  constructor(private readonly host: TreeHost) {
    host.addController(this);
  }

  hostUpdate(): void {
    this.isInside = this.host.shadowRoot?.activeElement?.role === 'treeitem';
  }

  /** A line that has gone leaves its place in the tab order, and the focus, to the one that is there now. */
  hostUpdated(): void {
    if (this.active === '') return;
    const place = this.lines.findIndex(({ id }) => id === this.active);
    if (place >= 0) {
      this.place = place;
      return;
    }
    const next = this.lines[Math.min(this.place, this.lines.length - 1)]?.id ?? '';
    const hadFocus = this.isInside && this.host.shadowRoot?.activeElement == null;
    if (hadFocus && next !== '') void this.goTo(next);
    else this.focused(next);
  }

  /** One line of the tree is in the tab order: the one that had the focus last, at first the first. */
  tabindex(id: string): 0 | -1 {
    return id === (this.active || this.lines[0]?.id) ? 0 : -1;
  }

  /** A line has got the focus. */
  readonly focused = (id: string): void => {
    if (this.active === id) return;
    this.active = id;
    this.host.requestUpdate();
  };

  /** Gives the tree the focus, where it had it last. */
  restore(): void {
    this.element(this.active || this.lines[0]?.id || '')?.focus();
  }

  /** The element of a line, where that is drawn. */
  element(id: string): HTMLElement | null {
    // Ids hold NUL, which no selector can name.
    const lines = this.host.shadowRoot?.querySelectorAll<HTMLElement>('[data-id]') ?? [];
    return [...lines].find((line) => line.dataset.id === id) ?? null;
  }

  /** Obeys a key on a line: fires `click`, `qt-enter` or `qt-offer` on it, or gives another one the focus. */
  readonly keyed = (event: KeyboardEvent): void => {
    const focused = event.composedPath()[0];
    if (!(focused instanceof HTMLElement) || focused.role !== 'treeitem') return;
    const at = this.lines.findIndex(({ id }) => id === focused.dataset.id);
    if (at < 0) return;
    const page = Math.max(1, Math.floor(this.host.clientHeight / LINE_PX) - 1);
    const target = keyTarget(event, this.lines, at, page);
    const { expanded, id } = this.lines[at]!;
    if (target) void this.goTo(target.id);
    else if (event.key === 'ArrowRight' && expanded === false) focused.click();
    else if (event.key === 'ArrowLeft' && expanded === true) focused.click();
    else if (event.key === 'Enter' && id.includes('\0')) focused.dispatchEvent(new Event('qt-enter'));
    else if (event.key === 'Enter' || event.key === ' ') focused.click();
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))
      focused.dispatchEvent(new Event('qt-offer', { cancelable: true }));
    else return;
    event.preventDefault();
  };

  /** Gives a line the focus, drawn by then and in view. */
  private async goTo(id: string): Promise<void> {
    this.focused(id);
    await this.host.updateComplete;
    const element = this.element(id);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: 'nearest' });
  }
}
