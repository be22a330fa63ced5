import { css, html, LitElement, nothing } from 'lit';
import { DialogController } from './dialog-controller.ts';
import { shared } from './shared.css.ts';

/**
 * A button of the dialog. The last one is the harmless answer: it has the focus, and Escape is the same as
 * it.
 */
export interface Choice<T extends string = string> {
  readonly answer: T;
  readonly label: string;
  readonly danger?: boolean;
}

/** A question with its answers. */
export interface Question<T extends string = string> {
  readonly title: string;
  readonly lines: readonly string[];
  readonly choices: readonly Choice<T>[];
}

/** The page's one question that needs an answer before anything is done. */
export class QtConfirm extends LitElement {
  static override properties = { question: { state: true } };
  static override styles = [
    shared,
    css`
      dialog {
        width: min(480px, 92vw); padding: 18px 20px 16px; border: 1px solid var(--qt-border-strong); border-radius: 10px;
        background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow);
      }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      h2 { margin: 0 0 6px; font-size: 15px; line-height: 22px; font-weight: 600; overflow-wrap: anywhere; }
      p { margin: 0 0 4px; color: var(--qt-fg-muted); overflow-wrap: anywhere; }
      .choices { display: flex; flex-wrap: wrap; justify-content: end; gap: 8px; margin-top: 16px; }
      button { height: 30px; padding: 0 14px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); }
      button:hover { background: var(--qt-bg-hover); }
      button.danger { border-color: var(--qt-state-failed); color: var(--qt-state-failed); }
      button:last-child { background: var(--qt-accent); border-color: var(--qt-accent); color: var(--qt-on-accent); font-weight: 600; }
      button:focus-visible { outline-offset: 2px; border-radius: var(--qt-radius); }
    `,
  ];

  declare protected question: Question | null;
  private readonly dialog = new DialogController(this, {
    focus: 'button:last-child',
    closed: () => this.settle(this.harmless),
  });
  private answered: ((answer: string) => void) | undefined;

  constructor() {
    super();
    this.question = null;
  }

  /** Asks, and resolves with the answer. A question before it is answered with what is harmless. */
  async ask<T extends string>(question: Question<T>): Promise<T> {
    this.settle(this.harmless);
    this.question = question;
    await this.dialog.open();
    return new Promise((resolve) => {
      this.answered = resolve as (answer: string) => void;
    });
  }

  private get harmless(): string {
    return this.question?.choices.at(-1)?.answer ?? '';
  }

  protected override render() {
    if (!this.question) return nothing;
    const { title, lines, choices } = this.question;
    return html`<dialog role="alertdialog" aria-labelledby="title" data-testid="ask">
      <h2 id="title">${title}</h2>
      ${lines.map((line) => html`<p>${line}</p>`)}
      <div class="choices">${choices.map(
        ({ answer, label, danger }) =>
          html`<button class=${danger ? 'danger' : ''} @click=${() => this.settle(answer)}>${label}</button>`,
      )}</div>
    </dialog>`;
  }

  private settle(answer: string): void {
    const { answered } = this;
    this.answered = undefined;
    this.dialog.close();
    if (answered) this.question = null;
    answered?.(answer);
  }
}

customElements.define('qt-confirm', QtConfirm);
