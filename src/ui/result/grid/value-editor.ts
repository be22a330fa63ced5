import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { DialogController } from '../../controls/dialog-controller.ts';
import { chordOf, commandFor, keysOf } from '../../controls/key-bindings.ts';
import { gridTokens } from './grid.css.ts';
import type { CellEdit } from './grid-editing.ts';

/** A value to edit and its cell. `row` counts from 1, as on the screen. */
export interface EditedValue {
  readonly name: string;
  readonly row: string;
  readonly edit: CellEdit;
  /** What was typed in the cell before. */
  readonly typed: string;
  stage(value: string | null): void;
}

/** A long value or one of several lines, edited in a dialog. Ctrl+Enter stages, Esc leaves. Fires `close`. */
export class ValueEditor extends LitElement {
  static override properties = {
    value: { state: true },
    isNull: { state: true },
    typed: { state: true },
    why: { state: true },
  };
  static override styles = [
    gridTokens,
    css`
      dialog {
        box-sizing: border-box; width: min(760px, calc(100vw - 48px)); padding: 0; border: 1px solid var(--_border); border-radius: 8px;
        background: var(--_raised); color: var(--_fg); font: 13px/20px var(--_sans); box-shadow: 0 16px 48px rgb(0 0 0 / 35%);
      }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      .head, .foot { display: flex; align-items: center; gap: 8px; padding: 8px 12px 8px 16px; }
      h2 { margin: 0; font: inherit; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .type { color: var(--_muted); font: 11px/20px var(--_mono); white-space: nowrap; }
      .space { flex: 1; }
      textarea {
        box-sizing: border-box; display: block; width: 100%; height: min(420px, 50vh); padding: 12px 16px; resize: vertical; border: 0;
        border-block: 1px solid var(--_border); background: var(--_bg); color: var(--_fg); font: 12px/18px var(--_mono);
        font-variant-ligatures: none; tab-size: 4; outline: none;
      }
      textarea:focus-visible { box-shadow: inset 0 0 0 2px var(--_accent); }
      textarea::placeholder { font-style: italic; color: var(--_faint); opacity: 1; }
      .why { color: var(--_failed); }
      button {
        font: inherit; font-size: 12px; padding: 3px 12px; color: var(--_fg); cursor: pointer; background: transparent;
        border: 1px solid var(--_border); border-radius: 5px; white-space: nowrap;
      }
      button:hover:not(:disabled) { background: var(--_hover); }
      button[aria-pressed='true'] { background: var(--_accent-soft); }
      button.main { background: var(--_accent); border-color: var(--_accent); color: var(--qt-on-accent, #fff); font-weight: 600; }
      button:focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
      button:disabled { opacity: 0.55; cursor: default; }
    `,
  ];

  declare protected value: EditedValue | null;
  declare protected isNull: boolean;
  declare protected typed: string;
  declare protected why: string;
  private readonly dialog = new DialogController(this, { focus: 'textarea', closed: () => this.closed() });

  constructor() {
    super();
    this.value = null;
    this.isNull = false;
    this.typed = '';
    this.why = '';
  }

  /** Edits a value over the page. */
  async open(value: EditedValue): Promise<void> {
    this.value = value;
    this.typed = value.typed;
    this.isNull = value.edit.isNull && value.typed === '';
    this.why = '';
    await this.dialog.open();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { value, isNull, typed, why } = this;
    if (!value) return nothing;
    const { name, row, edit } = value;
    return html`<dialog aria-labelledby="title" @keydown=${this.key}>
      <div class="head">
        <h2 id="title">${name}</h2><span class="type">${isNull ? edit.nullWord : edit.typeOf(typed)}</span><span class="type row">row ${row}</span>
        <span class="space"></span>
        <button aria-pressed=${isNull} ?disabled=${edit.nullLacking !== ''} title=${edit.nullLacking} @click=${() => {
          this.isNull = !isNull;
        }}>${edit.nullWord}</button>
      </div>
      <textarea
        aria-label=${`${name}, row ${row}`}
        spellcheck="false"
        placeholder=${isNull ? edit.nullWord : ''}
        .value=${isNull ? '' : typed}
        @input=${this.type}
      ></textarea>
      <div class="foot">
        <span class="why" role="status">${why}</span><span class="space"></span>
        <button @click=${this.dialog.leave}>Cancel</button>
        <button class="main" title=${keysOf('value', 'stage')} @click=${this.take}>Stage</button>
      </div>
    </dialog>`;
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLTextAreaElement).value;
    this.isNull = false;
    this.why = '';
  }

  private take(): void {
    const { edit, stage } = this.value!;
    if (this.isNull) {
      if (!edit.isNull) stage(null);
      this.dialog.close();
      return;
    }
    if (edit.isNull || this.typed !== edit.text) {
      const read = edit.read(this.typed);
      if ('why' in read) {
        this.why = read.why;
        return;
      }
      stage(read.value);
    }
    this.dialog.close();
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (commandFor('value', chordOf(event)) !== 'stage') return;
    event.preventDefault();
    this.take();
  }

  private closed(): void {
    this.value = null;
    this.dispatchEvent(new Event('close'));
  }
}

customElements.define('qt-value-editor', ValueEditor);
