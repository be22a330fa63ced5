import { css, html, LitElement, nothing } from 'lit';
import type { Chart } from '../../events/chart.ts';
import type { Finding } from '../../events/diagnosis/report.ts';
import type { Envelope } from '../../events/envelope.ts';
import { unwritableTape } from '../../events/unwritable-tape.ts';
import type { TapeHealth } from '../../events/wire.ts';
import { ClientConsumer } from '../api/client-context.ts';
import { icon } from '../controls/icons.ts';
import type { QtTapeList } from './qt-tape-list.ts';
import './qt-tape-list.ts';
import { keysOf } from '../controls/key-bindings.ts';
import { shared } from '../controls/shared.css.ts';

/** The answer to why a statement is slow. */
interface Diagnosed {
  readonly queryId: string;
  readonly isAsking?: true;
  readonly findings?: readonly Finding[];
  readonly fault?: string;
}

// Loaded beside the page: a chart is shown once its machine has been asked for.
import('./qt-statechart.ts').catch(() => undefined);

/** What is said of the question while the tape can't be written. */
const UNRECORDED = 'newer statements are not on it yet; this is asked of the newest one that is';

/** Lines shown; older ones are on the tape. */
const LINES_MAX = 1000;

/**
 * The live events of the current tab, and the statechart of the actor they belong to. Fires `qt-toggle-tape` and
 * `qt-export-bundle`.
 */
export class QtTapePanel extends LitElement {
  static override properties = {
    actors: { attribute: false },
    envelopes: { attribute: false },
    newest: { type: Number },
    charts: { attribute: false },
    actor: { type: String },
    health: { attribute: false },
    chosen: { state: true },
    diagnosed: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; background: var(--qt-bg-raised); }
      .head {
        display: flex; align-items: center; height: 36px; margin: 0; padding: 0 6px 0 14px; flex: none;
        font-size: 12px; font-weight: 600; color: var(--qt-fg-muted);
      }
      h2 { margin: 0 auto 0 0; font: inherit; }
      qt-statechart { margin: 0 12px 8px; flex: none; }
      qt-tape-list { flex: 1; }
      .why { flex: none; max-height: 50%; overflow: auto; margin: 0 12px 8px; }
      .why > button {
        min-height: 24px; padding: 0 10px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius);
        font-size: 12px; background: var(--qt-bg);
      }
      .why > button:hover { background: var(--qt-bg-hover); }
      .why qt-diagnosis, .why qt-blockers, .why p { margin: 8px 0 0; }
      .why p { font-size: 12px; color: var(--qt-fg-muted); }
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
  declare health: TapeHealth;
  /** The record that is shown whole. */
  declare protected chosen: number | null;
  /** What is known of why a statement is slow; null where that was not asked. */
  declare protected diagnosed: Diagnosed | null;
  private readonly consumer = new ClientConsumer(this);

  constructor() {
    super();
    this.actors = new Set();
    this.envelopes = [];
    this.newest = 0;
    this.charts = {};
    this.actor = '';
    this.health = { state: 'durable', durableSeq: 0, code: null };
    this.chosen = null;
    this.diagnosed = null;
  }

  /** The newest event, else the button that hides the panel. */
  override focus(): void {
    if (this.renderRoot.querySelector<QtTapeList>('qt-tape-list')?.focusLine()) return;
    this.renderRoot.querySelector<HTMLElement>('.head button:last-child')?.focus();
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
      <div class="head">
        <h2>Tape · this tab</h2>
        <button class="icon" title="Export support bundle…" aria-label="Export support bundle…" @click=${this.exportBundle}>${icon('download')}</button>
        <button class="icon" title="Hide the tape (${keysOf('page', 'toggleTape')})" aria-label="Hide the tape" @click=${this.hide}>${icon('close')}</button>
      </div>
      ${
        shown.length === 0
          ? html`<p class="empty">${this.actor === '' ? 'Run a statement: each step appears here as it is recorded.' : 'Its steps are further back on the tape than this page goes. The replay has them.'}</p>
            ${this.why()}`
          : html`${
              subject && chart
                ? html`<qt-statechart
                  .chart=${chart}
                  kind=${subject.kind}
                  state=${subject.state ?? ''}
                  previous=${before ?? ''}
                ></qt-statechart>`
                : nothing
            }
            ${this.why()}
            <qt-tape-list
              .envelopes=${shown} .all=${envelopes} .chosen=${chosen?.seq ?? null}
              @qt-choose-event=${(event: CustomEvent<number | null>) => {
                this.chosen = event.detail;
              }}
            ></qt-tape-list>`
      }
    `;
  }

  /** The question why the tab's statement is slow, and its answer. */
  private why() {
    const { actor, diagnosed, health } = this;
    if (actor === '') return nothing;
    const answer = diagnosed?.queryId === actor ? diagnosed : null;
    return html`<section class="why" aria-label="Diagnosis">
      <button @click=${this.diagnose} ?disabled=${answer?.isAsking === true}>Why is this slow?</button>
      <div role="status">
        ${health.state === 'failed' ? html`<p>${unwritableTape(health.code!, UNRECORDED)}</p>` : nothing}
        ${answer?.isAsking ? html`<p>Reading the tape…</p>` : nothing}
        ${answer?.fault ? html`<p>${answer.fault}</p>` : nothing}
      </div>
      ${
        answer?.findings
          ? html`<qt-diagnosis
              .findings=${answer.findings}
              @qt-choose-event=${(event: CustomEvent<number>) => {
                this.chosen = event.detail;
              }}
            ></qt-diagnosis>`
          : nothing
      }
      <qt-blockers
        queryId=${actor}
        ?runs=${this.consumer.client.state.queries[actor]?.outcome === null}
      ></qt-blockers>
    </section>`;
  }

  private async diagnose(): Promise<void> {
    const { actor: queryId } = this;
    const asking: Diagnosed = { queryId, isAsking: true };
    this.diagnosed = asking;
    const answer: Diagnosed = await this.consumer.client.diagnosis(queryId).then(
      (findings) => ({ queryId, findings }),
      (error: Error) => ({ queryId, fault: error.message }),
    );
    // Another statement may have been asked about in the meantime.
    if (this.diagnosed === asking) this.diagnosed = answer;
  }

  private exportBundle(): void {
    this.dispatchEvent(new CustomEvent('qt-export-bundle', { bubbles: true, composed: true }));
  }

  private hide(): void {
    this.dispatchEvent(new CustomEvent('qt-toggle-tape', { bubbles: true, composed: true }));
  }
}

customElements.define('qt-tape-panel', QtTapePanel);
