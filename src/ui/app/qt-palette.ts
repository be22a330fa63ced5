import { css, html, LitElement, nothing } from 'lit';
import { DialogController } from '../controls/dialog-controller.ts';
import { shared } from '../controls/shared.css.ts';
import type { PaletteItem } from './palette-items.ts';

const SHOWN_MAX = 12;

/**
 * How well a label answers what was typed: its letters in order, better in a row and at a word's beginning;
 * -1 for no.
 */
export function score(label: string, typed: string): number {
  const text = label.toLowerCase();
  let at = -1;
  let points = 0;
  for (const letter of typed.toLowerCase().replace(/\s+/g, '')) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return -1;
    const begins = next === 0 || /[\s._]/.test(text[next - 1]!);
    points += next === at + 1 ? 3 : begins ? 2 : 0;
    at = next;
  }
  return points * 100 - text.length;
}

/** Ctrl+K: finds tables and commands. */
export class QtPalette extends LitElement {
  static override properties = { items: { attribute: false }, typed: { state: true }, at: { state: true } };
  static override styles = [
    shared,
    css`
      dialog {
        width: min(560px, 92vw); margin: 12vh auto 0; padding: 0; border: 1px solid var(--qt-border-strong); border-radius: 10px;
        background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow); overflow: auto; max-height: 86vh;
      }
      dialog::backdrop { background: rgb(0 0 0 / 30%); }
      input, input:focus-visible { outline: none; border-radius: 0; }
      input { width: 100%; height: 44px; padding: 0 16px; border: 0; border-bottom: 1px solid var(--qt-border); background: none; font-size: 14px; }
      ul { list-style: none; margin: 0; padding: 6px; }
      li { display: flex; gap: 10px; padding: 5px 10px; border-radius: 6px; cursor: pointer; white-space: nowrap; }
      li[aria-selected='true'] { background: var(--qt-accent-soft); }
      .label { overflow: hidden; text-overflow: ellipsis; }
      .detail { color: var(--qt-fg-faint); overflow: hidden; text-overflow: ellipsis; }
      kbd { margin-left: auto; font: 11px/20px var(--qt-font-mono); color: var(--qt-fg-muted); }
      p { margin: 0; padding: 14px 16px; color: var(--qt-fg-muted); }
    `,
  ];

  declare items: readonly PaletteItem[];
  declare protected typed: string;
  declare protected at: number;
  private readonly dialog = new DialogController(this, { focus: 'input', leavesByClickBeside: true });

  constructor() {
    super();
    this.items = [];
    this.typed = '';
    this.at = 0;
  }

  /** Asks for one of `items`. */
  open(items: readonly PaletteItem[]): void {
    this.items = items;
    this.typed = '';
    this.at = 0;
    void this.dialog.open();
  }

  private get found(): readonly PaletteItem[] {
    // Nothing typed: in the order they were given, commands before tables.
    if (this.typed.trim() === '') return this.items.slice(0, SHOWN_MAX);
    const last = this.items.filter((item) => item.last);
    const best = this.items
      .map((item) => ({ item, points: item.last ? -1 : score(item.label, this.typed) }))
      .filter(({ points }) => points > -1000 && points !== -1)
      .sort((a, b) => b.points - a.points)
      .slice(0, SHOWN_MAX)
      .map(({ item }) => item);
    return [...best, ...last];
  }

  /** On a low screen the list scrolls. */
  protected override updated(): void {
    this.renderRoot.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }

  protected override render() {
    const { found } = this;
    return html`<dialog aria-label="Go to">
      <input
        role="combobox" aria-expanded="true" aria-controls="found" aria-activedescendant=${found.length > 0 ? `item-${this.at}` : nothing}
        placeholder="A table, a command" .value=${this.typed} @input=${this.type} @keydown=${this.key}
      />
      <ul id="found" role="listbox" aria-label="Found">
        ${found.map(
          (item, i) => html`<li
            id="item-${i}"
            role="option"
            aria-selected=${i === this.at}
            @click=${() => this.choose(item)}
          >
            <span class="label">${item.label}</span><span class="detail">${item.detail}</span>${item.keys ? html`<kbd>${item.keys}</kbd>` : ''}
          </li>`,
        )}
      </ul>
      ${found.length === 0 ? html`<p>No match. Tables are found here while their connection is open.</p>` : ''}
    </dialog>`;
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.at = 0;
  }

  private key(event: KeyboardEvent): void {
    const { found } = this;
    if (event.key === 'ArrowDown') this.at = Math.min(this.at + 1, found.length - 1);
    else if (event.key === 'ArrowUp') this.at = Math.max(this.at - 1, 0);
    else if (event.key === 'Enter' && found[this.at]) this.choose(found[this.at]!);
    else return;
    event.preventDefault();
  }

  private choose(item: PaletteItem): void {
    this.dialog.close();
    item.act(this.typed);
  }
}

customElements.define('qt-palette', QtPalette);
