import { css, html, LitElement } from 'lit';
import type { Profile } from '../events/profile.ts';
import { shared } from './shared.css.ts';
import { visible } from './visible.ts';

const ACTS = [
  { type: 'qt-edit-connection', label: 'Edit…' },
  { type: 'qt-duplicate-connection', label: 'Duplicate' },
  { type: 'qt-delete-connection', label: 'Delete…' },
] as const;
const GAP_PX = 4;

/** What can be done with a saved connection. `open` shows it beside an element; fires `qt-edit-connection` and the like. */
export class QtProfileMenu extends LitElement {
  static override properties = { profile: { state: true } };
  static override styles = [
    shared,
    css`
      [popover] {
        position: fixed; inset: auto; margin: 0; padding: 4px; min-width: 150px; max-width: 260px; border: 1px solid var(--qt-border-strong);
        border-radius: 8px; background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow);
      }
      button { display: block; width: 100%; height: 28px; padding: 0 10px; text-align: left; border-radius: 4px; }
      button:hover, button:focus-visible { background: var(--qt-bg-hover); }
      button.qt-delete-connection { color: var(--qt-state-failed); }
    `,
  ];

  declare protected profile: Profile | null;
  private opener: HTMLElement | null = null;

  constructor() {
    super();
    this.profile = null;
  }

  async open(profile: Profile, beside: HTMLElement): Promise<void> {
    this.profile = profile;
    this.opener = beside;
    await this.updateComplete;
    this.popup.showPopover();
    const { left, top, bottom } = beside.getBoundingClientRect();
    const { offsetWidth, offsetHeight, style } = this.popup;
    style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - offsetWidth - GAP_PX))}px`;
    style.top = `${bottom + offsetHeight + GAP_PX <= innerHeight ? bottom + 2 : Math.max(GAP_PX, top - offsetHeight - 2)}px`;
    this.items[0]?.focus();
  }

  private get popup(): HTMLElement {
    return this.renderRoot.querySelector<HTMLElement>('[popover]')!;
  }

  private get items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[role=menuitem]')];
  }

  protected override render() {
    const { profile } = this;
    return html`<div popover role="menu" aria-label="Connection ${visible(profile?.name ?? '')}" @keydown=${this.key}>
      ${ACTS.map(({ type, label }) => html`<button class=${type} role="menuitem" tabindex="-1" @click=${() => this.choose(type)}>${label}</button>`)}
    </div>`;
  }

  private key(event: KeyboardEvent): void {
    const { items } = this;
    const at = items.indexOf(event.target as HTMLElement);
    const next: Readonly<Record<string, number>> = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    if (next[event.key] !== undefined) items[next[event.key]!]!.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') {
      this.popup.hidePopover();
      this.opener?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private choose(type: (typeof ACTS)[number]['type']): void {
    this.popup.hidePopover();
    // Where the focus goes back to once what was chosen is done.
    this.opener?.focus();
    const detail = this.profile!.profileId;
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-profile-menu', QtProfileMenu);
