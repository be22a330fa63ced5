import { css, html, LitElement, nothing } from 'lit';
import { icon } from './icons.ts';
import { shared } from './shared.css.ts';

/** A line of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly keys?: string;
  readonly act: () => void;
  /** Why it can't be done now; such a line can be reached and read, and does nothing. */
  readonly lacking?: string;
  /** One of several that exclude each other; whether it is the one. */
  readonly checked?: boolean;
  /** It can't be undone. */
  readonly danger?: boolean;
  /** A separator is drawn above it. */
  readonly apart?: boolean;
}

/** Detail of `qt-menu`: what to offer and where, in the window's pixels. */
export interface MenuRequest {
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly x: number;
  readonly y: number;
  /** Who has the focus again when it closes. */
  readonly from: HTMLElement;
}

/** Asks the page for a menu below an element. */
export function menuBelow(from: HTMLElement, label: string, items: readonly MenuItem[]): void {
  const { left, bottom } = from.getBoundingClientRect();
  menuAt(from, label, items, left, bottom + 2);
}

/** Asks the page for a menu at a place in the window. */
export function menuAt(
  from: HTMLElement,
  label: string,
  items: readonly MenuItem[],
  x: number,
  y: number,
): void {
  const detail: MenuRequest = { label, items, x, y, from };
  from.dispatchEvent(new CustomEvent('qt-menu', { detail, bubbles: true, composed: true }));
}

/** The page's one menu. Arrows walk, letters jump, Enter does, Esc leaves. */
export class QtMenu extends LitElement {
  static override properties = { request: { state: true } };
  static override styles = [
    shared,
    css`
      div {
        position: fixed; inset: auto; margin: 0; min-width: 190px; max-width: 420px; padding: 4px; border-radius: 8px;
        border: 1px solid var(--qt-border-strong); background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow);
      }
      button {
        display: flex; align-items: center; gap: 16px; width: 100%; padding: 4px 10px; border-radius: 5px; text-align: left;
        white-space: nowrap;
      }
      button:hover, button:focus-visible { background: var(--qt-accent-soft); outline: 1px solid transparent; }
      button[aria-disabled='true'] { color: var(--qt-fg-faint); cursor: default; flex-wrap: wrap; row-gap: 0; white-space: normal; }
      button.danger { color: var(--qt-state-failed); }
      .why { flex: none; width: 100%; font-size: 12px; line-height: 16px; }
      .label { overflow: hidden; text-overflow: ellipsis; }
      .mark { width: 14px; height: 14px; flex: none; margin: 0 -8px 0 -2px; color: var(--qt-accent); }
      .mark svg { display: block; }
      kbd { margin-left: auto; font: 11px var(--qt-font-mono); color: var(--qt-fg-faint); }
      hr { border: 0; border-top: 1px solid var(--qt-border); margin: 4px 0; }
    `,
  ];

  declare protected request: MenuRequest | null;

  constructor() {
    super();
    this.request = null;
  }

  async open(request: MenuRequest): Promise<void> {
    this.request = request;
    await this.updateComplete;
    const menu = this.menu;
    if (!menu) return;
    menu.showPopover();
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(4, Math.min(request.x, innerWidth - width - 4))}px`;
    menu.style.top = `${Math.max(4, Math.min(request.y, innerHeight - height - 4))}px`;
    this.buttons.find((button) => button.ariaChecked === 'true')?.focus();
    if (!menu.matches(':focus-within')) this.buttons[0]?.focus();
  }

  private get menu(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('[popover]');
  }

  private get buttons(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('button')];
  }

  protected override render() {
    if (!this.request) return nothing;
    const { label, items } = this.request;
    return html`<div
      popover
      role="menu"
      aria-label=${label}
      data-testid="menu"
      @toggle=${this.toggled}
      @keydown=${this.key}
    >
      ${items.map((item) => this.item(item))}
    </div>`;
  }

  private item(item: MenuItem) {
    const { label, keys, lacking, checked, danger, apart } = item;
    return html`${apart ? html`<hr role="separator" />` : nothing}<button
      class=${danger ? 'danger' : ''}
      role=${checked === undefined ? 'menuitem' : 'menuitemradio'}
      tabindex="-1"
      aria-checked=${checked === undefined ? nothing : checked} aria-disabled=${lacking ? 'true' : nothing}
      @click=${() => this.choose(item)}
    >
      ${checked === undefined ? nothing : html`<span class="mark" aria-hidden="true">${checked ? icon('check', 14) : nothing}</span>`}
      <span class="label">${label}</span>${keys ? html`<kbd>${keys}</kbd>` : nothing}
      ${lacking ? html`<span class="why">${lacking}</span>` : nothing}
    </button>`;
  }

  private choose({ act, lacking }: MenuItem): void {
    if (lacking) return;
    const from = this.request?.from;
    this.menu?.hidePopover();
    from?.focus();
    act();
  }

  private toggled(event: ToggleEvent): void {
    if (event.newState !== 'closed') return;
    const { from } = this.request ?? {};
    const inside = this.shadowRoot?.activeElement != null;
    this.request = null;
    if (inside) from?.focus();
  }

  private key(event: KeyboardEvent): void {
    const { buttons } = this;
    const at = buttons.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    event.stopPropagation();
    if (to !== undefined) {
      buttons[(to + buttons.length) % buttons.length]?.focus();
    } else if (event.key === 'Tab' || event.key === 'Escape') {
      const { from } = this.request ?? {};
      this.menu?.hidePopover();
      from?.focus();
    } else if (event.key.length === 1 && event.key !== ' ') {
      const letter = event.key.toLowerCase();
      const begins = (one: HTMLElement): boolean =>
        one.querySelector('.label')?.textContent?.toLowerCase().startsWith(letter) ?? false;
      [...buttons.slice(at + 1), ...buttons.slice(0, at)].find(begins)?.focus();
    } else {
      return;
    }
    event.preventDefault();
  }
}

customElements.define('qt-menu', QtMenu);
