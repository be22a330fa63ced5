import { Task, TaskStatus } from '@lit/task';
import { css, html, LitElement, nothing } from 'lit';
import type { Engine } from '../../events/engines/engine-name.ts';
import { writeClipboard } from '../controls/clipboard.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
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
    dialogStyles,
    css`
      dialog { width: min(860px, calc(100vw - 32px)); height: min(640px, calc(100vh - 48px)); }
      .head { border-bottom: 1px solid var(--qt-border); }
      h2 { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .body { padding: 0; background: var(--qt-bg); }
      .body p { padding: 14px 18px; color: var(--qt-fg-muted); overflow-wrap: anywhere; }
      .body p.failed { color: var(--qt-state-failed); }
      .said { color: var(--qt-fg-muted); }
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
      <div class="head"><h2 id="title" title=${escapeInvisible(request.name)}>${escapeInvisible(request.name)}</h2>${this.dialog.cross()}</div>
      <div class="body">${this.ddl.render({
        pending: () => html`<p class="late" role="status">Reading the catalogue…</p>`,
        complete: (text) =>
          html`<qt-editor .text=${text.trimEnd()} .engine=${request.engine} readonly></qt-editor>`,
        error: (error) => html`<p class="failed" role="alert">${(error as Error).message}</p>`,
      })}</div>
      <div class="foot">
        <span class="space said" role="status">${this.said}</span>
        <button class="button" ?disabled=${!whole} @click=${this.copy}>Copy</button>
        <button class="button" ?disabled=${!whole} @click=${this.edit}>Open in a tab</button>
        <button class="button" autofocus @click=${this.dialog.leave}>Close</button>
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
