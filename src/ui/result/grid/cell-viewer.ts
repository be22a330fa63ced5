import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { Column } from '../../../events/result.ts';
import { visibleText } from '../../../events/utf8-text.ts';
import { writeClipboard } from '../../controls/clipboard.ts';
import { DialogController } from '../../controls/dialog-controller.ts';
import { beginning } from '../../format/display-text.ts';
import { characterCount, thousands } from '../../format/format.ts';
import { gridTokens } from './grid.css.ts';
import {
  byteLength,
  bytesOf,
  hexLines,
  imageType,
  jsonTokens,
  type ValueViewName,
  VIEW_BYTES_MAX,
  VIEW_IMAGE_BYTES_MAX,
  VIEW_UNITS_MAX,
  valueViews,
} from './value-view.ts';

/** A value and its cell. `row` counts from 1, as on the screen. */
export interface ViewedCell {
  readonly column: Column;
  readonly row: string;
  readonly value: string | null;
}

/** Tokens that are drawn each with its colour; a longer JSON text is drawn plain. */
const COLOURED_TOKENS_MAX = 20_000;

const LABELS: Readonly<Record<ValueViewName, string>> = {
  json: 'JSON',
  hex: 'Hex',
  image: 'Image',
  text: 'Text',
};

/** A whole value in a dialog. Fires `close` once it is closed. */
export class CellViewer extends LitElement {
  static override properties = {
    cell: { attribute: false },
    view: { state: true },
    said: { state: true },
  };
  static override styles = [
    gridTokens,
    css`
      dialog {
        box-sizing: border-box;
        width: min(880px, calc(100vw - 48px));
        max-height: min(720px, calc(100vh - 48px));
        padding: 0;
        border: 1px solid var(--_border);
        border-radius: 8px;
        background: var(--_raised);
        color: var(--_fg);
        font: 13px/20px var(--_sans);
        box-shadow: 0 16px 48px rgb(0 0 0 / 35%);
        overflow: hidden;
      }
      dialog[open] { display: flex; flex-direction: column; }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      .head, .foot { display: flex; align-items: center; gap: 8px; padding: 8px 8px 8px 16px; flex: none; }
      .head { border-bottom: 1px solid var(--_border); }
      .foot { border-top: 1px solid var(--_border); color: var(--_muted); font-size: 12px; min-height: 28px; }
      h2 { margin: 0; font: inherit; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .type, .row { color: var(--_muted); font: 11px/20px var(--_mono); white-space: nowrap; }
      .row::before { content: '·'; margin-right: 8px; }
      .space { flex: 1; }
      .body { overflow: auto; min-height: 120px; background: var(--_bg); outline: none; }
      .body:focus-visible { box-shadow: inset 0 0 0 2px var(--_accent); }
      pre {
        margin: 0; padding: 12px 16px; font: 12px/18px var(--_mono); font-variant-ligatures: none; tab-size: 4;
        white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: left;
      }
      pre.hex { white-space: pre; overflow-wrap: normal; }
      pre.null { font-style: italic; color: var(--_faint); }
      .key { color: var(--qt-code-name, var(--_accent)); }
      .string { color: var(--qt-code-string, var(--_well)); }
      .number, .word { color: var(--qt-code-number, var(--_accent)); }
      img { display: block; max-width: 100%; margin: 16px auto; }
      button {
        font: inherit; font-size: 12px; line-height: 20px; padding: 3px 10px; color: var(--_fg); cursor: pointer;
        background: transparent; border: 1px solid var(--_border); border-radius: 5px; white-space: nowrap;
      }
      button:hover { background: var(--_hover); }
      button:focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
      .views { display: flex; }
      .views button { border-radius: 0; margin-left: -1px; color: var(--_muted); }
      .views button:first-child { border-radius: 5px 0 0 5px; }
      .views button:last-child { border-radius: 0 5px 5px 0; }
      .views button[aria-pressed='true'] { background: var(--_accent-soft); color: var(--_fg); }
    `,
  ];

  declare cell: ViewedCell | null;
  declare protected view: ValueViewName;
  declare protected said: string;
  readonly #dialog = new DialogController(this, { closed: () => this.#closed(), leavesByClickBeside: true });
  #views: ValueViewName[] = [];
  #image: string | undefined;

  constructor() {
    super();
    this.cell = null;
    this.view = 'text';
    this.said = '';
  }

  /** Shows a value over the page. */
  async open(cell: ViewedCell): Promise<void> {
    this.cell = cell;
    this.#views = valueViews(cell.value ?? '', cell.column.type);
    this.view = this.#views[0]!;
    this.said = '';
    await this.#dialog.open();
  }

  close(): void {
    this.#dialog.close();
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.cell) return nothing;
    const { column, row } = this.cell;
    return html`<dialog aria-labelledby="title">
      <div class="head">
        <h2 id="title">${column.name}</h2>
        <span class="type">${column.type}</span>
        <span class="row">row ${row}</span>
        <span class="space"></span>
        ${this.#views.length > 1 ? this.#viewButtons() : nothing}
        <button @click=${this.#copy}>Copy</button>
        <button @click=${this.#dialog.leave} title="Esc" aria-keyshortcuts="Escape">Close</button>
      </div>
      <div class="body" tabindex="0" autofocus>${this.#body()}</div>
      <div class="foot" role="status">${this.said || this.#size()}</div>
    </dialog>`;
  }

  #viewButtons(): TemplateResult {
    return html`<span class="views" role="group" aria-label="View as">${this.#views.map(
      (view) =>
        html`<button
          aria-pressed=${view === this.view}
          @click=${() => {
            this.view = view;
          }}
        >${LABELS[view]}</button>`,
    )}</span>`;
  }

  #body(): TemplateResult {
    const value = this.cell!.value;
    if (value === null) return html`<pre class="null">NULL</pre>`;
    switch (this.view) {
      case 'json':
        return html`<pre>${this.#json(value)}</pre>`;
      case 'hex':
        return html`<pre class="hex">${hexLines(value)}</pre>`;
      case 'image':
        return html`<img alt="" src=${this.#imageUrl(value)} />`;
      case 'text':
        return html`<pre>${visibleText(beginning(value, VIEW_UNITS_MAX))}</pre>`;
    }
  }

  #json(value: string): unknown {
    const tokens = jsonTokens(value);
    if (tokens.length > COLOURED_TOKENS_MAX) return tokens.map((token) => token.text).join('');
    return tokens.map(({ kind, text }) =>
      kind === 'mark' || kind === 'space' ? text : html`<span class=${kind}>${text}</span>`,
    );
  }

  #imageUrl(value: string): string {
    this.#image ??= URL.createObjectURL(
      new Blob([bytesOf(value, VIEW_IMAGE_BYTES_MAX)], { type: imageType(value)! }),
    );
    return this.#image;
  }

  #size(): string {
    const value = this.cell!.value;
    if (value === null) return 'NULL';
    const bytes = this.#views.includes('hex') ? byteLength(value) : 0;
    const characters = characterCount(value);
    const whole =
      bytes > 0
        ? `${thousands(bytes)} bytes`
        : `${thousands(characters)} character${characters === 1 ? '' : 's'}`;
    if (this.view === 'hex' && bytes > VIEW_BYTES_MAX)
      return `the first ${thousands(VIEW_BYTES_MAX)} of ${whole}`;
    const cut = (this.view === 'text' || this.view === 'json') && value.length > VIEW_UNITS_MAX;
    return cut
      ? `the first ${thousands(characterCount(value.slice(0, VIEW_UNITS_MAX)))} of ${whole}; Copy includes all of it`
      : whole;
  }

  async #copy(): Promise<void> {
    const copied = await writeClipboard(visibleText(this.cell?.value ?? ''));
    this.said = copied ? 'Copied.' : 'The browser blocked the clipboard. Try again.';
  }

  #closed(): void {
    if (this.#image) URL.revokeObjectURL(this.#image);
    this.#image = undefined;
    this.cell = null;
    this.dispatchEvent(new Event('close'));
  }
}

customElements.define('qt-cell-viewer', CellViewer);

declare global {
  interface HTMLElementTagNameMap {
    'qt-cell-viewer': CellViewer;
  }
}
