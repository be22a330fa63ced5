import { Task, TaskStatus } from '@lit/task';
import { css, html, LitElement, nothing } from 'lit';
import type { Engine } from '../../events/engines/engine-name.ts';
import { writeClipboard } from '../controls/clipboard.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import '../editor/qt-editor.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';

/** What is shown: a collection, and how to learn the statements that would make it again. */
export interface DdlRequest {
  readonly engine: Engine;
  readonly name: string;
  readonly read: () => Promise<{ readonly ddl: string }>;
  /** Puts the text into a tab of its own. */
  readonly edit: (text: string) => void;
}

/** The statements that would make a collection again, to read and to copy. */
export class QtDdl extends LitElement {
  static override properties = { request: { state: true }, said: { state: true } };
  static override styles = [
    shared,
    css`
      dialog {
        width: min(820px, 92vw); height: min(620px, 80vh); padding: 0; border: 1px solid var(--qt-border-strong); border-radius: 10px;
        background: var(--qt-bg-raised); color: var(--qt-fg); box-shadow: var(--qt-shadow); overflow: hidden;
      }
      dialog[open] { display: flex; flex-direction: column; }
      dialog::backdrop { background: rgb(0 0 0 / 45%); }
      .head, .foot { display: flex; align-items: center; gap: 8px; padding: 8px 10px 8px 16px; flex: none; }
      .head { border-bottom: 1px solid var(--qt-border); }
      .foot { border-top: 1px solid var(--qt-border); justify-content: end; }
      h2 { margin: 0; font-size: 13px; font-weight: 600; flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .body { flex: 1; min-height: 0; background: var(--qt-bg); }
      p { margin: 0; padding: 16px; color: var(--qt-fg-muted); overflow-wrap: anywhere; }
      p.failed { color: var(--qt-state-failed); }
      .said { margin-right: auto; color: var(--qt-fg-muted); }
      button { height: 28px; padding: 0 12px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); }
      button:hover:not(:disabled) { background: var(--qt-bg-hover); }
    `,
  ];

  declare protected request: DdlRequest | null;
  declare protected said: string;
  private readonly dialog = new DialogController(this, {
    closed: () => {
      this.request = null;
    },
  });
  private readonly ddl = new Task(this, {
    task: async ([request]) => (request ? (await request.read()).ddl : ''),
    args: () => [this.request] as const,
  });

  constructor() {
    super();
    this.request = null;
    this.said = '';
  }

  async open(request: DdlRequest): Promise<void> {
    this.request = request;
    this.said = '';
    await this.dialog.open();
  }

  protected override render() {
    const { request } = this;
    if (!request) return nothing;
    const whole = this.ddl.status === TaskStatus.COMPLETE;
    return html`<dialog aria-labelledby="title" data-testid="ddl">
      <div class="head"><h2 id="title" title=${escapeInvisible(request.name)}>${escapeInvisible(request.name)}</h2></div>
      <div class="body">${this.ddl.render({
        pending: () => html`<p class="late" role="status">Reading the catalogue…</p>`,
        complete: (text) =>
          html`<qt-editor .text=${text.trimEnd()} .engine=${request.engine} readonly></qt-editor>`,
        error: (error) => html`<p class="failed" role="alert">${(error as Error).message}</p>`,
      })}</div>
      <div class="foot">
        <span class="said" role="status">${this.said}</span>
        <button ?disabled=${!whole} @click=${this.copy}>Copy</button>
        <button ?disabled=${!whole} @click=${this.edit}>Open in a tab</button>
        <button autofocus @click=${this.dialog.leave}>Close</button>
      </div>
    </dialog>`;
  }

  private async copy(): Promise<void> {
    const copied = await writeClipboard(this.ddl.value ?? '');
    this.said = copied ? 'Copied.' : 'The browser blocked the clipboard. Try again.';
  }

  private edit(): void {
    const { request } = this;
    const { value = '' } = this.ddl;
    this.dialog.close();
    request?.edit(value);
  }
}

customElements.define('qt-ddl', QtDdl);
