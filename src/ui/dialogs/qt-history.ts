import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Outcome } from '../../events/query.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { chipStyles, environmentChip } from '../controls/environment-frame.ts';
import { option } from '../controls/option.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { shortened, thousands } from '../format/format.ts';
import { OUTCOME_WORDS } from '../format/outcome-text.ts';
import { stateColour } from '../format/state-colour.ts';
import {
  drawn,
  endingText,
  type HistoryEntry,
  type HistoryWish,
  lineOfText,
  whenText,
} from './history-model.ts';

const ROW_PX = 44;
/** Shown of a statement below the list; the whole opens in a tab. */
const PREVIEW_UNITS = 10_000;

/**
 * Statements that were run before. Fires `qt-history-search` with a `HistoryWish`, `qt-history-more` near the
 * end of what there is, `qt-history-open` and `qt-history-delete` with a `HistoryEntry`, and
 * `qt-history-purge` once the user has confirmed it. Runs nothing. Fills the room it is given.
 */
export class QtHistory extends LitElement {
  static override properties = {
    entries: { attribute: false },
    more: { attribute: false },
    kept: { attribute: false },
    reading: { attribute: false },
    failure: { attribute: false },
    typed: { state: true },
    outcome: { state: true },
    at: { state: true },
    scrolledPx: { state: true },
    height: { state: true },
    purging: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    chipStyles,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; background: var(--qt-bg); color: var(--qt-fg); }
      .search { display: flex; align-items: center; gap: 8px; padding: 8px 12px; border-bottom: 1px solid var(--qt-border); flex: none; }
      .search .input { flex: 1; min-width: 60px; }
      .search select.input { width: auto; flex: none; }
      .list { flex: 1; min-height: 88px; overflow: auto; position: relative; outline-offset: -2px; contain: strict; }
      .all { position: relative; }
      .entry {
        position: absolute; left: 0; right: 0; height: 44px; display: grid; grid-template-columns: 8px minmax(0, 1fr); gap: 0 10px;
        align-content: center; padding: 0 12px; cursor: default; border-bottom: 1px solid var(--qt-border);
      }
      .entry:hover { background: var(--qt-bg-hover); }
      .entry[aria-selected='true'] { background: var(--qt-accent-soft); }
      .list:focus-visible .entry[aria-selected='true'] { box-shadow: inset 2px 0 var(--qt-accent); }
      .dot { margin-top: 6px; }
      .line { overflow: hidden; text-overflow: ellipsis; white-space: pre; line-height: 20px; unicode-bidi: plaintext; text-align: left; }
      .about { grid-column: 2; display: flex; gap: 8px; align-items: center; font-size: 12px; line-height: 16px; color: var(--qt-fg-muted); white-space: nowrap; overflow: hidden; }
      .about .name { overflow: hidden; text-overflow: ellipsis; }
      time { font-variant-numeric: tabular-nums; }
      pre { flex: none; margin: 0; max-height: 32%; overflow: auto; padding: 8px 12px; border-top: 1px solid var(--qt-border); background: var(--qt-bg-raised); white-space: pre-wrap; overflow-wrap: anywhere; user-select: text; unicode-bidi: plaintext; }
      .foot { padding: 6px 12px; color: var(--qt-fg-muted); font-size: 12px; min-height: 40px; }
      .alert { flex: none; margin: 0; padding: 6px 12px; }
      .foot .button { height: 26px; padding: 0 10px; font-size: 12px; }
      kbd { font: 11px var(--qt-font-mono); color: var(--qt-fg-muted); }
      @media (max-width: 560px) { .foot .space { flex: 1; } }
      .none { flex: 1; display: grid; place-content: center; justify-items: center; gap: 4px; text-align: center; padding: 20px; color: var(--qt-fg-muted); }
      .none b { color: var(--qt-fg); font-weight: 600; }
    `,
  ];

  /** Newest first. */
  declare entries: readonly HistoryEntry[];
  /** There are older ones than these. */
  declare more: boolean;
  /** Whether statements are kept at all. */
  declare kept: boolean;
  /** They are being fetched. */
  declare reading: boolean;
  /** Why they can't be shown. */
  declare failure: { readonly code: string; readonly message: string } | null;
  declare protected typed: string;
  declare protected outcome: Outcome | null;
  /** The selected entry, by its place. */
  declare protected at: number;
  declare protected scrolledPx: number;
  declare protected height: number;
  declare protected purging: boolean;
  private movedRows = 0;
  private readonly watch = new ResizeObserver(() => this.measure());

  constructor() {
    super();
    this.entries = [];
    this.more = false;
    this.kept = true;
    this.reading = false;
    this.failure = null;
    this.typed = '';
    this.outcome = null;
    this.at = 0;
    this.scrolledPx = 0;
    this.height = 600;
    this.purging = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.watch.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.watch.disconnect();
  }

  override focus(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('input')?.focus());
  }

  /** Withdraws the question whether all is to be deleted. */
  calm(): void {
    this.purging = false;
  }

  private get list(): HTMLElement | null {
    return this.renderRoot.querySelector('.list');
  }

  private measure(): void {
    if (this.list) this.height = this.list.clientHeight;
  }

  /** What is looked for. */
  get wish(): HistoryWish {
    return { search: this.typed, outcome: this.outcome };
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('entries');
    if (!before) return;
    // The next list is another element, which begins at its top.
    if (this.entries.length === 0) this.scrolledPx = 0;
    const selected = before[this.at]?.queryId;
    const place = this.entries.findIndex(({ queryId }) => queryId === selected);
    // What comes or goes above it moves the selected one, and what is looked at moves with it.
    if (place >= 0 && this.scrolledPx > 0) this.movedRows += place - this.at;
    this.at = place >= 0 ? place : Math.max(0, Math.min(this.at, this.entries.length - 1));
  }

  protected override updated(changed: PropertyValues<this>): void {
    // The last one was deleted, by its list or by a button that went with it.
    if (changed.get('entries')?.length && this.entries.length === 0 && !this.matches(':focus-within'))
      this.focus();
    this.measure();
    if (this.movedRows !== 0) this.list?.scrollBy(0, this.movedRows * ROW_PX);
    this.movedRows = 0;
    this.wantMore();
  }

  protected override render() {
    const { entries, purging } = this;
    return html`
      <div class="search">
        <input
          class="input"
          type="search"
          placeholder="Find in past statements"
          aria-label="Find in past statements"
          aria-controls=${entries.length > 0 ? 'list' : nothing}
          autocomplete="off"
          spellcheck="false"
          .value=${this.typed}
          @input=${this.type}
          @keydown=${this.key}
        />
        <select class="input" aria-label="Outcome" @change=${this.chooseOutcome}>
          ${option('', 'Any outcome', this.outcome === null)}
          ${OUTCOMES.map((value) => option(value, OUTCOME_WORDS[value], value === this.outcome))}
        </select>
      </div>
      ${entries.length > 0 ? this.rows() : this.none()}
      ${this.failure && entries.length > 0 ? html`<p class="alert" role="alert"><span class="code mono">${this.failure.code}</span>${this.failure.message}</p>` : nothing}
      ${purging ? this.question() : entries.length > 0 ? this.foot() : nothing}
    `;
  }

  private rows() {
    const { entries: all, scrolledPx, height, at } = this;
    const { from, to } = drawn(scrolledPx, height, ROW_PX, all.length);
    const now = Date.now();
    const entry = all[at];
    return html`<div
      id="list"
      class="list"
      role="listbox"
      tabindex="0"
      aria-label="Past statements"
      aria-activedescendant="entry-${at}"
      @scroll=${this.scrolled}
      @keydown=${this.key}
    >
        <div class="all" role="presentation" style="height:${all.length * ROW_PX}px">${repeat(
          all.slice(from, to),
          ({ queryId }) => queryId,
          (one, i) => this.entry(one, from + i, now),
        )}</div>
      </div>
      ${entry ? html`<pre class="mono" tabindex="0" aria-label="The selected statement">${escapeInvisible(shortened(entry.text, PREVIEW_UNITS))}</pre>` : nothing}`;
  }

  private entry(entry: HistoryEntry, place: number, now: number) {
    const { outcome, profileName, environment, at, text } = entry;
    return html`<div
      id="entry-${place}"
      class="entry"
      role="option"
      aria-selected=${place === this.at}
      aria-posinset=${place + 1}
      aria-setsize=${this.more ? -1 : this.entries.length}
      style="top:${place * ROW_PX}px"
      @click=${() => this.select(place)}
      @dblclick=${() => this.fire('open', entry)}
    >
      <span class="dot ${outcome === null ? 'hollow' : stateColour('query', outcome)}"></span>
      <span class="line mono">${lineOfText(text)}</span>
      <span class="about"><time datetime=${new Date(at).toISOString()}>${whenText(at, now)}</time>
        <span class="name">${escapeInvisible(profileName)}</span>${environment === 'development' ? nothing : environmentChip(environment)}<span>${endingText(entry)}</span></span>
    </div>`;
  }

  private none() {
    if (this.failure)
      return html`<div class="none" role="alert"><b>${this.failure.message}</b><span class="mono">${this.failure.code}</span></div>`;
    if (this.reading) return html`<div class="none late" role="status">Searching…</div>`;
    if (this.typed.trim() !== '' || this.outcome !== null)
      return html`<div class="none" role="status"><b>No statement matches.</b><span>Every word must occur in the statement or in the connection’s name.</span>
        <button class="link" @click=${this.clear}>Show all</button></div>`;
    return html`<div class="none"><b>${this.kept ? 'No statements yet.' : 'The history is off.'}</b>
      <span>${this.kept ? 'What you run is listed here with its outcome. It stays on this machine.' : 'Switch it on in the settings.'}</span></div>`;
  }

  private foot() {
    const { entries, more } = this;
    const count = `${thousands(entries.length)}${more ? ' newest' : ''} ${entries.length === 1 && !more ? 'statement' : 'statements'}`;
    return html`<div class="foot"><span role="status">${count}</span>
      <span class="space"></span>
      <button
        class="button"
        title="Open the selected statement in a tab"
        @click=${() => this.act('open')}
      >Open in a tab <kbd>Enter</kbd></button>
      <button
        class="button"
        title="Delete the selected statement from the history"
        @click=${() => this.act('delete')}
      >Delete <kbd>Del</kbd></button>
      <button class="link" @click=${() => this.askFirst(true)}>Delete all…</button></div>`;
  }

  private question() {
    const words = 'Delete every statement from the history? The tape is not affected.';
    return html`<div class="foot" role="alertdialog" aria-label=${words} @keydown=${this.questionKey}>
      <span class="space">${words}</span>
      <button class="button primary" data-autofocus @click=${() => this.askFirst(false)}>Keep them</button>
      <button class="button danger" @click=${this.purge}>Delete all</button></div>`;
  }

  /** Escape answers the question and nothing around it. */
  private questionKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.askFirst(false);
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.search();
  }

  private chooseOutcome(event: Event): void {
    this.outcome = ((event.target as HTMLSelectElement).value || null) as Outcome | null;
    this.search();
  }

  private clear(): void {
    this.typed = '';
    this.outcome = null;
    this.search();
    this.focus();
  }

  private search(): void {
    this.toTop();
    this.dispatchEvent(
      new CustomEvent('qt-history-search', { detail: this.wish, bubbles: true, composed: true }),
    );
  }

  private toTop(): void {
    this.at = 0;
    this.scrolledPx = 0;
    this.list?.scrollTo(0, 0);
  }

  private scrolled(): void {
    this.scrolledPx = this.list!.scrollTop;
    this.wantMore();
  }

  /** Asks for older ones a view before they are seen. */
  private wantMore(): void {
    const left = this.entries.length * ROW_PX - this.scrolledPx - this.height;
    if (this.more && !this.reading && left < this.height)
      this.dispatchEvent(new CustomEvent('qt-history-more', { bubbles: true, composed: true }));
  }

  private select(place: number): void {
    this.at = Math.max(0, Math.min(place, this.entries.length - 1));
    const { list } = this;
    if (!list) return;
    const top = this.at * ROW_PX;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW_PX > list.scrollTop + list.clientHeight)
      list.scrollTop = top + ROW_PX - list.clientHeight;
  }

  /** Keys of the list; from the field, those that mean nothing to a text. */
  private key(event: KeyboardEvent): void {
    const { key } = event;
    const inField = event.target instanceof HTMLInputElement;
    const entry = this.entries[this.at];
    const page = Math.max(1, Math.floor(this.height / ROW_PX) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
    };
    if (steps[key] !== undefined) this.select(this.at + steps[key]);
    else if (key === 'Home' && !inField) this.select(0);
    else if (key === 'End' && !inField) this.select(this.entries.length - 1);
    else if (key === 'Enter' && entry) this.fire('open', entry);
    else if (key === 'Delete' && !inField && entry) this.fire('delete', entry);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Does something with the selected entry. */
  private act(what: 'open' | 'delete'): void {
    const entry = this.entries[this.at];
    if (entry) this.fire(what, entry);
  }

  private fire(what: 'open' | 'delete', detail: HistoryEntry): void {
    this.dispatchEvent(new CustomEvent(`qt-history-${what}`, { detail, bubbles: true, composed: true }));
  }

  private askFirst(purging: boolean): void {
    this.purging = purging;
    if (purging)
      void this.updateComplete.then(() =>
        this.renderRoot.querySelector<HTMLElement>('[data-autofocus]')?.focus(),
      );
    else this.focus();
  }

  private purge(): void {
    this.askFirst(false);
    this.dispatchEvent(new CustomEvent('qt-history-purge', { bubbles: true, composed: true }));
  }
}

const OUTCOMES = Object.keys(OUTCOME_WORDS) as Outcome[];

customElements.define('qt-history', QtHistory);
