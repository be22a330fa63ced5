import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { dialogStyles } from './dialog.css.ts';
import { chipStyles, environmentChip } from './environment-frame.ts';
import {
  drawn,
  ENDING_WORDS,
  endingText,
  found,
  type HistoryEntry,
  type HistoryKind,
  lineOfText,
  whenText,
} from './history-model.ts';
import { icon } from './icons.ts';
import { shared } from './shared.css.ts';
import { visible } from './visible.ts';
import { thousands } from './words.ts';

const ROW_PX = 44;
/** Shown of a statement below the list; the whole opens in a tab. */
const PREVIEW_UNITS = 10_000;

/**
 * Statements that were run before. Fires `qt-history-open`, `qt-history-run` and `qt-history-delete` with a `HistoryEntry`,
 * and `qt-history-purge` once a person said so twice. Fills the room it is given.
 */
export class QtHistory extends LitElement {
  static override properties = {
    entries: { attribute: false },
    kept: { attribute: false },
    blocked: { type: String },
    typed: { state: true },
    kind: { state: true },
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
        position: absolute; left: 0; right: 0; height: 44px; display: grid; grid-template-columns: 8px minmax(0, 1fr) auto; gap: 0 10px;
        align-content: center; padding: 0 12px; cursor: default; border-bottom: 1px solid var(--qt-border);
      }
      .entry:hover { background: var(--qt-bg-hover); }
      .entry[aria-selected='true'] { background: var(--qt-accent-soft); }
      .list:focus-visible .entry[aria-selected='true'] { box-shadow: inset 2px 0 var(--qt-accent); }
      .dot { margin-top: 6px; }
      .line { overflow: hidden; text-overflow: ellipsis; white-space: pre; line-height: 20px; unicode-bidi: plaintext; text-align: left; }
      .about { grid-column: 2; display: flex; gap: 8px; align-items: center; font-size: 12px; line-height: 16px; color: var(--qt-fg-muted); white-space: nowrap; overflow: hidden; }
      .about .name { overflow: hidden; text-overflow: ellipsis; }
      .acts { grid-row: 1 / span 2; grid-column: 3; display: none; align-self: center; gap: 2px; }
      .entry:hover .acts, .entry[aria-selected='true'] .acts { display: flex; }
      time { font-variant-numeric: tabular-nums; }
      pre { flex: none; margin: 0; max-height: 32%; overflow: auto; padding: 8px 12px; border-top: 1px solid var(--qt-border); background: var(--qt-bg-raised); white-space: pre-wrap; overflow-wrap: anywhere; user-select: text; unicode-bidi: plaintext; }
      .foot { padding: 6px 12px; color: var(--qt-fg-muted); font-size: 12px; min-height: 40px; }
      kbd { font: 11px var(--qt-font-mono); }
      @media (max-width: 560px) { .keys { display: none; } .foot .space { flex: 1; } }
      .none { flex: 1; display: grid; place-content: center; justify-items: center; gap: 4px; text-align: center; padding: 20px; color: var(--qt-fg-muted); }
      .none b { color: var(--qt-fg); font-weight: 600; }
    `,
  ];

  /** Newest first. */
  declare entries: readonly HistoryEntry[];
  /** Whether statements are kept at all. */
  declare kept: boolean;
  /** Why nothing can be run again just now; empty when it can. */
  declare blocked: string;
  declare protected typed: string;
  declare protected kind: HistoryKind;
  /** The selected entry, by its place among those that are found. */
  declare protected at: number;
  declare protected scrolledPx: number;
  declare protected height: number;
  declare protected purging: boolean;
  private found: readonly HistoryEntry[] = [];
  private movedRows = 0;
  private readonly watch = new ResizeObserver(() => this.measure());

  constructor() {
    super();
    this.entries = [];
    this.kept = true;
    this.blocked = '';
    this.typed = '';
    this.kind = 'all';
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

  private get list(): HTMLElement | null {
    return this.renderRoot.querySelector('.list');
  }

  private measure(): void {
    if (this.list) this.height = this.list.clientHeight;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const sought = changed.has('typed') || changed.has('kind');
    if (!changed.has('entries') && !sought) return;
    const selected = this.found[this.at]?.queryId;
    this.found = found(this.entries, this.typed, this.kind);
    const place = sought ? -1 : this.found.findIndex(({ queryId }) => queryId === selected);
    // What comes or goes above it moves the selected one, and what is looked at moves with it.
    if (place >= 0 && this.scrolledPx > 0) this.movedRows += place - this.at;
    this.at = place >= 0 ? place : Math.max(0, Math.min(this.at, this.found.length - 1));
  }

  protected override updated(): void {
    this.measure();
    if (this.movedRows === 0) return;
    this.list?.scrollBy(0, this.movedRows * ROW_PX);
    this.movedRows = 0;
  }

  protected override render() {
    const { entries, purging } = this;
    return html`
      <div class="search">
        <input class="input" type="search" placeholder="Find in past statements" aria-label="Find in past statements" aria-controls="list" autocomplete="off" spellcheck="false"
          .value=${this.typed} @input=${this.type} @keydown=${this.key} />
        <select class="input" aria-label="How it ended" @change=${this.chooseKind}>
          ${Object.entries(KINDS).map(([value, label]) => html`<option value=${value} ?selected=${value === this.kind}>${label}</option>`)}
        </select>
      </div>
      ${this.found.length > 0 ? this.rows() : this.none()}
      ${purging ? this.question() : entries.length > 0 ? this.foot() : nothing}
    `;
  }

  private rows() {
    const { found: all, scrolledPx, height, at } = this;
    const { from, to } = drawn(scrolledPx, height, ROW_PX, all.length);
    const now = Date.now();
    const entry = all[at];
    return html`<div id="list" class="list" role="listbox" tabindex="0" aria-label="Past statements" aria-activedescendant="entry-${at}"
        @scroll=${this.scrolled} @keydown=${this.key}>
        <div class="all" role="presentation" style="height:${all.length * ROW_PX}px">${repeat(
          all.slice(from, to),
          ({ queryId }) => queryId,
          (one, i) => this.entry(one, from + i, now),
        )}</div>
      </div>
      ${entry ? html`<pre class="mono" tabindex="0" aria-label="The selected statement">${visible(entry.text.slice(0, PREVIEW_UNITS))}${entry.text.length > PREVIEW_UNITS ? '…' : ''}</pre>` : nothing}`;
  }

  private entry(entry: HistoryEntry, place: number, now: number) {
    const { outcome, profileName, environment, at, text } = entry;
    return html`<div id="entry-${place}" class="entry" role="option" aria-selected=${place === this.at} aria-posinset=${place + 1} aria-setsize=${this.found.length}
        style="top:${place * ROW_PX}px" @click=${() => this.select(place)} @dblclick=${() => this.fire('open', entry)}>
      <span class="dot ${ENDING_WORDS[outcome ?? 'unknown'].dot}"></span>
      <span class="line mono">${lineOfText(text)}</span>
      <span class="about"><time datetime=${new Date(at).toISOString()}>${whenText(at, now)}</time>
        <span class="name">${profileName}</span>${environment === 'development' ? nothing : environmentChip(environment)}<span>${endingText(entry)}</span></span>
      <span class="acts">
        <button class="icon" tabindex="-1" title="Open in a tab (Enter)" aria-label="Open in a tab" @click=${(event: Event) => this.press(event, 'open', entry)}>${icon('plus')}</button>
        <button class="icon" tabindex="-1" title=${this.blocked || 'Run again (Ctrl+Enter)'} aria-label="Run again" ?disabled=${this.blocked !== ''} @click=${(event: Event) => this.press(event, 'run', entry)}>${icon('play')}</button>
        <button class="icon" tabindex="-1" title="Delete from the history (Del)" aria-label="Delete from the history" @click=${(event: Event) => this.press(event, 'delete', entry)}>${icon('trash')}</button>
      </span>
    </div>`;
  }

  private none() {
    if (this.entries.length > 0)
      return html`<div class="none" role="status"><b>Nothing like that was run.</b><span>Every word has to stand in the statement or in the connection’s name.</span>
        <button class="link" @click=${this.clear}>Show all</button></div>`;
    return html`<div class="none"><b>${this.kept ? 'No statement was run yet.' : 'No history is kept.'}</b>
      <span>${this.kept ? 'What you run stands here, with how it ended. It stays on this machine.' : 'It can be switched on in the settings.'}</span></div>`;
  }

  private foot() {
    const { found: all, entries } = this;
    const count =
      all.length === entries.length
        ? thousands(all.length)
        : `${thousands(all.length)} of ${thousands(entries.length)}`;
    return html`<div class="foot"><span role="status">${count} ${entries.length === 1 ? 'statement' : 'statements'}</span>
      <span class="space"></span><span class="keys"><kbd>Enter</kbd> open · <kbd>Ctrl Enter</kbd> run · <kbd>Del</kbd> delete</span>
      <button class="link" @click=${() => this.askFirst(true)}>Delete all…</button></div>`;
  }

  private question() {
    const words = `Delete all ${thousands(this.entries.length)} statements from the history? The tape stays.`;
    return html`<div class="foot" role="alertdialog" aria-label=${words} @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.askFirst(false)}>
      <span class="space">${words}</span>
      <button class="button primary" data-autofocus @click=${() => this.askFirst(false)}>Keep them</button>
      <button class="button danger" @click=${this.purge}>Delete all</button></div>`;
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.toTop();
  }

  private chooseKind(event: Event): void {
    this.kind = (event.target as HTMLSelectElement).value as HistoryKind;
    this.toTop();
  }

  private clear(): void {
    this.typed = '';
    this.kind = 'all';
    this.toTop();
    this.focus();
  }

  private toTop(): void {
    this.at = 0;
    this.scrolledPx = 0;
    this.list?.scrollTo(0, 0);
  }

  private scrolled(): void {
    this.scrolledPx = this.list!.scrollTop;
  }

  private select(place: number): void {
    this.at = Math.max(0, Math.min(place, this.found.length - 1));
    const { list } = this;
    if (!list) return;
    const top = this.at * ROW_PX;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW_PX > list.scrollTop + list.clientHeight)
      list.scrollTop = top + ROW_PX - list.clientHeight;
  }

  /** Keys of the list; from the field, those that mean nothing to a text. */
  private key(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey } = event;
    const inField = event.target instanceof HTMLInputElement;
    const entry = this.found[this.at];
    const page = Math.max(1, Math.floor(this.height / ROW_PX) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
    };
    if (steps[key] !== undefined) this.select(this.at + steps[key]);
    else if (key === 'Home' && !inField) this.select(0);
    else if (key === 'End' && !inField) this.select(this.found.length - 1);
    else if (key === 'Enter' && entry) this.fire(ctrlKey || metaKey ? 'run' : 'open', entry);
    else if (key === 'Delete' && !inField && entry) this.fire('delete', entry);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private press(event: Event, what: 'open' | 'run' | 'delete', entry: HistoryEntry): void {
    event.stopPropagation();
    this.fire(what, entry);
  }

  private fire(what: 'open' | 'run' | 'delete', detail: HistoryEntry): void {
    if (what === 'run' && this.blocked) return;
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
    this.purging = false;
    this.dispatchEvent(new CustomEvent('qt-history-purge', { bubbles: true, composed: true }));
  }
}

const KINDS: Readonly<Record<HistoryKind, string>> = {
  all: 'All',
  succeeded: 'Succeeded',
  failed: 'Failed or refused',
  stopped: 'Cancelled or timed out',
};

customElements.define('qt-history', QtHistory);
