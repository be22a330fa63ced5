import { css, html, LitElement, nothing } from 'lit';
import type { EventFilter, Facet, FoundEvents, MarkKind } from '../../events/replay-view.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { icon } from '../controls/icons.ts';
import { option } from '../controls/option.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';

const MARKS: readonly (readonly [mark: MarkKind, words: string])[] = [
  ['failure', 'failures'],
  ['cancel', 'cancels'],
  ['ignored', 'ignored'],
];

/**
 * The filter of a tape's events: text, kind, type, outcome, the chosen actor; how many records pass and where among them the page stands.
 * Fires `qt-filter` with a filter and `qt-filter-step` with 1 or -1.
 */
export class QtEventFilter extends LitElement {
  static override properties = {
    filter: { attribute: false },
    found: { attribute: false },
    actor: { attribute: false },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      :host { display: flex; flex-wrap: wrap; gap: 6px; padding: 0 12px 8px 14px; font-size: 12px; align-items: center; }
      .input { height: 26px; padding: 0 6px; width: auto; min-width: 0; font-size: 12px; }
      .text { flex: 1 1 100%; }
      /* Each shows its word for "all" as a whole, in one row where the pane is at its narrowest beside the timeline. */
      select { flex: 1 1 90px; min-width: 90px; }
      select[aria-label='Outcome'] { flex-basis: 120px; min-width: 120px; }
      .steps { display: flex; align-items: center; gap: 4px; margin-left: auto; }
      .count { color: var(--qt-fg-muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
      .icon { width: 26px; height: 26px; }
      label.own { display: inline-flex; gap: 5px; align-items: center; color: var(--qt-fg-muted); min-height: 24px; white-space: nowrap; }
    `,
  ];

  declare filter: EventFilter;
  declare found: FoundEvents | null;
  /** The chosen actor; null where there is none. */
  declare actor: string | null;

  constructor() {
    super();
    this.filter = {};
    this.found = null;
    this.actor = null;
  }

  override focus(): void {
    this.renderRoot.querySelector('input')?.focus();
  }

  protected override render() {
    const { filter, found, actor } = this;
    return html`
      <input
        class="input text"
        type="search"
        aria-label="Find events"
        placeholder="Find type, actor, code, state"
        .value=${filter.text ?? ''}
        @input=${(event: Event) => this.set({ text: (event.target as HTMLInputElement).value || undefined })}
        @keydown=${this.key}
      />
      ${this.select('Kind', 'Any kind', filter.kind, found?.kinds ?? [], (kind) => this.set({ kind }))}
      ${this.select('Type', 'Any type', filter.type, found?.types ?? [], (type) => this.set({ type }))}
      ${this.select(
        'Outcome',
        'Any outcome',
        filter.mark,
        MARKS.flatMap(([name]) => (found ? [{ name, count: found.marks[name] }] : [])),
        (mark) => this.set({ mark: mark as MarkKind | undefined }),
      )}
      <label class="own"><input
        type="checkbox"
        .checked=${filter.actor !== undefined}
        ?disabled=${actor === null && filter.actor === undefined}
        @change=${(event: Event) => this.set({ actor: (event.target as HTMLInputElement).checked ? (actor ?? undefined) : undefined })}
      />This actor</label>
      <span class="steps">
        <span class="count" role="status" data-testid="events-found">${found ? this.count(found) : nothing}</span>
        <button
          class="icon"
          type="button"
          title="Previous match (Shift+Enter)"
          aria-label="Previous match"
          @click=${() => this.step(-1)}
        >${icon('chevron-left', 13)}</button>
        <button
          class="icon"
          type="button"
          title="Next match (Enter)"
          aria-label="Next match"
          @click=${() => this.step(1)}
        >${icon('chevron-right', 13)}</button>
      </span>`;
  }

  private count({ count, before, records }: FoundEvents) {
    if (count === records) return `${thousands(records)} events`;
    return count === 0 ? 'no match' : `${thousands(before)} of ${thousands(count)} matches`;
  }

  private select(
    label: string,
    all: string,
    value: string | undefined,
    facets: readonly Facet[],
    choose: (value: string | undefined) => void,
  ) {
    const isListed = value === undefined || facets.some(({ name }) => name === value);
    return html`<select
      class="input"
      aria-label=${label}
      @change=${(event: Event) => choose((event.target as HTMLSelectElement).value || undefined)}
    >
      ${option('', all, value === undefined)}
      ${facets.map(({ name, count }) => option(name, `${name} · ${thousands(count)}`, name === value))}
      ${isListed ? nothing : option(value!, `${value} · 0`, true)}
    </select>`;
  }

  private set(change: EventFilter): void {
    this.fire('qt-filter', { ...this.filter, ...change });
  }

  private step(direction: 1 | -1): void {
    this.fire('qt-filter-step', direction);
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    this.step(event.shiftKey ? -1 : 1);
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-event-filter', QtEventFilter);
