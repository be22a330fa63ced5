import { css, html, LitElement, svg } from 'lit';
import type { Chart } from '../events/chart.ts';
import { boxOf, layOut, type PlacedChart } from './chart-layout.ts';

const HEIGHT_MAX = 230;

/** A machine's chart with the active state filled and the last transition lit. */
export class QtStatechart extends LitElement {
  static override properties = {
    chart: { attribute: false },
    state: { type: String },
    previous: { type: String },
  };
  static override styles = css`
    :host { display: block; border: 1px solid var(--qt-border); border-radius: 6px; background: var(--qt-bg); padding: 6px; }
    svg { display: block; margin: auto; max-width: 100%; }
    rect { fill: var(--qt-bg-raised); stroke: var(--qt-border); }
    text { fill: var(--qt-fg-faint); font: 11px var(--qt-font-sans); text-anchor: middle; dominant-baseline: central; }
    path { fill: none; stroke: var(--qt-border); }
    path.lit { stroke: var(--qt-accent); stroke-width: 1.5; }
    .active rect { fill: var(--qt-accent-soft); stroke: var(--qt-accent); stroke-width: 1.5; }
    .active text { fill: var(--qt-fg); font-weight: 600; }
    .well.active rect { stroke: var(--qt-state-well); fill: color-mix(in srgb, var(--qt-state-well) 18%, var(--qt-bg)); }
    .failed.active rect { stroke: var(--qt-state-failed); fill: var(--qt-failed-soft); }
    .waiting.active rect { stroke: var(--qt-state-waiting); fill: color-mix(in srgb, var(--qt-state-waiting) 16%, var(--qt-bg)); }
  `;

  declare chart: Chart | undefined;
  declare state: string;
  declare previous: string;
  private placed: { readonly of: Chart; readonly chart: PlacedChart } | null = null;

  constructor() {
    super();
    this.state = '';
    this.previous = '';
  }

  protected override render() {
    const { chart } = this;
    if (!chart) return '';
    if (this.placed?.of !== chart) this.placed = { of: chart, chart: layOut(chart) };
    const { width, height, nodes, edges } = this.placed.chart;
    const active = boxOf(chart, this.state);
    const before = boxOf(chart, this.previous);
    const isLit = (from: string, to: string): boolean =>
      (from === before && to === active) || (from === active && to === before);
    return html`<svg
      viewBox="0 0 ${width} ${height}" width=${width} height=${Math.min(height, HEIGHT_MAX)}
      role="img" aria-label="Statechart, active: ${this.state}"
    >
      ${edges.map(({ from, to, points }) => {
        const d = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
        return svg`<path class=${isLit(from, to) ? 'lit' : ''} d=${d}></path>`;
      })}
      ${nodes.map(
        ({ id, label, x, y, width: w, height: h }) => svg`<g class="${id === active ? 'active' : ''} ${tone(id)}">
          <rect x=${x - w / 2} y=${y - h / 2} width=${w} height=${h} rx="4"></rect>
          <text x=${x} y=${y}>${label}</text>
        </g>`,
      )}
    </svg>`;
  }
}

function tone(id: string): string {
  if (/succeeded|ready|idle/.test(id)) return 'well';
  if (/failed|refused|lost/.test(id)) return 'failed';
  return /cancel|timedOut|paused|reconnecting/.test(id) ? 'waiting' : 'running';
}

customElements.define('qt-statechart', QtStatechart);
