import { css, html, LitElement, nothing } from 'lit';
import type { Chart } from '../../events/chart.ts';
import type { Envelope } from '../../events/envelope.ts';
import { icon } from '../controls/icons.ts';
import './qt-statechart.ts';
import type { QtTapeList } from './qt-tape-list.ts';
import './qt-tape-list.ts';
import { keysOf } from '../controls/key-bindings.ts';
import { shared } from '../controls/shared.css.ts';

/** Lines shown; older ones are on the tape. */
const LINES_MAX = 1000;

/**
 * The live events of the current tab, and the statechart of the actor they belong to. Fires `qt-toggle-tape`.
 */
export class QtTapePanel extends LitElement {
  static override properties = {
    actors: { attribute: false },
    envelopes: { attribute: false },
    newest: { type: Number },
    charts: { attribute: false },
    actor: { type: String },
    chosen: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; background: var(--qt-bg-raised); }
      h2 {
        display: flex; align-items: center; height: 36px; margin: 0; padding: 0 6px 0 14px; flex: none;
        font-size: 12px; font-weight: 600; color: var(--qt-fg-muted);
      }
      h2 span { margin-right: auto; }
      qt-statechart { margin: 0 12px 8px; flex: none; }
      qt-tape-list { flex: 1; }
      .empty { margin: 0; padding: 4px 14px; color: var(--qt-fg-muted); }
    `,
  ];

  /** The tab's queries and connections, by id. */
  declare actors: ReadonlySet<string>;
  /** Every record that is here, oldest first. */
  declare envelopes: readonly Envelope[];
  /** The newest record's seq: the array is added to in place. */
  declare newest: number;
  declare charts: Readonly<Record<string, Chart>>;
  /** The query that the chart shows. */
  declare actor: string;
  /** The record that is shown whole. */
  declare protected chosen: number | null;

  constructor() {
    super();
    this.actors = new Set();
    this.envelopes = [];
    this.newest = 0;
    this.charts = {};
    this.actor = '';
    this.chosen = null;
  }

  /** The newest event, else the button that hides the panel. */
  override focus(): void {
    if (this.renderRoot.querySelector<QtTapeList>('qt-tape-list')?.focusLine()) return;
    this.renderRoot.querySelector<HTMLElement>('h2 button')?.focus();
  }

  protected override render() {
    const { envelopes, actors } = this;
    const shown = envelopes.filter(({ actor }) => actors.has(actor)).slice(-LINES_MAX);
    const chosen = shown.find(({ seq }) => seq === this.chosen);
    const subject = chosen?.machine ? chosen : shown.findLast(({ actor }) => actor === this.actor);
    const chart = subject?.machine ? this.charts[subject.machine] : undefined;
    const before =
      subject && shown.findLast(({ actor, seq }) => actor === subject.actor && seq < subject.seq)?.state;
    return html`
      <h2>
        <span>Tape · this tab</span>
        <button class="icon" title="Hide the tape (${keysOf('page', 'toggleTape')})" aria-label="Hide the tape" @click=${this.hide}>${icon('close')}</button>
      </h2>
      ${
        shown.length === 0
          ? html`<p class="empty">Run a statement: each step appears here as it is recorded.</p>`
          : html`${
              subject && chart
                ? html`<qt-statechart .chart=${chart} kind=${subject.kind} state=${subject.state ?? ''} previous=${before ?? ''}></qt-statechart>`
                : nothing
            }
            <qt-tape-list
              .envelopes=${shown} .all=${envelopes} .chosen=${chosen?.seq ?? null}
              @qt-choose-event=${(event: CustomEvent<number | null>) => {
                this.chosen = event.detail;
              }}
            ></qt-tape-list>`
      }
    `;
  }

  private hide(): void {
    this.dispatchEvent(new CustomEvent('qt-toggle-tape', { bubbles: true, composed: true }));
  }
}

customElements.define('qt-tape-panel', QtTapePanel);
