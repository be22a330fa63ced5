import { html, LitElement, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { QueryView } from '../../events/views/query-view.ts';
import { icon } from '../controls/icons.ts';
import { chordOf, commandFor, type KeyCommand, keysOf } from '../controls/key-bindings.ts';
import { menuAt } from '../controls/qt-menu.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { OUTCOME_WORDS } from '../format/outcome-text.ts';
import { stateText } from '../format/query-status.ts';
import { type Colour, stateColour } from '../format/state-colour.ts';
import type { TunnelMark } from '../selectors/tunnel-text.ts';
import { TabDrag } from './tab-drag.ts';
import { tabMenu } from './tab-menu.ts';
import { tabStyles } from './tabs.css.ts';
import { type Tab, type TabOwner, tabTitle } from './tabs.ts';

/** The dot of a tab's latest statement, and what it means; none for a success, which needs no attention. */
function latestStatus(query: QueryView | undefined): { colour: Colour | ''; words: string } {
  if (!query) return { colour: '', words: '' };
  const { outcome, cancel, state } = query;
  if (outcome === 'succeeded') return { colour: '', words: OUTCOME_WORDS.succeeded };
  if (outcome !== null) return { colour: stateColour('query', outcome), words: OUTCOME_WORDS[outcome] };
  return cancel
    ? { colour: 'waiting', words: 'cancelling' }
    : { colour: stateColour('query', state), words: stateText(query) };
}

/**
 * The row of tabs. Fires `qt-show-tab`, `qt-close-tabs`, `qt-name-tab`, `qt-move-tab`, `qt-duplicate-tab`, `qt-reopen-tab` and
 * `qt-new-tab`.
 */
export class QtTabs extends LitElement {
  static override properties = {
    tabs: { attribute: false },
    activeId: { type: String },
    latest: { attribute: false },
    unkept: { attribute: false },
    elsewhere: { attribute: false },
    transactions: { attribute: false },
    tunnels: { attribute: false },
    owners: { attribute: false },
    reopens: { type: Boolean },
    naming: { state: true },
  };
  static override styles = [shared, tabStyles];

  declare tabs: readonly Tab[];
  declare activeId: string;
  /** Why a text would be lost in a crash; empty while none would. */
  declare unkept: string;
  /** Earlier tabs that another open page has. */
  declare elsewhere: number;
  /** The latest query of each tab. */
  declare latest: ReadonlyMap<string, QueryView>;
  /** The transaction mark of each tab that has one. */
  declare transactions: ReadonlyMap<string, { readonly tone: 'waiting' | 'failed'; readonly words: string }>;
  /** The mark of each tab whose session goes through a tunnel. */
  declare tunnels: ReadonlyMap<string, TunnelMark>;
  /** The connection of each tab, where they are of several. */
  declare owners: ReadonlyMap<string, TabOwner>;
  /** Whether a closed tab can be opened again. */
  declare reopens: boolean;
  /** Whatever makes the active tab wider, or the row narrower, it is in view as a whole. */
  private readonly sizes = new ResizeObserver(() =>
    this.renderRoot.querySelector('.active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
  );
  /** The tab that is being named. */
  declare protected naming: string;
  private readonly drag = new TabDrag(
    () => this.requestUpdate(),
    (tabId, place) => this.move(tabId, place),
  );
  /** The tab that is being closed from this row, with which the focus would go. */
  private closing = '';
  /** The tab that has the focus is being moved, and may lose it as its element is. */
  private moving = false;

  constructor() {
    super();
    this.naming = '';
    this.tabs = [];
    this.activeId = '';
    this.unkept = '';
    this.elsewhere = 0;
    this.latest = new Map();
    this.transactions = new Map();
    this.tunnels = new Map();
    this.owners = new Map();
    this.reopens = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.drag.end();
    this.sizes.disconnect();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('activeId') || changed.has('tabs')) {
      this.sizes.disconnect();
      for (const part of this.renderRoot.querySelectorAll('.active, [role=tablist]'))
        this.sizes.observe(part);
    }
    if (this.closing && !this.tabs.some(({ tabId }) => tabId === this.closing)) {
      this.closing = '';
      this.focusActive();
    }
    if (this.moving && changed.has('tabs')) {
      this.moving = false;
      this.focusActive();
    }
    const input = this.renderRoot.querySelector('input');
    if (input && !input.matches(':focus')) input.select();
  }

  protected override render() {
    return html`<div role="tablist" aria-label="Queries" @keydown=${this.key} @wheel=${this.wheel}
        class=${this.drag.gap < 0 ? '' : 'moving'}
        @pointermove=${this.drag.follow} @pointerup=${this.drag.release} @pointercancel=${this.drag.end}>
        ${repeat(
          this.tabs,
          ({ tabId }) => tabId,
          (tab, place) => this.tab(tab, place),
        )}
      </div>
      <button class="icon new" data-testid="new-tab" title="New query (${keysOf('page', 'newTab')})" aria-label="New query" @click=${() => this.fire('qt-new-tab', null)}>${icon('plus')}</button>
      ${
        this.elsewhere > 0
          ? html`<span class="elsewhere" role="status" data-testid="tabs-elsewhere" title="Each tab is open in one page at a time. To have them here, close the other page and reload this one.">${this.elsewhere} open in another page</span>`
          : ''
      }
      ${this.unkept ? html`<span class="unkept" role="status" title=${this.unkept}>${icon('alert', 13)} not saved</span>` : ''}`;
  }

  private tab(tab: Tab, place: number) {
    const { tabId } = tab;
    const { gap } = this.drag;
    const isEnd = gap === this.tabs.length && place === gap - 1;
    const active = tabId === this.activeId;
    const { colour, words } = latestStatus(this.latest.get(tabId));
    const title = tabTitle(tab);
    const transaction = this.transactions.get(tabId);
    const tunnel = this.tunnels.get(tabId);
    const way = escapeInvisible(tunnel?.words ?? '');
    const owner = this.owners.get(tabId);
    const on = owner ? `on ${escapeInvisible(owner.name)}, ${owner.environment}` : '';
    const said = [on, words, transaction?.words, way].filter((one) => one).join(', ');
    const keys = place < 9 ? ` (${keysOf('page', `tab${place + 1}` as KeyCommand<'page'>)})` : '';
    return html`<div
      class="tab ${active ? 'active' : ''} ${place === gap ? 'before' : isEnd ? 'after' : ''}"
      role="presentation" data-testid="tab"
      @auxclick=${(event: MouseEvent) => event.button === 1 && this.close([tabId], tabId)}
      @contextmenu=${(event: MouseEvent) => this.naming !== tabId && this.menu(event, tabId, event.clientX, event.clientY)}
    >
      ${
        this.naming === tabId
          ? html`<input
            aria-label="Name of this tab"
            .value=${title}
            maxlength="60"
            @keydown=${this.nameKey}
            @blur=${this.named}
          />`
          : html`<button
              role="tab"
              aria-selected=${active}
              tabindex=${active ? 0 : -1}
              aria-haspopup="menu"
              aria-keyshortcuts="${keysOf('tabs', 'close')} ${keysOf('tabs', 'rename')} ${keysOf('tabs', 'moveLeft')} ${keysOf('tabs', 'moveRight')}"
              title=${`${title}${said ? `: ${said}` : ''}${keys} · double-click or ${keysOf('tabs', 'rename')} to rename`}
              @focus=${this.stays}
              @pointerdown=${(event: PointerEvent) => this.drag.press(event, tabId, place)}
              @click=${() => this.fire('qt-show-tab', tabId)} @dblclick=${() => this.name(tabId)}
            >
              ${colour ? html`<span class="dot ${colour}" role="img" aria-label=${words}></span>` : ''}<span class="title">${title}</span>${
                owner
                  ? html`<span class="owner ${owner.environment}">${escapeInvisible(owner.name)}</span>`
                  : ''
              }${
                transaction
                  ? html`<span class="transaction ${transaction.tone}" role="img" aria-label=${transaction.words} data-testid="tab-transaction">${transaction.tone === 'failed' ? '!' : 'T'}</span>`
                  : ''
              }${
                tunnel
                  ? html`<span class="tunnel ${tunnel.tone}" role="img" aria-label=${way} data-testid="tab-tunnel">${icon('route', 13)}${tunnel.brief}</span>`
                  : ''
              }
            </button>`
      }
      <button class="icon close" tabindex="-1" aria-hidden="true" title="Close (${keysOf('page', 'closeTab')}, or ${keysOf('tabs', 'close')} on the tab)" @click=${() => this.close([tabId], tabId)}>${icon('close', 13)}</button>
    </div>`;
  }

  private name(tabId: string): void {
    this.naming = tabId;
  }

  private nameKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') this.naming = '';
    else if (event.key === 'Enter') this.named(event);
    if (this.naming !== '') return;
    // The tab that gets the focus now would be pressed by the same key.
    event.preventDefault();
    this.focusActive();
  }

  /** A tab has the focus, so none goes with it. */
  private stays(): void {
    this.closing = '';
  }

  private focusActive(): void {
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('.active [role=tab]')?.focus(),
    );
  }

  /** An empty name is the statement's first words again. */
  private named(event: Event): void {
    const tabId = this.naming;
    if (!tabId) return;
    this.naming = '';
    this.fire('qt-name-tab', { tabId, title: (event.target as HTMLInputElement).value.trim() });
  }

  /** A mouse without a sideways wheel reaches the tabs that are out of view. */
  private wheel(event: WheelEvent): void {
    if (event.deltaX === 0) (event.currentTarget as HTMLElement).scrollLeft += event.deltaY;
  }

  private placeOf(tabId: string): number {
    return this.tabs.findIndex((tab) => tab.tabId === tabId);
  }

  private move(tabId: string, place: number): void {
    this.fire('qt-move-tab', { tabId, place });
  }

  private menu(event: Event, tabId: string, x: number, y: number): void {
    event.preventDefault();
    const tab = (event.target as HTMLElement).closest('.tab')!.querySelector<HTMLElement>('[role=tab]')!;
    const items = tabMenu(
      tabId,
      this.tabs.map((one) => one.tabId),
      {
        rename: () => this.name(tabId),
        duplicate: () => this.fire('qt-duplicate-tab', tabId),
        move: (by) => this.move(tabId, this.placeOf(tabId) + by),
        close: (tabIds) => this.close(tabIds, tabId),
        reopen: this.reopens ? () => this.fire('qt-reopen-tab', null) : undefined,
      },
    );
    menuAt(tab, 'Tab', items, x, y);
  }

  /** Closes tabs by a command of one of them. What stays in view is that one, where it is none of them. */
  private close(tabIds: readonly string[], from: string): void {
    if (tabIds.includes(from)) this.closing = from;
    else if (tabIds.includes(this.activeId)) this.fire('qt-show-tab', from);
    this.fire('qt-close-tabs', tabIds);
  }

  private key(event: KeyboardEvent): void {
    const command = commandFor('tabs', chordOf(event));
    if (command === 'rename') this.name(this.activeId);
    if (command === 'close') this.close([this.activeId], this.activeId);
    if (command === 'moveLeft' || command === 'moveRight') {
      const place = this.placeOf(this.activeId) + (command === 'moveLeft' ? -1 : 1);
      this.moving = this.tabs[place] !== undefined;
      if (this.moving) this.move(this.activeId, place);
      return;
    }
    if (command === 'menu') {
      const { left, bottom } = (event.target as HTMLElement).getBoundingClientRect();
      this.menu(event, this.activeId, left, bottom);
    }
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const at = this.placeOf(this.activeId);
    const next = this.tabs[(at + by + this.tabs.length) % this.tabs.length];
    if (next) this.fire('qt-show-tab', next.tabId);
    this.focusActive();
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-tabs', QtTabs);
