import { css, html, LitElement, nothing } from 'lit';
import { dialogStyles } from '../../controls/dialog.css.ts';
import { DialogController } from '../../controls/dialog-controller.ts';
import { shared } from '../../controls/shared.css.ts';
import { beginning } from '../../format/display-text.ts';
import { changesText } from './edit-words.ts';
import type { Previewed } from './result-edits.ts';

const PARAM_UNITS_MAX = 300;

/** Each change as the statement that the server would run, with its values. */
export class QtEditPreview extends LitElement {
  static override properties = { previews: { state: true } };
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog { width: min(760px, calc(100vw - 32px)); }
      .head { border-bottom: 1px solid var(--qt-border); }
      .foot { justify-content: end; }
      ol { margin: 0; padding: 4px 18px 12px; list-style: none; overflow: auto; background: var(--qt-bg); }
      li { padding: 10px 0 2px; user-select: text; }
      pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 12px; margin: 4px 0 0; color: var(--qt-fg-muted); }
      dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
      dd.null { font-style: italic; color: var(--qt-fg-faint); }
      .failed { color: var(--qt-state-failed); }
    `,
  ];

  declare protected previews: readonly Previewed[] | null;
  private readonly dialog = new DialogController(this, {
    closed: () => {
      this.previews = null;
    },
  });

  constructor() {
    super();
    this.previews = null;
  }

  async open(previews: readonly Previewed[]): Promise<void> {
    this.previews = previews;
    await this.dialog.open();
  }

  protected override render() {
    const { previews } = this;
    if (!previews) return nothing;
    return html`<dialog aria-labelledby="title" data-testid="edit-preview">
      <div class="head"><h2 id="title">${changesText(previews.length)}${previews.length > 1 ? ', in the order in which they run' : ''}</h2>${this.dialog.cross()}</div>
      <ol tabindex="0">${previews.map((one) => this.preview(one))}</ol>
      <div class="foot">
        <button class="button" autofocus @click=${this.dialog.leave}>Close</button>
        <button
          class="button primary"
          ?disabled=${previews.some(({ refused }) => refused !== '')}
          @click=${this.apply}
        >Apply</button>
      </div>
    </dialog>`;
  }

  private apply(): void {
    this.dialog.close();
    this.dispatchEvent(new CustomEvent('qt-save'));
  }

  private preview({ text, params, refused }: Previewed) {
    return html`<li>
      ${refused ? html`<span class="failed">${refused}</span>` : html`<pre class="mono">${text}</pre>`}
      ${
        params.length === 0
          ? nothing
          : html`<dl class="mono">${params.map(
              (value, i) =>
                html`<dt>${i + 1}</dt><dd class=${value === null ? 'null' : ''}>${value === null ? 'NULL' : beginning(value, PARAM_UNITS_MAX)}</dd>`,
            )}</dl>`
      }
    </li>`;
  }
}

customElements.define('qt-edit-preview', QtEditPreview);
