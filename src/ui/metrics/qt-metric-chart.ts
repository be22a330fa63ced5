import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import uPlot from 'uplot';
import { MEASURE_IDLE_MS, MEASURE_MS } from '../../events/limits.ts';
import type { MetricsBin, MetricsReport } from '../../events/metrics/metrics-report.ts';
import { shared } from '../controls/shared.css.ts';
import { axisSteps, chartSentence, legend, METRIC_CHARTS, type MetricChart } from './metric-charts.ts';
import { intervalWords, tickLabels } from './span.ts';

const HEIGHT_PX = 92;
/** Room at the right, so that the last time below the chart is whole: half of the longest. */
const LAST_LABEL_PX = 28;
/** Charts share where the pointer is. */
const SYNC = 'querytape-metrics';

/**
 * One small chart of the metrics. By the pointer or the arrow keys an interval is chosen, and its numbers are in the legend; a click
 * or Enter fires `qt-metrics-interval` with its index.
 */
export class QtMetricChart extends LitElement {
  static override properties = {
    chart: { attribute: false },
    report: { attribute: false },
    theme: { type: String },
    at: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; min-width: 0; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg); padding: 8px 10px 6px; }
      h3 { margin: 0; font-size: 12px; line-height: 18px; font-weight: 600; color: var(--qt-fg); }
      .plot { height: ${HEIGHT_PX}px; margin: 2px 0; cursor: pointer; border-radius: 3px; }
      .plot:focus-visible { outline: 2px solid var(--qt-accent); outline-offset: 1px; }
      .legend { display: flex; flex-wrap: wrap; column-gap: 10px; min-height: 18px; font-size: 11px; line-height: 18px; color: var(--qt-fg-muted); font-variant-numeric: tabular-nums; }
      .legend .when { color: var(--qt-fg); }
      .legend span { white-space: nowrap; }
      .key { display: inline-block; width: 8px; height: 8px; border-radius: 2px; margin-right: 4px; }
      .well { background: var(--qt-state-well); }
      .running { background: var(--qt-state-running); }
      .waiting { background: var(--qt-state-waiting); }
      .failed { background: var(--qt-state-failed); }
      .quiet { background: var(--qt-fg-faint); }
      /* The parts that uPlot makes. */
      .u-wrap { position: relative; user-select: none; }
      .u-over, .u-under, .u-axis, .u-select { position: absolute; }
      .u-under { overflow: hidden; }
      .u-select { pointer-events: none; }
      canvas { display: block; width: 100%; height: 100%; }
      .u-cursor-x { position: absolute; left: 0; top: 0; height: 100%; border-right: 1px dashed var(--qt-fg-muted); pointer-events: none; }
      .u-cursor-y, .u-cursor-pt, .u-off { display: none; }
    `,
  ];

  declare chart: MetricChart;
  declare report: MetricsReport;
  /** The page's theme: colours are read again when it changes. */
  declare theme: string;
  /** The interval under the pointer or the keys; null for none. */
  declare protected at: number | null;
  private plot: uPlot | null = null;
  private readonly size = new ResizeObserver(() => this.resize());

  constructor() {
    super();
    this.chart = METRIC_CHARTS[0]!;
    this.theme = '';
    this.at = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.size.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('report') || changed.has('chart') || changed.has('theme') || this.plot === null)
      this.draw();
  }

  protected override render() {
    const { chart, report, at } = this;
    const figures = legend(chart, at === null ? report.bins : [report.bins[at]!]);
    return html`
      <h3>${chart.title}</h3>
      <div class="plot" data-testid="chart-${chart.id}" tabindex="0" role="img" aria-label=${this.sentence()}
        @keydown=${this.key}
        @click=${this.choose}
        @pointerleave=${() => this.move(null)}
        @blur=${() => this.move(null)}></div>
      <div class="legend" aria-live=${this.shadowRoot?.activeElement === null ? 'off' : 'polite'}>
        ${at === null ? '' : html`<span class="when">${this.interval(at)}</span>`}
        ${figures.length === 0 ? html`<span>nothing in this ${at === null ? 'span' : 'interval'}</span>` : nothing}
        ${figures.map(
          ({ series, value }) =>
            html`<span><i class="key ${series.colour}"></i>${series.label} ${chart.format(value)}</span>`,
        )}
      </div>`;
  }

  private interval(index: number): string {
    const { from, to, bins } = this.report;
    const binMs = (to - from) / bins.length;
    return intervalWords(from + index * binMs, from + (index + 1) * binMs, to - from);
  }

  private sentence(): string {
    return `${chartSentence(this.chart, this.report.bins)}. Arrow keys move through the intervals, Home and End to the first and last that has records, Enter lists what happened in one.`;
  }

  private draw(): void {
    const at = this.at;
    this.plot?.destroy();
    const place = this.renderRoot.querySelector<HTMLElement>('.plot')!;
    const { chart, report } = this;
    const { from, to, bins } = report;
    const binS = (to - from) / bins.length / 1000;
    const times = bins.map((_, index) => from / 1000 + (index + 0.5) * binS);
    const values = chart.series.map((series) => bins.map(series.value));
    const steps = axisSteps(chart);
    const layers = chart.kind === 'bars' ? stacked(values) : values;
    const style = getComputedStyle(this);
    const colour = (name: string): string =>
      style.getPropertyValue(`--qt-state-${name}`) || style.getPropertyValue('--qt-fg-faint');
    const bars = uPlot.paths.bars!({ size: [0.8, 24] });
    // The tallest layer is drawn first, so that each shows what it adds to those before it.
    const order = chart.series.map((_, index) => index).reverse();
    const axis = {
      stroke: style.getPropertyValue('--qt-fg-faint'),
      font: `10px ${style.fontFamily}`,
      ticks: { show: false },
      gap: 3,
    };
    const grid = { stroke: style.getPropertyValue('--qt-border'), width: 1 };
    this.plot = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT_PX,
        legend: { show: false },
        padding: [6, LAST_LABEL_PX, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: SYNC } },
        scales: {
          x: { time: true, range: [from / 1000, to / 1000] },
          y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 20,
            space: 70,
            values: (_plot, ticks) => tickLabels(ticks, from, to),
          },
          {
            ...axis,
            grid,
            size: 52,
            space: 34,
            ...(steps ? { incrs: steps } : {}),
            values: (_plot, ticks) => ticks.map((tick) => (tick === null ? '' : chart.format(tick))),
          },
        ],
        series: [
          {},
          ...order.map((index) => {
            const stroke = colour(chart.series[index]!.colour);
            return chart.kind === 'bars'
              ? { stroke, fill: stroke, width: 0, paths: bars, points: { show: false } }
              : {
                  stroke,
                  width: 1.5,
                  spanGaps: false,
                  ...(chart.isContinuous ? { gaps: bridged } : {}),
                  points: { show: true, size: 4, fill: stroke },
                };
          }),
        ],
        hooks: { setCursor: [({ cursor: { idx } }) => this.move(idx ?? null)] },
      },
      [times, ...order.map((index) => layers[index]!)],
      place,
    );
    this.size.observe(place);
    this.at = at !== null && at < bins.length ? at : null;
  }

  private resize(): void {
    const width = this.renderRoot.querySelector('.plot')?.clientWidth ?? 0;
    if (width > 0 && width !== this.plot?.width) this.plot?.setSize({ width, height: HEIGHT_PX });
  }

  private move(index: number | null): void {
    this.at = index;
  }

  private key(event: KeyboardEvent): void {
    const { bins } = this.report;
    const last = bins.length - 1;
    const at = this.at ?? last + 1;
    const first = Math.max(0, bins.findIndex(hasRecords));
    const latest = bins.findLastIndex(hasRecords);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: first, End: latest }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const index = Math.min(Math.max(to, 0), last);
      const left = this.plot?.valToPos(this.plot.data[0][index]!, 'x') ?? 0;
      this.plot?.setCursor({ left, top: 0 });
      this.move(index);
    } else if (event.key === 'Enter') this.choose();
  }

  private choose(): void {
    if (this.at === null) return;
    this.dispatchEvent(
      new CustomEvent('qt-metrics-interval', { detail: this.at, bubbles: true, composed: true }),
    );
  }
}

/** A line goes on over what is not longer than the time between two measurements of an idle program. */
const bridged: uPlot.Series.GapsRefiner = (plot, _series, _from, _to, gaps) => {
  const bridgeS = (2 * MEASURE_MS + MEASURE_IDLE_MS) / 1000;
  const pxOf = (s: number): number => plot.valToPos(s, 'x', true);
  const start = plot.scales.x!.min ?? 0;
  const widest = pxOf(start + bridgeS) - pxOf(start);
  return gaps.filter(([from, to]) => to - from > widest);
};

function hasRecords({ events }: MetricsBin): boolean {
  return events > 0;
}

/** Each layer with all before it added. */
function stacked(values: readonly (readonly (number | null)[])[]): number[][] {
  const sums: number[][] = [];
  for (const layer of values) {
    const below = sums.at(-1);
    sums.push(layer.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)));
  }
  return sums;
}

customElements.define('qt-metric-chart', QtMetricChart);
