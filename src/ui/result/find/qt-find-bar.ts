import { css, html, LitElement, nothing } from 'lit';
import { FIND_TEXT_UNITS_MAX } from '../../../events/limits.ts';
import type { FoundCells, ResultMeta } from '../../../events/result.ts';
import { textMatch } from '../../../events/text-match.ts';
import { json } from '../../api/request.ts';
import { icon } from '../../controls/icons.ts';
import { chordOf, commandFor, type KeyCommand, keyCaps, keysOf } from '../../controls/key-bindings.ts';
import { shared } from '../../controls/shared.css.ts';
import { type Found, foundWords, unsearchedWords } from './found-words.ts';

/** What shows the rows: it has the cursor that goes from match to match. */
export interface FindView extends HTMLElement {
  readonly activeCell: { readonly row: number; readonly column: number } | null;
  /** Indices of the columns that are shown, in that order; none where all are in their own. */
  readonly columnOrder?: readonly number[];
  /** Makes a cell active and brings it into view, with the part of it whose text `isWanted`. */
  activate(row: number, column: number, isWanted: (text: string) => boolean): void;
}

/** A pause in typing after which a text is looked for. */
const TYPING_MS = 150;

/** Presses that are remembered while the match of an earlier one is looked for. */
const AHEAD_MAX = 50;

/** What was looked for last, with which the next bar begins. */
let last = { text: '', matchCase: false };

/**
 * Finds a text in a result: in all rows that were read so far, on the server side. The nearest match becomes the active cell of what
 * shows the rows. Fires `close`.
 */
export class QtFindBar extends LitElement {
  static override properties = {
    meta: { attribute: false },
    view: { attribute: false },
    edited: { type: Boolean },
    text: { state: true },
    matchCase: { state: true },
    found: { state: true },
    looking: { state: true },
    failure: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host {
        display: flex; align-items: center; gap: 4px; flex: none; height: 34px; padding: 0 8px 0 12px; min-width: 0;
        border-bottom: 1px solid var(--qt-border); background: var(--qt-bg-raised); font-size: 12px; color: var(--qt-fg-muted);
      }
      .field {
        display: flex; align-items: center; gap: 6px; flex: 0 1 320px; min-width: 120px; height: 26px; padding: 0 3px 0 8px;
        border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); background: var(--qt-bg);
      }
      .field:focus-within { border-color: var(--qt-accent); outline: 1px solid var(--qt-accent); outline-offset: -1px; }
      .field.none { border-color: var(--qt-state-failed); outline-color: var(--qt-state-failed); }
      .field > svg { flex: none; width: 13px; height: 13px; }
      input { flex: 1; min-width: 0; height: 100%; padding: 0; border: 0; background: none; color: var(--qt-fg); font: 12px/16px var(--qt-font-mono); font-variant-ligatures: none; }
      input:focus-visible { outline: none; }
      input::placeholder { font-family: var(--qt-font-sans); color: var(--qt-fg-faint); opacity: 1; }
      input::-webkit-search-cancel-button { display: none; }
      .icon { width: 26px; height: 26px; flex: none; }
      .icon svg { width: 14px; height: 14px; }
      .case { width: auto; height: 24px; min-width: 26px; padding: 0 5px; border-radius: 4px; font: 600 11px/16px var(--qt-font-sans); }
      .case[aria-pressed='true'] { background: var(--qt-accent-soft); color: var(--qt-fg); }
      .count { padding: 0 6px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
      .count b { font-weight: 600; color: var(--qt-fg); }
      .failed { color: var(--qt-state-failed); }
      .end { margin-left: auto; }
    `,
  ];

  /** Of the result that is looked through. */
  declare meta: ResultMeta;
  declare view: () => FindView | null;
  /** The rows have edits that are not applied, which only the page knows. */
  declare edited: boolean;
  declare protected text: string;
  declare protected matchCase: boolean;
  /** The latest answer to what is looked for now; null before there is one. */
  declare protected found: FoundCells | null;
  declare protected looking: boolean;
  declare protected failure: string;
  /** Where typing looks from: a longer text is looked for from the same cell. */
  private origin: FindView['activeCell'] = null;
  private asking: AbortController | undefined;
  /** No match is there yet of the latest press. */
  private going = false;
  /** What was pressed since, backward or not: each goes on from the match of the one before. */
  private readonly ahead: boolean[] = [];
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.edited = false;
    this.text = last.text;
    this.matchCase = last.matchCase;
    this.found = null;
    this.looking = false;
    this.failure = '';
    this.addEventListener('keydown', (event) => this.key(event));
  }

  override focus(): void {
    const input = this.renderRoot.querySelector('input');
    input?.focus();
    input?.select();
    this.origin = this.view()?.activeCell ?? null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.parentNode?.addEventListener('keydown', this.beside);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.parentNode?.removeEventListener('keydown', this.beside);
    clearTimeout(this.typing);
    this.asking?.abort();
  }

  protected override firstUpdated(): void {
    this.focus();
  }

  protected override render() {
    const { text, matchCase, found, failure } = this;
    const state: Found = { text, found, failure, looking: this.looking };
    const { before, words, after } = foundWords(state);
    const { columns } = this.meta;
    const hidden = columns.length - (this.view()?.columnOrder ?? columns).length;
    const nothingFound = found !== null && found.count === 0 && !this.looking;
    return html`
      <span class="field ${nothingFound ? 'none' : ''}">
        ${icon('search', 13)}
        <input
          type="search" aria-label="Find in the result" placeholder="Find in the result" autocomplete="off" spellcheck="false"
          maxlength=${FIND_TEXT_UNITS_MAX} .value=${text} @input=${this.typed}
        />
        <button
          class="icon case" aria-label="Match case" aria-pressed=${matchCase} title=${this.titled('Match case', 'matchCase')}
          @click=${this.toggleCase}
        >Aa</button>
      </span>
      <button class="icon" aria-label="Previous match" title=${this.titled('Previous match', 'previous')} @click=${() => this.go(true)}>${icon('chevron-up', 14)}</button>
      <button class="icon" aria-label="Next match" title=${this.titled('Next match', 'next')} @click=${() => this.go(false)}>${icon('chevron-down', 14)}</button>
      <span class="count ${failure ? 'failed' : ''}" role="status" data-testid="found" title=${`${before}${words}${after}`}>
        ${before ? html`<b>${before}</b>` : nothing}${words}${after ? html`<span class="late">${after}</span>` : nothing}<span class="heard">${this.place()}</span>
      </span>
      <span class="count" role="status" data-testid="unsearched">${found ? unsearchedWords(hidden, this.edited) : nothing}</span>
      <button class="icon end" aria-label="Close" title=${this.titled('Close', 'close')} @click=${this.close}>${icon('close', 14)}</button>`;
  }

  /** Where the match is, for whoever does not see it. */
  private place(): string {
    const hit = this.found?.hit;
    return hit ? `, row ${hit.row + 1}, ${this.meta.columns[hit.column]?.name ?? ''}` : '';
  }

  private titled(words: string, command: KeyCommand<'find'>): string {
    return `${words} (${keyCaps(keysOf('find', command))})`;
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const isButton = event.composedPath()[0] instanceof HTMLButtonElement;
    const chord = chordOf(event);
    const command = commandFor('find', chord);
    if (commandFor('grid', chord) === 'find') this.focus();
    else if (!command || (isButton && event.key === 'Enter')) return;
    else this.obey(command);
    event.preventDefault();
    event.stopPropagation();
  }

  /** Beside the bar only the keys are its own that mean nothing there. */
  private readonly beside = (event: Event): void => {
    const pressed = event as KeyboardEvent;
    const command = commandFor('find', chordOf(pressed));
    if (pressed.key !== 'F3' || !command) return;
    pressed.preventDefault();
    this.obey(command);
  };

  private obey(command: KeyCommand<'find'>): void {
    if (command === 'close') this.close();
    else if (command === 'matchCase') this.toggleCase();
    else this.go(command === 'previous');
  }

  private close(): void {
    this.dispatchEvent(new Event('close'));
  }

  private typed({ target }: Event): void {
    this.text = (target as HTMLInputElement).value;
    this.changed(TYPING_MS);
  }

  private toggleCase(): void {
    this.matchCase = !this.matchCase;
    this.changed(0);
  }

  /** Looks for what is wanted now, from where it was begun. */
  private changed(waitMs: number): void {
    last = { text: this.text, matchCase: this.matchCase };
    clearTimeout(this.typing);
    this.asking?.abort();
    this.stay();
    this.found = null;
    this.failure = '';
    this.looking = this.text !== '';
    this.typing = setTimeout(() => void this.look(this.origin, false, true), waitMs);
  }

  /** Goes on from the active cell. */
  private go(back: boolean): void {
    if (this.going) {
      if (this.ahead.length < AHEAD_MAX) this.ahead.push(back);
      return;
    }
    clearTimeout(this.typing);
    // What was typed last may not have been looked for yet.
    const isNew = this.found === null;
    void this.look(isNew ? this.origin : (this.view()?.activeCell ?? null), back, isNew && !back);
  }

  /** Looks from a cell on, that one included where `inclusive`, to the end of the rows: the count is of all. */
  private async look(cell: FindView['activeCell'], back: boolean, inclusive: boolean): Promise<void> {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.failure = '';
    this.looking = this.text !== '';
    if (!this.looking) return;
    this.going = true;
    const { text, matchCase } = this;
    const path = `/api/results/${this.meta.resultId}/find?${this.query(cell, back, inclusive)}`;
    let shown = false;
    try {
      do {
        this.found = await json<FoundCells>(path, { signal });
        const { hit } = this.found;
        if (!hit || shown) continue;
        shown = true;
        this.view()?.activate(hit.row, hit.column, textMatch(text, matchCase));
        this.origin = hit;
        this.going = false;
        const next = this.ahead.shift();
        if (next !== undefined) return this.go(next);
      } while (this.found.rows < this.found.rowsHere);
    } catch (error) {
      if (signal.aborted) return;
      this.failure = error instanceof Error ? error.message : String(error);
    }
    this.looking = false;
    this.stay();
  }

  private stay(): void {
    this.going = false;
    this.ahead.length = 0;
  }

  private query(cell: FindView['activeCell'], back: boolean, inclusive: boolean): URLSearchParams {
    const own = this.meta.columns.map((_, index) => index);
    const order = this.view()?.columnOrder ?? own;
    const query = new URLSearchParams({ text: this.text, row: String(Math.max(0, cell?.row ?? 0)) });
    if (this.matchCase) query.set('case', 'true');
    if (back) query.set('direction', 'back');
    if (order.join() !== own.join()) query.set('columns', order.join());
    // The header is before the first cell.
    const place = cell && cell.row >= 0 ? order.indexOf(cell.column) - (inclusive ? 1 : 0) : -1;
    if (place >= 0) query.set('column', String(order[place]));
    return query;
  }
}

customElements.define('qt-find-bar', QtFindBar);
