import { css, html, LitElement } from 'lit';
import { type IconName, icon } from './icons.ts';
import { option } from './option.ts';
import { shared } from './shared.css.ts';

/**
 * A setting of a statement that is one of a few figures or one that the user types. Fires `qt-chosen` with
 * the figure.
 */
export class QtCombo extends LitElement {
  static override properties = {
    name: { type: String },
    unit: { type: String },
    value: { type: Number },
    values: { attribute: false },
    text: { attribute: false },
    scale: { type: Number },
    max: { type: Number },
    disabled: { type: Boolean },
    hint: { type: String },
    picture: { type: String },
    typing: { state: true },
  };
  static override styles = [
    shared,
    css`
      select, input {
        height: 28px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg-raised);
        padding: 0 6px; color: var(--qt-fg-muted);
      }
      select { field-sizing: content; cursor: pointer; }
      select:hover { border-color: var(--qt-border-strong); color: var(--qt-fg); }
      input { width: 132px; color: var(--qt-fg); border-color: var(--qt-accent); }
      input:invalid { border-color: var(--qt-state-failed); }
      select:disabled { opacity: 0.55; cursor: default; }
      .box { position: relative; display: inline-flex; }
      .box svg { display: none; position: absolute; left: 8px; top: 7px; pointer-events: none; color: var(--qt-fg-muted); }
      .box.set svg { color: var(--qt-accent); }
      /* What is set keeps its words longer than what is not. They are pushed out of the box, as the system may choose their colour. */
      @container (max-width: 800px) {
        .box:not(.set) svg { display: block; }
        .box:not(.set) select { width: 32px; padding: 0 0 0 32px; appearance: none; }
      }
      @container (max-width: 660px) {
        .box svg { display: block; }
        select { width: 32px; padding: 0 0 0 32px; appearance: none; }
        input { width: 84px; }
      }
      option { background: var(--qt-bg-raised); color: var(--qt-fg); }
    `,
  ];

  /** What is set: `Limit`. */
  declare name: string;
  /** What a typed figure counts: `rows`. */
  declare unit: string;
  declare value: number;
  declare values: readonly number[];
  /** A figure in words. */
  declare text: (value: number) => string;
  /** How many of the value's units a typed figure is worth. */
  declare scale: number;
  declare max: number;
  declare disabled: boolean;
  /** Its tooltip. */
  declare hint: string;
  /** The icon shown where there is no room for words. */
  declare picture: IconName;
  declare protected typing: boolean;

  constructor() {
    super();
    this.name = '';
    this.unit = '';
    this.value = 0;
    this.values = [];
    this.text = String;
    this.scale = 1;
    this.max = Number.MAX_SAFE_INTEGER;
    this.typing = false;
    this.disabled = false;
    this.hint = '';
    this.picture = 'settings';
  }

  protected override updated(): void {
    const input = this.renderRoot.querySelector('input');
    if (input && !input.matches(':focus')) input.focus();
  }

  protected override render() {
    const { name, unit, value, values, text, max, scale } = this;
    if (this.typing)
      return html`<input
        type="number"
        min="0"
        max=${Math.floor(max / scale)}
        step="1"
        placeholder=${unit}
        aria-label="${name} in ${unit}"
        @keydown=${this.key} @blur=${this.typed}
      />`;
    const all = values.includes(value) ? values : [...values, value];
    return html`<span class="box ${value === values[0] ? '' : 'set'}">${icon(this.picture, 14)}<select aria-label=${name} title=${[text(value), this.hint].filter((part) => part !== '').join(': ')} ?disabled=${this.disabled} data-testid=${name.toLowerCase()} @change=${this.choose}>
      ${all.map((one) => option(one, text(one), one === value))}
      <option value="own">Other…</option>
    </select></span>`;
  }

  private choose(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    if (value === 'own') this.typing = true;
    else this.chosen(Number(value));
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.typing = false;
    else if (event.key === 'Enter') this.typed(event);
    if (this.typing) return;
    // The list that gets the focus now would take the same key, and open.
    event.preventDefault();
    void this.updateComplete.then(() => this.renderRoot.querySelector('select')?.focus());
  }

  /** Takes what was typed where it is a figure in reach; else all stays as it was. */
  private typed(event: Event): void {
    if (!this.typing) return;
    const input = event.target as HTMLInputElement;
    this.typing = false;
    if (input.value !== '' && input.validity.valid) this.chosen(Math.round(input.valueAsNumber * this.scale));
  }

  private chosen(detail: number): void {
    this.dispatchEvent(new CustomEvent('qt-chosen', { detail }));
  }
}

customElements.define('qt-combo', QtCombo);
