import { initialState, Task, TaskStatus } from '@lit/task';
import { css, html, LitElement } from 'lit';
import { sendCommand } from '../api/command-request.ts';
import { Refused } from '../api/request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { icon } from '../controls/icons.ts';
import { type HistoryEntry, type HistoryPage, type HistoryWish, historyPath } from './history-model.ts';
import type { QtHistory } from './qt-history.ts';
import './qt-history.ts';
import { shared } from '../controls/shared.css.ts';

/** Between the last key of a search and the question. */
const SEARCH_MS = 200;

/**
 * The history in a dialog of its own, fetched page by page. `open` shows it. Fires `qt-history-open` with the
 * entry whose text is to be opened in a tab.
 */
export class QtHistoryDialog extends LitElement {
  static override properties = {
    fetchPage: { attribute: false },
    locked: { attribute: false },
    kept: { attribute: false },
    entries: { state: true },
    more: { state: true },
    failure: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog { width: min(860px, calc(100vw - 32px)); height: min(640px, calc(100vh - 48px)); }
      qt-history { flex: 1; border-top: 1px solid var(--qt-border); }
      .locked { flex: 1; display: grid; place-content: center; justify-items: center; gap: 10px; padding: 20px; text-align: center; color: var(--qt-fg-muted); }
    `,
  ];

  /** Fetches a page. Rejects with `Refused` in the server's words. */
  declare fetchPage: (path: string) => Promise<HistoryPage>;
  /** The vault, by whose key the history is encrypted, is locked. */
  declare locked: boolean;
  /** Whether the policy lets statements be kept. */
  declare kept: boolean;
  declare protected entries: readonly HistoryEntry[];
  declare protected more: boolean;
  declare protected failure: { readonly code: string; readonly message: string } | null;
  /** A page of the history; of several requests the latest counts, and null forgets them. */
  private readonly page = new Task(this, {
    autoRun: false,
    task: async ([wish, before]: readonly [HistoryWish | null, HistoryEntry | undefined]) =>
      wish ? { page: await this.fetchPage(historyPath(wish, before)), before } : initialState,
    onComplete: ({ page: { entries, more, problems }, before }) => {
      this.entries = before ? [...this.entries, ...entries] : entries;
      this.more = more;
      this.failure = problems[0] ?? null;
    },
    onError: (error) => {
      this.more = false;
      this.failure = error instanceof Refused ? error : NOT_ANSWERED;
    },
  });
  private readonly dialog = new DialogController(this, { closed: () => this.closed() });
  private searching: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.locked = false;
    this.kept = true;
    this.entries = [];
    this.more = false;
    this.failure = null;
  }

  async open(): Promise<void> {
    await this.dialog.open();
    await this.begin();
  }

  private get list(): QtHistory | null {
    return this.renderRoot.querySelector('qt-history');
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.get('locked') === true && !this.locked && this.dialog.isOpen) void this.begin();
  }

  protected override render() {
    const { entries, more, failure, kept, locked } = this;
    const reading = this.page.status === TaskStatus.PENDING;
    return html`<dialog aria-labelledby="title">
      <div class="head">
        ${icon('history')}<h2 id="title">History</h2>
        ${this.dialog.cross()}
      </div>
      ${
        locked
          ? html`<div class="locked"><span>The history is encrypted with the vault’s key, and the vault is locked.</span>
              <button class="button primary" @click=${this.unlock}>Unlock the vault</button></div>`
          : html`<qt-history
            .entries=${entries}
            .more=${more}
            .reading=${reading}
            .failure=${failure}
            .kept=${kept}
            @qt-history-search=${({ detail }: CustomEvent<HistoryWish>) => this.search(detail)}
            @qt-history-more=${this.readOn}
            @qt-history-open=${this.dialog.close}
            @qt-history-delete=${({ detail }: CustomEvent<HistoryEntry>) => this.delete(detail)}
            @qt-history-purge=${this.purge}
          ></qt-history>`
      }
    </dialog>`;
  }

  private async begin(): Promise<void> {
    await this.updateComplete;
    this.list?.focus();
    if (!this.locked) await this.read(this.list?.wish ?? ALL, undefined);
  }

  private search(wish: HistoryWish): void {
    clearTimeout(this.searching);
    this.searching = setTimeout(() => void this.read(wish, undefined), SEARCH_MS);
  }

  /** Reads the page behind those that are here; the list may ask again before it is drawn as reading. */
  private readOn(): void {
    if (this.page.status !== TaskStatus.PENDING) void this.read(this.list?.wish ?? ALL, this.entries.at(-1));
  }

  private async read(wish: HistoryWish, before: HistoryEntry | undefined): Promise<void> {
    await this.page.run([wish, before]);
    if (this.failure && !before && this.page.status === TaskStatus.ERROR) this.entries = [];
  }

  private async delete({ queryId }: HistoryEntry): Promise<void> {
    const answer = await sendCommand(this, { type: 'history.delete', queryIds: [queryId] });
    if (!this.dialog.isOpen) return;
    if ('refused' in answer) this.failure = answer.refused;
    else this.entries = this.entries.filter((entry) => entry.queryId !== queryId);
  }

  private async purge(): Promise<void> {
    const answer = await sendCommand(this, { type: 'history.purge' });
    if (!this.dialog.isOpen) return;
    if ('refused' in answer) this.failure = answer.refused;
    else await this.read(this.list?.wish ?? ALL, undefined);
  }

  private unlock(): void {
    this.dispatchEvent(new CustomEvent('qt-open-vault', { bubbles: true, composed: true }));
  }

  /** What is not looked at is not held: the texts may say much. */
  private closed(): void {
    void this.page.run([null, undefined]);
    clearTimeout(this.searching);
    this.entries = [];
    this.more = false;
    this.failure = null;
    this.list?.calm();
  }
}

const ALL: HistoryWish = { search: '', outcome: null };
const NOT_ANSWERED = {
  code: 'link.lost',
  message: 'Querytape did not answer. Search again once the connection is back.',
};

customElements.define('qt-history-dialog', QtHistoryDialog);
