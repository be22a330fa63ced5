import { css, html, LitElement } from 'lit';
import type { QueryView } from '../events/views/query-view.ts';
import { icon } from './icons.ts';
import { shared } from './shared.css.ts';
import { type Tab, tabTitle } from './tabs.ts';

/** What a tab's dot says of its latest query. */
function dot(query: QueryView | undefined): string {
  if (!query) return '';
  if (query.outcome === null) return query.cancel || query.state === 'paused' ? 'waiting' : 'running';
  if (query.outcome === 'succeeded') return '';
  return query.outcome === 'cancelled' || query.outcome === 'timedOut' ? 'waiting' : 'failed';
}

/** The row of tabs. Fires `qt-show-tab`, `qt-close-tab`, `qt-name-tab` and `qt-new-tab`. */
export class QtTabs extends LitElement {
  static override properties = {
    tabs: { attribute: false },
    activeId: { type: String },
    latest: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host {
        display: flex; height: 34px; flex: none; overflow-x: auto; scrollbar-width: none;
        background: var(--qt-bg-raised); border-bottom: 1px solid var(--qt-border);
      }
      [role='tablist'] { display: flex; }
      .tab {
        display: flex; align-items: center; border-right: 1px solid var(--qt-border); max-width: 240px; flex: none;
        border-top: 2px solid transparent;
      }
      .tab.active { background: var(--qt-bg); border-top-color: var(--qt-accent); }
      [role='tab'] {
        display: flex; align-items: center; gap: 8px; padding: 0 4px 0 14px; height: 100%; min-width: 60px;
        overflow: hidden; white-space: nowrap; color: var(--qt-fg-muted);
      }
      .active [role='tab'] { color: var(--qt-fg); font-weight: 500; }
      .title { overflow: hidden; text-overflow: ellipsis; }
      .close { width: 20px; height: 20px; margin-right: 6px; opacity: 0; }
      .close svg { width: 13px; height: 13px; }
      .tab:hover .close, .active .close, .close:focus-visible { opacity: 1; }
      .new { margin: 2px 4px; flex: none; }
    `,
  ];

  declare tabs: readonly Tab[];
  declare activeId: string;
  /** The latest query of each tab. */
  declare latest: ReadonlyMap<string, QueryView>;

  constructor() {
    super();
    this.tabs = [];
    this.activeId = '';
    this.latest = new Map();
  }

  protected override updated(): void {
    this.renderRoot.querySelector('.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  protected override render() {
    return html`<div role="tablist" aria-label="Queries" @keydown=${this.key}>
        ${this.tabs.map((tab) => this.tab(tab))}
      </div>
      <button class="icon new" data-testid="new-tab" title="New query (Ctrl+Alt+T)" aria-label="New query" @click=${() => this.fire('qt-new-tab', null)}>${icon('plus')}</button>`;
  }

  private tab(tab: Tab) {
    const { tabId } = tab;
    const active = tabId === this.activeId;
    const state = dot(this.latest.get(tabId));
    const title = tabTitle(tab);
    return html`<div class="tab ${active ? 'active' : ''}" data-testid="tab">
      <button
        role="tab" aria-selected=${active} tabindex=${active ? 0 : -1} title=${`${title} (double click to name it)`}
        @click=${() => this.fire('qt-show-tab', tabId)}
        @auxclick=${(event: MouseEvent) => event.button === 1 && this.fire('qt-close-tab', tabId)}
        @dblclick=${() => this.name(tabId, title)}
      >
        ${state ? html`<span class="dot ${state}" title=${state}></span>` : ''}<span class="title">${title}</span>
      </button>
      <button class="icon close" title="Close (Ctrl+Alt+W)" aria-label="Close ${title}" @click=${() => this.fire('qt-close-tab', tabId)}>${icon('close', 13)}</button>
    </div>`;
  }

  private name(tabId: string, title: string): void {
    const given = prompt('Name of this tab', title);
    if (given !== null) this.fire('qt-name-tab', { tabId, title: given.trim().slice(0, 60) });
  }

  private key(event: KeyboardEvent): void {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const at = this.tabs.findIndex(({ tabId }) => tabId === this.activeId);
    const next = this.tabs[(at + by + this.tabs.length) % this.tabs.length];
    if (next) this.fire('qt-show-tab', next.tabId);
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('.active [role=tab]')?.focus(),
    );
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-tabs', QtTabs);
