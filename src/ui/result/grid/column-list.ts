import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { DialogController } from '../../controls/dialog-controller.ts';
import { escapeInvisible } from '../../format/escape-invisible.ts';
import { shortened, thousands } from '../../format/format.ts';
import { gridTokens } from './grid.css.ts';
import type { GridColumns } from './grid-columns.ts';

/** Which columns of a result are shown, in a dialog: each choice is carried out at once. Fires `close` once it is closed. */
export class ColumnList extends LitElement {
  static override properties = {
    filter: { state: true },
    said: { state: true },
  };
  static override styles = [
    gridTokens,
    css`
      dialog {
        box-sizing: border-box; width: min(440px, calc(100vw - 48px)); max-height: min(620px, calc(100vh - 48px)); padding: 0;
        border: 1px solid var(--_border); border-radius: 8px; background: var(--_raised); color: var(--_fg); font: 13px/20px var(--_sans);
        box-shadow: 0 16px 48px rgb(0 0 0 / 35%); overflow: hidden;
      }
      dialog[open] { display: flex; flex-direction: column; }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      .head, .foot { display: flex; align-items: center; gap: 8px; padding: 8px 8px 8px 16px; flex: none; }
      .foot { padding-left: 8px; border-top: 1px solid var(--_border); }
      h2 { margin: 0; font: inherit; font-weight: 600; }
      .count { color: var(--_muted); font-size: 12px; font-variant-numeric: tabular-nums; }
      .space { flex: 1; }
      input[type='search'] {
        flex: none; box-sizing: border-box; height: 30px; margin: 0 8px 8px; padding: 0 9px; border: 1px solid var(--_border); border-radius: 5px;
        background: var(--_bg); color: var(--_fg); font: inherit;
      }
      .list { flex: 1; min-height: 120px; overflow: auto; padding: 4px 0; background: var(--_bg); border-top: 1px solid var(--_border); }
      label {
        display: flex; align-items: center; gap: 9px; height: 26px; padding: 0 16px; cursor: pointer;
        content-visibility: auto; contain-intrinsic-height: 26px;
      }
      label:hover { background: var(--_hover); }
      label:focus-within { background: var(--_accent-soft); }
      label input { flex: none; width: 14px; height: 14px; margin: 0; accent-color: var(--_accent); }
      .name, .type { overflow: hidden; text-overflow: ellipsis; white-space: pre; }
      .hidden .name { color: var(--_muted); }
      .type { flex: 0 1 auto; margin-left: auto; color: var(--_muted); font: 10.5px/16px var(--_mono); }
      label:focus-within :is(.name, .type) { color: var(--_fg); }
      .none { margin: 0; padding: 4px 16px; color: var(--_muted); }
      button {
        font: inherit; font-size: 12px; line-height: 20px; padding: 3px 10px; color: var(--_fg); cursor: pointer; background: transparent;
        border: 1px solid var(--_border); border-radius: 5px; white-space: nowrap;
      }
      button:hover:not(:disabled) { background: var(--_hover); }
      button:disabled { color: var(--_faint); cursor: default; }
      :is(button, input):focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
    `,
  ];

  declare protected filter: string;
  declare protected said: string;
  private columns: GridColumns | null = null;
  private readonly dialog = new DialogController(this, {
    focus: 'input',
    closed: () => this.closed(),
    leavesByClickBeside: true,
  });

  constructor() {
    super();
    this.filter = '';
    this.said = '';
  }

  /** Shows a grid's columns over the page. */
  async open(columns: GridColumns): Promise<void> {
    this.columns = columns;
    this.filter = '';
    this.said = '';
    await this.dialog.open();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.columns) return nothing;
    const { columns, sequence, places, hidden } = this.columns.layout;
    const wanted = this.filter.toLowerCase();
    const listed = sequence.filter((index) => columns[index]!.name.toLowerCase().includes(wanted));
    const moved = sequence.some((index, at) => index !== at);
    return html`<dialog aria-labelledby="title" @keydown=${this.key}>
      <div class="head">
        <h2 id="title">Columns</h2>
        <span class="count" role="status">${this.said || `${thousands(places)} of ${thousands(columns.length)} shown`}</span>
        <span class="space"></span>
        <button @click=${this.dialog.leave} title="Esc" aria-keyshortcuts="Escape">Close</button>
      </div>
      <input
        type="search"
        aria-label="Filter by name"
        placeholder="Filter by name"
        spellcheck="false"
        autocomplete="off"
        .value=${this.filter}
        @input=${(event: Event) => {
          this.filter = (event.target as HTMLInputElement).value;
        }}
      />
      <div class="list" role="group" aria-label="Columns shown">
        ${listed.map((index, at) => this.line(index, at === 0))}
        ${listed.length === 0 ? html`<p class="none">No column has this in its name.</p>` : nothing}
      </div>
      <div class="foot">
        <button ?disabled=${hidden === 0} @click=${() => this.act((all) => all.showAll())}>Show all</button>
        <button
          ?disabled=${wanted === '' || listed.length === 0}
          title="Show the columns listed here and hide the others"
          @click=${() => this.act((all) => all.showOnly(listed))}
        >Show only these</button>
        <span class="space"></span>
        <button
          ?disabled=${!moved}
          title="The order in which the statement returns them"
          @click=${() => this.act((all) => all.restoreOrder())}
        >Original order</button>
      </div>
    </dialog>`;
  }

  private line(index: number, isFirst: boolean): TemplateResult {
    const { layout } = this.columns!;
    const { name, type } = layout.columns[index]!;
    const shown = !layout.isHidden(index);
    return html`<label class=${shown ? '' : 'hidden'}>
      <input
        type="checkbox"
        tabindex=${isFirst ? 0 : -1}
        .checked=${live(shown)}
        @change=${() => this.act((all) => all.setShown([index], !shown))}
      />
      <span class="name">${escapeInvisible(shortened(name, 200))}</span>
      <span class="type">${escapeInvisible(shortened(type, 200))}</span>
    </label>`;
  }

  /** Carries out a choice. One that would leave no column changes nothing, and that is said. */
  private act(choice: (columns: GridColumns) => void): void {
    const columns = this.columns!;
    const { order } = columns.layout;
    choice(columns);
    this.said = columns.layout.order === order ? 'One column has to stay in view.' : '';
    this.requestUpdate();
  }

  /** Arrows walk from the filter through the list. */
  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by === 0) return;
    const stops = [...this.renderRoot.querySelectorAll<HTMLElement>('input')];
    const at = stops.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    stops[Math.min(Math.max(at + by, 0), stops.length - 1)]?.focus();
    event.preventDefault();
  }

  private closed(): void {
    this.columns = null;
    this.dispatchEvent(new Event('close'));
  }
}

customElements.define('qt-column-list', ColumnList);

declare global {
  interface HTMLElementTagNameMap {
    'qt-column-list': ColumnList;
  }
}
