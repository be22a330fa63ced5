import { css, html, LitElement } from 'lit';
import { shared } from './shared.css.ts';

/** What a person wants of a transaction that stands in the way of a close. */
export type CloseWish = 'commit' | 'rollback' | 'keep';

/** Asks what is to become of an open transaction before its tab or connection is closed. The harmless answer is the default. */
export class QtOpenTransaction extends LitElement {
  static override properties = { what: { type: String }, mayCommit: { type: Boolean } };
  static override styles = [
    shared,
    css`
      dialog {
        max-width: 460px; padding: 18px 20px; border: 1px solid var(--qt-border-strong); border-radius: 10px;
        background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow);
      }
      dialog::backdrop { background: rgb(0 0 0 / 35%); }
      h2 { margin: 0 0 6px; font-size: 15px; }
      p { margin: 0 0 14px; color: var(--qt-fg-muted); }
      .acts { display: flex; justify-content: flex-end; gap: 8px; }
      .acts button { height: 30px; padding: 0 12px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); }
      .acts .keep { background: var(--qt-accent); color: var(--qt-on-accent, #fff); border-color: var(--qt-accent); }
      .acts .rollback { color: var(--qt-state-failed); }
    `,
  ];

  /** What is to be closed: `This tab`. */
  declare what: string;
  /** A failed transaction, or several of them, can't be committed here. */
  declare mayCommit: boolean;
  private answer: (wish: CloseWish) => void = () => {};

  constructor() {
    super();
    this.what = 'This tab';
    this.mayCommit = true;
  }

  /** Asks. Escape and a click beside it keep everything open. */
  ask(what: string, mayCommit: boolean): Promise<CloseWish> {
    this.what = what;
    this.mayCommit = mayCommit;
    return new Promise((resolve) => {
      this.answer = resolve;
      void this.updateComplete.then(() => {
        this.dialog.showModal();
        this.renderRoot.querySelector<HTMLElement>('.keep')?.focus();
      });
    });
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector('dialog')!;
  }

  private choose(wish: CloseWish): void {
    this.dialog.close();
    this.answer(wish);
  }

  protected override render() {
    return html`<dialog aria-labelledby="title" data-testid="open-transaction" @cancel=${() => this.answer('keep')}>
      <h2 id="title">${this.what} has an open transaction</h2>
      <p>Closing rolls back what it has not committed.</p>
      <div class="acts">
        <button class="rollback" @click=${() => this.choose('rollback')}>Roll back and close</button>
        ${this.mayCommit ? html`<button @click=${() => this.choose('commit')}>Commit and close</button>` : ''}
        <button class="keep" @click=${() => this.choose('keep')}>Keep open</button>
      </div>
    </dialog>`;
  }
}

customElements.define('qt-open-transaction', QtOpenTransaction);
