import { css, html, LitElement, nothing } from 'lit';
import { DEFAULT_ENGINE } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import { unsortedId } from '../../events/result-order.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { SessionView } from '../../events/views/session-view.ts';
import type { QueryText } from '../../events/wire.ts';
import { storedFlag, storeFlag } from '../browser-store.ts';
import { icon } from '../controls/icons.ts';
import type { QtEditActions } from './edit/qt-edit-actions.ts';
import type { ResultEdits } from './edit/result-edits.ts';
import type { TabEdits } from './edit/tab-edits.ts';
import { ColumnLayouts } from './grid/column-layouts.ts';
import type { ColumnsChanged } from './grid/grid-events.ts';
import type { GridCommand } from './grid/keys.ts';
import './edit/qt-edit-actions.ts';
import './qt-messages.ts';
import type { QtResult } from './qt-result.ts';
import './qt-result.ts';
import './qt-result-footer.ts';
import { keysOf } from '../controls/key-bindings.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { thousands } from '../format/format.ts';
import { currentOf } from '../selectors/latest-script.ts';
import { besideRows, isWarning, resultsOf, type ShownResult } from './results.ts';

const VIEW_KEY = 'querytape.documents';

/** What a tab's script returned: its results side by side, messages, and edits. */
export class QtResults extends LitElement {
  static override properties = {
    tabId: { type: String },
    queries: { attribute: false },
    words: { attribute: false },
    heard: { attribute: false },
    session: { attribute: false },
    activeQuery: { attribute: false },
    inTransaction: { type: Boolean },
    manual: { type: Boolean },
    desk: { attribute: false },
    revision: { type: Number },
    shown: { state: true },
    asDocuments: { state: true },
    hiddenColumns: { state: true },
    orders: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; flex: 1; min-height: 0; }
      .bar { display: flex; align-items: center; height: 32px; flex: none; border-bottom: 1px solid var(--qt-border); padding: 0 8px 0 6px; }
      [role='tablist'] { display: flex; height: 100%; overflow-x: auto; scrollbar-width: none; max-width: 65%; flex: none; }
      [role='tab'] { flex: none; height: 100%; padding: 0 10px; color: var(--qt-fg-muted); border-bottom: 2px solid transparent; white-space: nowrap; }
      [role='tab'][aria-selected='true'] { color: var(--qt-fg); font-weight: 600; border-bottom-color: var(--qt-accent); }
      .tools { margin-left: auto; display: flex; align-items: center; gap: 2px; min-width: 0; padding-left: 12px; }
      .why { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--qt-fg-faint); font-size: 12px; }
      .tools .icon { width: 26px; height: 26px; flex: none; }
      .tools svg { width: 14px; height: 14px; }
      .views { display: flex; flex: none; margin-left: 8px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); overflow: hidden; }
      .views button { padding: 0 9px; height: 22px; font-size: 12px; color: var(--qt-fg-muted); }
      .views button[aria-pressed='true'] { background: var(--qt-accent-soft); color: var(--qt-fg); }
      .beside {
        display: flex; gap: 10px; align-items: baseline; padding: 3px 12px; flex: none; border-bottom: 1px solid var(--qt-border);
        background: var(--qt-bg-raised); color: var(--qt-fg-muted); white-space: nowrap;
      }
      .beside span { overflow: hidden; text-overflow: ellipsis; }
      .beside.warning span { color: var(--qt-state-waiting); }
      .beside .link, .tools [role='status'] { flex: none; }
      .tools .link { margin-right: 10px; }
      .empty { flex: 1; display: grid; place-content: center; justify-items: center; text-align: center; color: var(--qt-fg-muted); gap: 6px; padding: 20px; }
      kbd { font: 12px var(--qt-font-mono); border: 1px solid var(--qt-border-strong); border-radius: 4px; padding: 0 5px; }
    `,
  ];

  declare tabId: string;
  /** The queries of the tab's latest script, in its order. */
  declare queries: readonly QueryView[];
  /** The server's texts, by query; null once they are forgotten. */
  declare words: ReadonlyMap<string, QueryText | null>;
  /** Whether the tape is received. */
  declare heard: boolean;
  declare session: SessionView | undefined;
  /** What runs or waits in the tab's connection now. */
  declare activeQuery: QueryView | undefined;
  declare inTransaction: boolean;
  declare manual: boolean;
  declare desk: TabEdits;
  /** Changes whenever an edit has. */
  declare revision: number;
  /** A result, or `messages`; null is decided by what there is. */
  declare protected shown: string | null;
  declare protected asDocuments: boolean;
  /** How many columns of a result the user has hidden. */
  declare protected hiddenColumns: { readonly of: string; readonly count: number };
  /** The sorted results that are shown, by the results that they are of. */
  declare protected orders: ReadonlyMap<string, string>;
  private readonly layouts = new ColumnLayouts();

  constructor() {
    super();
    this.shown = null;
    this.asDocuments = storedFlag(VIEW_KEY, false);
    this.hiddenColumns = { of: '', count: 0 };
    this.orders = new Map();
  }

  /** Shows what a new script gives, whatever was looked at of the last. */
  reset(): void {
    this.shown = null;
    this.orders = new Map();
  }

  /** Where F6 moves the focus: the rows, else the messages; null while there are neither. */
  get pane(): HTMLElement | null {
    return (
      this.renderRoot.querySelector<QtResult>('qt-result')?.pane ??
      this.renderRoot.querySelector<HTMLElement>('[role=tab][aria-selected=true]')
    );
  }

  protected override render() {
    const { queries } = this;
    if (queries.length === 0)
      return html`<div class="empty">
        <span>Rows appear here while the statement still runs.</span>
        <span>${caps(keysOf('editor', 'statement'))} runs the statement under the cursor · ${caps(keysOf('page', 'cancel'))} cancels it on the server</span>
        <span>${caps(keysOf('page', 'openShortcuts'))} shows every key</span>
      </div>`;
    const results = resultsOf(queries);
    const wanted = this.shown ?? results[0]?.resultId ?? 'messages';
    const found = results.find(({ resultId }) => resultId === wanted);
    const shown = found?.resultId ?? 'messages';
    const result = found && { ...found, resultId: this.orders.get(shown) ?? shown };
    const notices = queries.reduce((sum, one) => sum + one.notices, 0);
    const editing = result ? this.desk.of(result.resultId) : null;
    return html`
      <div class="bar">
        <div role="tablist" aria-label="Results" @keydown=${this.barKey}>
          ${results.map(({ resultId, label }) => this.choose(resultId, shown, label))}
          ${this.choose('messages', shown, notices > 0 ? `Messages ${thousands(notices)}` : 'Messages')}
        </div>
        ${result && editing ? this.tools(editing, result.resultId) : nothing}
      </div>
      ${result ? this.result(result, editing!) : html`<qt-messages .queries=${queries} .words=${this.words} .heard=${this.heard}></qt-messages>`}
      <qt-result-footer
        .query=${result?.query ?? currentOf(queries)!}
        .script=${queries}
        .resultId=${result?.resultId ?? ''}
        .heard=${this.heard}
        ?documents=${this.hasDocuments}
        @qt-show-messages=${this.showMessages}
      ><qt-selection-sum
        role="status"
        .resultId=${this.asDocuments && this.hasDocuments ? '' : (result?.resultId ?? '')}
        .edits=${editing?.edits.waiting.length}
      ></qt-selection-sum></qt-result-footer>
    `;
  }

  private result({ query, resultId }: ShownResult, editing: ResultEdits) {
    const { session } = this;
    return html`${this.beside(query)}
      <qt-result
        .query=${query} .resultId=${resultId} .engine=${session?.engine ?? DEFAULT_ENGINE}
        .oneOfMany=${session?.server?.capabilities.multipleResultSets ?? false}
        .editing=${editing}
        .revision=${this.revision}
        .asDocuments=${this.asDocuments}
        .layouts=${this.layouts}
        @qt-columns-changed=${({ detail }: CustomEvent<ColumnsChanged>) => {
          this.hiddenColumns = { of: resultId, count: detail.hidden };
        }}
        @qt-sort=${({ detail }: CustomEvent<string>) => {
          this.orders = new Map(this.orders).set(unsortedId(detail), detail);
        }}
        @qt-apply=${() => this.renderRoot.querySelector<QtEditActions>('qt-edit-actions')?.save()}
        @qt-meta=${(event: CustomEvent) => session && void this.desk.learn(event.detail, session, query.outcome !== null)}
      ></qt-result>
      <qt-edit-actions
        .editing=${editing}
        .revision=${this.revision}
        .activeQuery=${this.activeQuery}
        .inTransaction=${this.inTransaction}
        .place=${session ? { sessionId: session.sessionId, tabId: this.tabId, manualCommit: this.manual } : null}
        .queryId=${query.queryId}
        @qt-leave=${() => this.pane?.focus()}
      ></qt-edit-actions>`;
  }

  /** Notices that came with the rows, so that they are not missed. */
  private beside(query: QueryView) {
    const beside = besideRows(query, this.words.get(query.queryId));
    if (!beside) return nothing;
    const { notice, more } = beside;
    const { severity, code, message } = notice;
    return html`<div class="beside ${isWarning(severity) ? 'warning' : ''}" role="note" data-testid="beside">
      <span title=${escapeInvisible(message)}><b class="mono">${escapeInvisible(severity ?? '')} ${code}</b> ${escapeInvisible(message)}</span>
      ${more > 0 ? html`<button class="link" @click=${this.showMessages}>${thousands(more)} more</button>` : nothing}
    </div>`;
  }

  private showMessages(): void {
    this.shown = 'messages';
  }

  private get hasDocuments(): boolean {
    return this.session !== undefined && descriptorOf(this.session.engine).documents !== null;
  }

  private tools(editing: ResultEdits, resultId: string) {
    const documents = this.hasDocuments;
    const tool = (
      type: 'insertRow' | 'duplicateRow' | 'removeRows',
      name: 'plus' | 'copy-plus' | 'trash',
      label: string,
    ) =>
      html`<button
        class="icon"
        title=${label}
        aria-label=${label.replace(/ \(.*/, '')}
        @click=${() => this.obey({ type })}
      >${icon(name, 14)}</button>`;
    const edits = editing.can
      ? this.asDocuments && documents
        ? html`<span class="why">Switch to Table to edit</span>`
        : html`${tool('insertRow', 'plus', `Insert row (${keysOf('rows', 'insertRow')})`)}${tool('duplicateRow', 'copy-plus', `Duplicate row (${keysOf('rows', 'duplicateRow')})`)}${tool('removeRows', 'trash', `Delete rows (${keysOf('rows', 'removeRows')})`)}`
      : html`<span class="why" data-testid="read-only" title=${editing.why}>${editing.why}</span>`;
    const find = html`<button
      class="icon"
      title="Find in the result (${keysOf('grid', 'find')})"
      aria-label="Find in the result"
      @click=${() => this.renderRoot.querySelector<QtResult>('qt-result')?.find()}
    >${icon('search', 14)}</button>`;
    return html`<span class="tools">${this.hiddenLink(resultId)}${edits}${find}${documents ? this.views() : nothing}</span>`;
  }

  /** Says that the result has more columns than are shown, and leads to them. */
  private hiddenLink(resultId: string) {
    const { of, count } = this.hiddenColumns;
    const isSaid = of === resultId && count > 0 && !(this.asDocuments && this.hasDocuments);
    return html`<span role="status">${
      isSaid
        ? html`<button class="link" @click=${this.listColumns}>${thousands(count)} ${count === 1 ? 'column' : 'columns'} hidden</button>`
        : nothing
    }</span>`;
  }

  /** Lists the columns of the result in view; false where no table is. */
  listColumns(): boolean {
    return this.obey({ type: 'listColumns' });
  }

  private views() {
    const view = (asDocuments: boolean, label: string) =>
      html`<button aria-pressed=${this.asDocuments === asDocuments} @click=${() => {
        this.asDocuments = asDocuments;
        storeFlag(VIEW_KEY, asDocuments);
      }}>${label}</button>`;
    return html`<span class="views" role="group" aria-label="Show as">${view(false, 'Table')}${view(true, 'Documents')}</span>`;
  }

  private obey(command: GridCommand): boolean {
    const grid = this.renderRoot.querySelector<QtResult>('qt-result')?.grid;
    grid?.obey(command);
    return grid != null;
  }

  private choose(id: string, shown: string, label: string) {
    return html`<button role="tab" aria-selected=${id === shown} tabindex=${id === shown ? 0 : -1} @click=${() => {
      this.shown = id;
    }}>${label}</button>`;
  }

  private barKey(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const tabs = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]')];
    const at = tabs.findIndex((tab) => tab.ariaSelected === 'true');
    const next = tabs[(at + by + tabs.length) % tabs.length];
    next?.click();
    next?.focus();
  }
}

function caps(keys: string) {
  return keys.split('+').map((key) => html`<kbd>${key}</kbd> `);
}

customElements.define('qt-results', QtResults);
