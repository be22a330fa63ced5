import { initialState, Task } from '@lit/task';
import { css, html, LitElement, nothing } from 'lit';
import { PRODUCTS } from '../../events/engines/engine-name.ts';
import type { Envelope } from '../../events/envelope.ts';
import type { MetricsReport, ShapeFigures } from '../../events/metrics/metrics-report.ts';
import type { ProcessFigures } from '../../events/metrics/process-figures.ts';
import { json, Refused } from '../api/request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { icon } from '../controls/icons.ts';
import { option } from '../controls/option.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import '../tape/qt-tape-list.ts';
import { METRIC_CHARTS, type MetricChart, PROCESS_CHARTS } from './metric-charts.ts';
import './qt-metric-chart.ts';
import './qt-shape-table.ts';
import { minuteStamp } from '../format/timestamp.ts';
import { processWords } from './process-words.ts';
import { intervalWords, type MetricsFilter, metricsPath, SPANS, type SpanName } from './span.ts';

/** Records that one interval or statement is shown with. */
const RECORDS_SHOWN = 500;
const EVERYTHING: MetricsFilter = { engine: null, environment: null, profileId: null };

/** What is listed below the charts: a part of the tape, under a heading. */
interface Listed {
  readonly words: string;
  readonly records: readonly Envelope[];
  readonly more: boolean;
}

/**
 * The metrics: what the last hour, day or week adds up to, from the tape. `open` shows them; an interval or a statement that is chosen
 * lists its records.
 */
export class QtMetrics extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    span: { state: true },
    filter: { state: true },
    chosen: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog { width: min(1480px, calc(100vw - 32px)); height: calc(100vh - 48px); max-height: none; }
      .tools { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; flex: none; padding: 0 18px 10px; border-bottom: 1px solid var(--qt-border); }
      .tools .segments { flex: none; }
      .tools select { width: auto; max-width: 220px; height: 30px; }
      .tools .since { margin-left: auto; color: var(--qt-fg-muted); font-size: 12px; }
      .body { display: flex; flex-direction: column; gap: 18px; padding: 14px 18px 18px; }
      .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(310px, 1fr)); gap: 10px; }
      .charts.own { grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); margin-top: -8px; }
      .tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(560px, 100%), 1fr)); gap: 22px; }
      .records { border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg); }
      .records header { display: flex; align-items: center; gap: 8px; padding: 4px 4px 4px 12px; }
      .records h3 { color: var(--qt-fg); }
      .records .icon { margin-left: auto; }
      qt-tape-list { height: 260px; border-top: 1px solid var(--qt-border); }
      .process { display: flex; flex-wrap: wrap; gap: 6px 26px; margin: 0; padding: 10px 14px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); font-size: 12px; }
      .process dt { color: var(--qt-fg-muted); }
      .process dd { margin: 0; font-variant-numeric: tabular-nums; }
      .empty { margin: auto; max-width: 46ch; padding: 60px 20px; text-align: center; color: var(--qt-fg-muted); }
    `,
  ];

  /** The profiles by their id, for their names. */
  declare profiles: ReadonlyMap<string, string>;
  declare protected span: SpanName;
  declare protected filter: MetricsFilter;
  /** The record that is shown whole. */
  declare protected chosen: number | null;
  private readonly dialog = new DialogController(this, {
    focus: '.segments input',
    closed: () => this.closed(),
  });
  private readonly themes = new MutationObserver(() => this.requestUpdate());
  private report: MetricsReport | null = null;
  private figures: ProcessFigures | null = null;
  private readonly reading = new Task(this, {
    autoRun: false,
    task: async ([path]: readonly [string | null], { signal }) =>
      path === null
        ? initialState
        : Promise.all([
            json<MetricsReport>(path, { signal }),
            json<ProcessFigures>('/api/process', { signal }),
          ]),
    onComplete: ([report, figures]) => {
      this.report = report;
      this.figures = figures;
    },
  });
  private readonly listing = new Task(this, {
    autoRun: false,
    task: async (
      [words, from, to, actor]: readonly [string, number, number, string | null] | readonly [],
      { signal },
    ) => {
      if (words === undefined) return initialState;
      const path = `/api/records?from=${from}&to=${to}&count=${RECORDS_SHOWN}`;
      const { records, more } = await json<{ records: Envelope[]; more: boolean }>(path, { signal });
      const shown = actor === null ? records : records.filter((one) => one.actor === actor);
      return { words, records: shown, more: more && actor === null } satisfies Listed;
    },
    onComplete: () =>
      void this.updateComplete.then(() =>
        this.renderRoot.querySelector('.records')?.scrollIntoView({ block: 'nearest' }),
      ),
  });

  constructor() {
    super();
    this.profiles = new Map();
    this.span = 'hour';
    this.filter = EVERYTHING;
    this.chosen = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // The charts are pictures: those of another theme are drawn again.
    this.themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.themes.disconnect();
  }

  async open(): Promise<void> {
    void this.read();
    await this.dialog.open();
  }

  protected override render() {
    return html`<dialog aria-labelledby="title">
      <div class="head">
        ${icon('chart')}<h2 id="title">Metrics</h2>
        ${this.dialog.cross()}
      </div>
      ${this.dialog.isOpen || this.report ? html`${this.tools()}<div class="body">${this.body()}</div>` : nothing}
    </dialog>`;
  }

  private tools() {
    const { report, filter } = this;
    const sources = report?.sources ?? [];
    const engines = [...new Set(sources.map(({ engine }) => engine))];
    const environments = [...new Set(sources.map(({ environment }) => environment))];
    const profiles = sources.map(({ profileId }) => profileId);
    const names = {
      engine: (engine: string) => PRODUCTS[engine as keyof typeof PRODUCTS],
      environment: (environment: string) => environment,
      profileId: (profileId: string) => this.profiles.get(profileId) ?? `deleted (${profileId})`,
    };
    const choice = (key: keyof MetricsFilter, all: string, values: readonly string[]) => {
      const value = filter[key];
      const shown = value === null || values.includes(value) ? values : [...values, value];
      return html`<select
        class="input"
        aria-label=${all}
        @change=${(event: Event) => this.narrow(key, (event.target as HTMLSelectElement).value)}
      >
        ${option('', all, value === null)}
        ${shown.map((one) => option(one, names[key](one), one === value))}
      </select>`;
    };
    return html`<div class="tools">
      <div class="segments" role="radiogroup" aria-label="Span">
        ${SPANS.map(({ name, words }) => html`<label><input type="radio" name="span" .checked=${name === this.span} @change=${() => this.look(name)} />${words}</label>`)}
      </div>
      ${choice('engine', 'All engines', engines)}${choice('environment', 'All environments', environments)}${choice('profileId', 'All connections', profiles)}
      <button class="button" type="button" @click=${() => void this.read()}>${icon('refresh', 13)}Refresh</button>
      <span class="since" role="status">${this.since()}</span>
    </div>`;
  }

  /** Where the tape begins later than the span: what was before is not on it. */
  private since() {
    const { report } = this;
    if (!report || report.since === null || report.since <= report.from) return '';
    return `The tape begins at ${minuteStamp(report.since)}`;
  }

  private body() {
    const { report } = this;
    const error = this.reading.error;
    if (error)
      return html`<div class="alert" role="alert">${error instanceof Refused ? error.message : NOT_ANSWERED}</div>`;
    if (!report) return html`<p class="empty" role="status">Adding up the tape …</p>`;
    if (report.bins.every(({ events }) => events === 0))
      return html`${this.process()}<p class="empty">Nothing was recorded in this span${this.isNarrowed ? ' that matches what is chosen above' : ''}. Run a statement and refresh, or look at a longer span.</p>`;
    const { slowest, mostFrequent, shapes, unlisted } = report;
    return html`${this.process()}
      <div class="charts" @qt-metrics-interval=${({ detail }: CustomEvent<number>) => this.list(detail)}>
        ${this.charts(METRIC_CHARTS, report)}
      </div>
      <div class="charts own" @qt-metrics-interval=${({ detail }: CustomEvent<number>) => this.list(detail)}>
        ${this.charts(PROCESS_CHARTS, report)}
      </div>
      ${this.records()}
      ${
        slowest.length === 0
          ? nothing
          : html`<div class="tables" @qt-metrics-shape=${({ detail }: CustomEvent<ShapeFigures>) => this.listLast(detail)}>
              <qt-shape-table .shapes=${slowest} words="Most time"></qt-shape-table>
              <qt-shape-table .shapes=${mostFrequent} words="Most often"></qt-shape-table>
            </div>
            <p class="quiet">${thousands(shapes)} ${shapes === 1 ? 'shape' : 'shapes'} in this span: statements without their literals. ${unlisted > 0 ? `${thousands(unlisted)} statements of further shapes are not in these lists.` : ''}</p>`
      }`;
  }

  private charts(charts: readonly MetricChart[], report: MetricsReport) {
    const theme = document.documentElement.dataset.theme ?? '';
    return charts.map(
      (chart) => html`<qt-metric-chart .chart=${chart} .report=${report} theme=${theme}></qt-metric-chart>`,
    );
  }

  /** What the process takes now. */
  private process() {
    if (!this.figures) return nothing;
    return html`<dl class="process" aria-label="This process">
      ${processWords(this.figures).map(({ label, value, hint }) => html`<div title=${hint}><dt>${label}</dt><dd>${value}</dd></div>`)}
    </dl>`;
  }

  private records() {
    return this.listing.render({
      complete: ({ words, records, more }) => html`<section class="records" aria-label=${words}>
        <header><h3>${words}: ${thousands(records.length)} ${records.length === 1 ? 'record' : 'records'}${more ? ', the first of more' : ''}</h3>
          <button class="icon" type="button" title="Close the list" aria-label="Close the list" @click=${() => void this.listing.run([])}>${icon('close')}</button></header>
        <qt-tape-list .envelopes=${records} .all=${records} .chosen=${this.chosen}
          @qt-choose-event=${({ detail }: CustomEvent<number | null>) => {
            this.chosen = detail;
          }}></qt-tape-list>
      </section>`,
      error: (error) =>
        html`<div class="alert" role="alert">${error instanceof Refused ? error.message : NOT_ANSWERED}</div>`,
    });
  }

  private get isNarrowed(): boolean {
    return Object.values(this.filter).some((value) => value !== null);
  }

  private look(span: SpanName): void {
    this.span = span;
    void this.read();
  }

  private narrow(key: keyof MetricsFilter, value: string): void {
    this.filter = { ...this.filter, [key]: value === '' ? null : value };
    void this.read();
  }

  private async read(): Promise<void> {
    void this.listing.run([]);
    await this.reading.run([metricsPath(this.span, this.filter, Date.now())]);
  }

  /** Lists the records of an interval. */
  private list(index: number): void {
    const { report } = this;
    const bin = report?.bins[index];
    if (!report || !bin) return;
    const { from, to, bins } = report;
    const binMs = (to - from) / bins.length;
    const words = intervalWords(from + index * binMs, from + (index + 1) * binMs, to - from);
    this.chosen = null;
    void this.listing.run([words, bin.firstSeq ?? 1, bin.lastSeq ?? 0, null]);
  }

  /** Lists the records of a shape's last statement. */
  private listLast({ shape, fingerprint, lastQueryId, lastSeq }: ShapeFigures): void {
    this.chosen = null;
    const words = `The last run of ${shape ?? `fingerprint ${fingerprint.slice(0, 12)}`}`;
    void this.listing.run([words, Math.max(1, lastSeq - RECORDS_SHOWN + 1), lastSeq, lastQueryId]);
  }

  /** What is not looked at is not held. */
  private closed(): void {
    this.report = null;
    this.figures = null;
    void this.reading.run([null]);
    void this.listing.run([]);
  }
}

const NOT_ANSWERED = 'Querytape did not answer. Refresh once the connection is back.';

customElements.define('qt-metrics', QtMetrics);
