import { css, html, LitElement, nothing } from 'lit';
import { sentences } from '../../../events/sentences.ts';
import { keysOf } from '../../controls/key-bindings.ts';
import { shared } from '../../controls/shared.css.ts';
import { changesText, kindsText, savedText } from './edit-words.ts';
import type { ResultEdits } from './result-edits.ts';

/**
 * What is staged of a result, and what became of it. Fires `qt-preview`, `qt-save`, `qt-discard`,
 * `qt-refresh`, and, where the connection waits for rows to be read, `qt-fetch-all` and `qt-stop-reading`.
 */
export class QtEditBar extends LitElement {
  static override properties = {
    editing: { attribute: false },
    revision: { type: Number },
    inTransaction: { type: Boolean },
    paused: { type: String },
    saveWaits: { type: Boolean },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; flex: none; }
      div {
        display: flex; flex-wrap: wrap; align-items: center; gap: 2px 12px; min-height: 34px; padding: 3px 12px; border-top: 1px solid var(--qt-border);
        background: var(--qt-bg-raised); color: var(--qt-fg-muted);
      }
      b { color: var(--qt-fg); font-weight: 600; white-space: nowrap; }
      .staged { box-shadow: inset 3px 0 0 var(--qt-state-waiting); }
      .wrong { box-shadow: inset 3px 0 0 var(--qt-state-failed); }
      .said { flex: 1 1 240px; min-width: 0; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow-wrap: anywhere; }
      .failed { color: var(--qt-state-failed); }
      .code { font-weight: 600; margin-right: 6px; }
      .end { margin-left: auto; display: flex; gap: 8px; flex: none; }
      .end button { height: 26px; padding: 0 12px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); color: var(--qt-fg); }
      .end button:hover:not(:disabled) { border-color: var(--qt-border-strong); background: var(--qt-bg-hover); }
      .end button.main { background: var(--qt-accent); border-color: var(--qt-accent); color: var(--qt-on-accent); font-weight: 600; }
      .end button.main:hover:not(:disabled) { background: var(--qt-accent); filter: brightness(1.06); }
    `,
  ];

  declare editing: ResultEdits;
  declare revision: number;
  /** The tab's connection is in a transaction, so that what is saved joins it. */
  declare inTransaction: boolean;
  /** Why reading can't simply be stopped; empty when it can. */
  declare paused: string;
  /** A save waits until the rows are read. */
  declare saveWaits: boolean;

  constructor() {
    super();
    this.inTransaction = false;
    this.paused = '';
    this.saveWaits = false;
  }

  protected override render() {
    const { editing } = this;
    const { edits, said, saving } = editing;
    const { waiting } = edits;
    const saved = savedText(edits, this.inTransaction);
    if (waiting.length === 0 && said === '' && saved === '') return nothing;
    const wrong = waiting.find(({ state }) => state === 'failed' || state === 'unknown');
    return html`<div class=${wrong ? 'wrong' : waiting.length > 0 ? 'staged' : ''} role="region" aria-label="Changes" data-testid="edit-bar">
      ${waiting.length > 0 ? html`<b title=${kindsText(waiting)}>${changesText(waiting.length)}</b>` : nothing}
      <span class="said" role="status">${this.words(saved)}</span>
      <span class="end">
        ${this.saveWaits ? this.reading() : nothing}
        ${edits.hasSaved || wrong ? html`<button title="Runs the statement again" @click=${() => this.fire('qt-refresh')}>${wrong?.failure?.code === 'edit.conflict' ? 'Refresh the rows' : 'Refresh'}</button>` : nothing}
        ${
          waiting.length > 0
            ? html`<button ?disabled=${saving} @click=${() => this.fire('qt-preview')}>Preview</button>
              <button
                class="main"
                ?disabled=${saving || this.saveWaits}
                title="Runs them in this order and stops at the first failure (${keysOf('rows', 'apply')})"
                @click=${() => this.fire('qt-save')}
              >${saving ? 'Applying…' : 'Apply'}</button>
              <button ?disabled=${saving} @click=${() => this.fire('qt-discard')}>Discard</button>`
            : nothing
        }
      </span>
    </div>`;
  }

  private words(saved: string) {
    const { edits, said } = this.editing;
    const wrong = edits.waiting.find(({ state }) => state === 'failed' || state === 'unknown');
    if (this.saveWaits) return 'Waiting until the rest of the result is read; the changes are applied then.';
    if (said) return said;
    if (wrong?.failure) {
      const { code, message, detail, hint, advice } = wrong.failure;
      const row = this.editing.rowOf(wrong.row) + 1;
      return html`<span class="failed"><span class="code mono">${code}</span>Row ${row}: ${sentences(message, detail, hint, advice)}</span>`;
    }
    return edits.waiting.length > 0 ? kindsText(edits.waiting) : saved;
  }

  private reading() {
    return html`<button @click=${() => this.fire('qt-fetch-all')}>Fetch all</button>
      <button
        ?disabled=${this.paused !== ''}
        title=${this.paused}
        @click=${() => this.fire('qt-stop-reading')}
      >Stop reading here</button>`;
  }

  private fire(type: string): void {
    this.dispatchEvent(new CustomEvent(type));
  }
}

customElements.define('qt-edit-bar', QtEditBar);
