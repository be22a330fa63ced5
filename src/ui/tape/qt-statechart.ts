import { css, html, LitElement, nothing, svg } from 'lit';
import type { Chart } from '../../events/chart.ts';
import { stateColour } from '../format/state-colour.ts';
import { BOX, boxOf, layOut, type PlacedBox, type PlacedChart, wayBetween } from './chart-layout.ts';

/** A machine's chart with the active state filled and the last transition lit. */
export class QtStatechart extends LitElement {
  static override properties = {
    chart: { attribute: false },
    kind: { type: String },
    state: { type: String },
    previous: { type: String },
  };
  static override styles = css`
    :host { display: block; border: 1px solid var(--qt-border); border-radius: 6px; background: var(--qt-bg); padding: 6px; }
    svg { display: block; margin: auto; max-width: 100%; }
    rect { fill: var(--qt-bg-raised); stroke: var(--qt-border); }
    text { fill: var(--qt-fg-faint); font: 11px var(--qt-font-sans); text-anchor: middle; dominant-baseline: central; }
    path { fill: none; stroke: var(--qt-border); }
    .final rect { fill: var(--qt-bg); }
    path.lit { stroke: var(--qt-accent); stroke-width: 1.5; stroke-linejoin: round; }
    marker path { fill: var(--qt-accent); stroke: none; }
    .active rect { fill: var(--qt-accent-soft); stroke: var(--qt-accent); stroke-width: 1.5; }
    .active text { fill: var(--qt-fg); font-weight: 600; }
    .well.active rect { stroke: var(--qt-state-well); fill: color-mix(in srgb, var(--qt-state-well) 18%, var(--qt-bg)); }
    .failed.active rect { stroke: var(--qt-state-failed); fill: var(--qt-failed-soft); }
    .waiting.active rect { stroke: var(--qt-state-waiting); fill: color-mix(in srgb, var(--qt-state-waiting) 16%, var(--qt-bg)); }
  `;

  declare chart: Chart | undefined;
  /** The kind of the actor. */
  declare kind: string;
  declare state: string;
  declare previous: string;
  private placed: { readonly of: Chart; readonly chart: PlacedChart } | null = null;

  constructor() {
    super();
    this.kind = '';
    this.state = '';
    this.previous = '';
  }

  protected override render() {
    const { chart } = this;
    if (!chart) return '';
    if (this.placed?.of !== chart) this.placed = { of: chart, chart: layOut(chart) };
    const { width, height, boxes, edges } = this.placed.chart;
    const active = boxes.find(({ id }) => id === boxOf(chart, this.state));
    const previous = boxes.find(({ id }) => id === boxOf(chart, this.previous));
    const colour = stateColour(this.kind, this.state);
    return html`<svg
      viewBox="0 0 ${width} ${height}" width=${width} height=${height}
      role="img" aria-label="Statechart, active: ${active?.label ?? this.state}"
    >
      <defs>
        <marker id="arrow" viewBox="0 0 6 6" refX="5.5" refY="3" markerWidth="5" markerHeight="5" orient="auto">
          <path d="M0 0L6 3L0 6z"></path>
        </marker>
      </defs>
      ${edges.map(({ from, to }) => line(from, to, ''))}
      ${active && previous && active !== previous ? line(previous, active, 'lit') : ''}
      ${boxes.map(({ id, label, x, y, final }) => {
        const classes = `${id === active?.id ? 'active' : ''} ${final ? 'final' : ''} ${colour}`;
        return svg`<g class=${classes}>
          <rect
            x=${x - BOX.width / 2}
            y=${y - BOX.height / 2}
            width=${BOX.width}
            height=${BOX.height}
            rx=${final ? 11 : 4}
          ></rect>
          <text x=${x} y=${y + 0.5}>${label}</text>
        </g>`;
      })}
    </svg>`;
  }
}

function line(from: PlacedBox, to: PlacedBox, className: string) {
  const lit = className === 'lit';
  return svg`<path class=${className} marker-end=${lit ? 'url(#arrow)' : nothing} d=${wayBetween(from, to)}></path>`;
}

customElements.define('qt-statechart', QtStatechart);
