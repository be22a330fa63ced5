import { css, html, LitElement, nothing, type PropertyValues, svg } from 'lit';
import type { Chart, ChartEdge } from '../../events/chart.ts';
import type { Hit } from '../../events/replay-view.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import { stateColour } from '../format/state-colour.ts';
import { edgeOf, type MachineHits, machineHits } from './machine-hits.ts';
import type { DrawnState, DrawnWay, MachinePicture } from './machine-layout.ts';
import { isWithin, leavesOf } from './state-leaves.ts';

const LINE_HEIGHT = 14;

/** What the picture needs of the layout, which is loaded when the first machine is shown. */
type Layout = typeof import('./machine-layout.ts');
let layout: Layout | null = null;

/**
 * A machine's whole statechart, laid out from its definition: the active state filled, the transition that led to it lit, how often each
 * state was entered and each transition taken; what never was is grey. Below it the same as a table, for whoever can't see the picture.
 */
export class QtMachineChart extends LitElement {
  static override properties = {
    chart: { attribute: false },
    machine: {},
    state: {},
    previous: { attribute: false },
    event: {},
    hits: { attribute: false },
    isFitted: { state: true },
    isLoaded: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; background: var(--qt-bg); font-size: 12px; }
      .head { display: flex; gap: 12px; align-items: center; flex: none; min-height: 32px; padding: 0 8px 0 16px; color: var(--qt-fg-muted); border-bottom: 1px solid var(--qt-border); }
      .head strong { font-weight: 600; }
      .head .legend { margin-left: auto; }
      label { display: inline-flex; gap: 5px; align-items: center; min-height: 24px; white-space: nowrap; }
      .scroll { flex: 1; min-height: 0; overflow: auto; }
      .scroll:focus-visible { outline-offset: -2px; }
      .picture { display: block; margin: 0 auto; }
      .fitted { width: 100%; height: 100%; }
      text { font: 11px var(--qt-font-sans); text-anchor: middle; dominant-baseline: central; fill: var(--qt-fg); }
      .group rect { fill: none; stroke: var(--qt-border-strong); }
      .group text { text-anchor: start; fill: var(--qt-fg-muted); }
      .group.active rect { stroke: var(--qt-accent); }
      .state rect { fill: var(--qt-bg-raised); stroke: var(--qt-border-strong); }
      .never rect { fill: var(--qt-bg); stroke-dasharray: 3 3; }
      .never text { fill: var(--qt-fg-faint); }
      .start circle { fill: var(--qt-fg-muted); }
      .active text { font-weight: 600; }
      .active.running rect { fill: var(--qt-accent-soft); stroke: var(--qt-accent); stroke-width: 1.5; }
      .active.well rect { fill: color-mix(in srgb, var(--qt-state-well) 18%, var(--qt-bg)); stroke: var(--qt-state-well); stroke-width: 1.5; }
      .active.waiting rect { fill: color-mix(in srgb, var(--qt-state-waiting) 16%, var(--qt-bg)); stroke: var(--qt-state-waiting); stroke-width: 1.5; }
      .active.failed rect { fill: var(--qt-failed-soft); stroke: var(--qt-state-failed); stroke-width: 1.5; }
      .active.quiet rect, .active.hollow rect { fill: var(--qt-bg-hover); stroke: var(--qt-fg-muted); stroke-width: 1.5; }
      .way path { fill: none; stroke: var(--qt-fg-faint); }
      .way.untaken path { stroke: var(--qt-border-strong); stroke-dasharray: 3 3; }
      .way.lit path { stroke: var(--qt-accent); stroke-width: 2; stroke-dasharray: none; }
      .words text { fill: var(--qt-fg-muted); font-size: 10px; paint-order: stroke; stroke: var(--qt-bg); stroke-width: 4px; stroke-linejoin: round; }
      .words.untaken text { fill: var(--qt-fg-faint); }
      .words.lit text { fill: var(--qt-accent); font-weight: 600; }
      .arrow { fill: var(--qt-fg-faint); }
      .arrow.lit { fill: var(--qt-accent); }
      .count { font-size: 9px; text-anchor: end; fill: var(--qt-fg-muted); font-variant-numeric: tabular-nums; paint-order: stroke; stroke: var(--qt-bg); stroke-width: 3px; }
      details { position: sticky; left: 0; width: max-content; max-width: 100%; padding: 4px 16px 12px; }
      summary { min-height: 24px; line-height: 24px; color: var(--qt-fg-muted); }
      table { border-collapse: collapse; }
      th { text-align: left; font-weight: 500; color: var(--qt-fg-muted); }
      th, td { padding: 2px 20px 2px 0; border-bottom: 1px solid var(--qt-border); }
      td { font-family: var(--qt-font-mono); font-size: 11px; user-select: text; }
      td.number { text-align: right; }
    `,
  ];

  declare chart: Chart;
  /** Its name on the tape. */
  declare machine: string;
  /** The state after the last event, and before it; null for its first. */
  declare state: string;
  declare previous: string | null;
  /** The type of the last event. */
  declare event: string;
  /** How often each machine went which way; null until that is known. */
  declare hits: readonly Hit[] | null;
  declare protected isFitted: boolean;
  declare protected isLoaded: boolean;
  private picture: { readonly of: Chart; readonly picture: MachinePicture } | null = null;
  private counts: {
    readonly of: readonly Hit[];
    readonly machine: string;
    readonly hits: MachineHits;
  } | null = null;

  constructor() {
    super();
    this.state = '';
    this.previous = null;
    this.event = '';
    this.hits = null;
    this.isFitted = false;
    this.isLoaded = layout !== null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (layout) return;
    import('./machine-layout.ts').then(
      (loaded) => {
        layout = loaded;
        this.isLoaded = true;
      },
      // Without it there is no picture; the page says that the program is gone.
      () => undefined,
    );
  }

  protected override render() {
    const { chart, machine, hits } = this;
    if (!this.isLoaded || !layout) return nothing;
    if (this.picture?.of !== chart) this.picture = { of: chart, picture: layout.machinePicture(chart) };
    if (hits && (this.counts?.of !== hits || this.counts.machine !== machine))
      this.counts = { of: hits, machine, hits: machineHits(chart, machine, hits) };
    const { picture } = this.picture;
    const lit = this.previous === null ? null : edgeOf(chart, this.previous, this.event, this.state);
    const counts = hits ? this.counts!.hits : null;
    return html`
      <div class="head">
        <strong>${machine}</strong>
        <span>active: ${leavesOf(this.state).join(' and ') || 'none'}</span>
        <span class="legend">${counts ? 'numbers: how often; dashed: never' : nothing}</span>
        <label><input type="checkbox" .checked=${this.isFitted} @change=${(event: Event) => {
          this.isFitted = (event.target as HTMLInputElement).checked;
        }} />whole</label>
      </div>
      <div
        class="scroll"
        tabindex="0"
        role="group"
        aria-label="Statechart of ${machine}"
        data-testid="machine-chart"
      >
        ${this.drawing(picture, lit, counts)}
        ${this.table(lit, counts)}
      </div>`;
  }

  /** Another state is scrolled to. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has('state') && !changed.has('machine') && !changed.has('isLoaded')) return;
    this.renderRoot
      .querySelector('.state.active')
      ?.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  }

  private drawing(
    { width, height, states, groups, ways }: MachinePicture,
    lit: ChartEdge | null,
    counts: MachineHits | null,
  ) {
    const active = leavesOf(this.state);
    const size = this.isFitted ? [nothing, nothing] : [width, height];
    return html`<svg
      class="picture ${this.isFitted ? 'fitted' : ''}"
      viewBox="0 0 ${width} ${height}" width=${size[0]} height=${size[1]}
      role="img" aria-label="Statechart of ${this.machine}, active: ${active.join(' and ')}"
    >
      <defs>
        ${['', 'lit'].map(
          (name) => svg`<marker
            id="arrow${name}"
            viewBox="0 0 6 6"
            refX="5.5"
            refY="3"
            markerWidth="7"
            markerHeight="7"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path class="arrow ${name}" d="M0 0L6 3L0 6z"></path></marker>`,
        )}
      </defs>
      ${groups.map(
        ({ id, label, x, y, width: wide, height: high }) =>
          svg`<g class="group ${active.some((leaf) => isWithin(leaf, id)) ? 'active' : ''}">
            <rect
              x=${x}
              y=${y}
              width=${wide}
              height=${high}
              rx="6"
            ></rect><text x=${x + 8} y=${y + 10}>${label}</text></g>`,
      )}
      ${ways.map((way) => this.way(way, lit, counts))}
      ${states.map((state) => this.box(state, active, counts))}
      ${ways.map((way) => this.words(way, lit, counts))}
    </svg>`;
  }

  private way(way: DrawnWay, lit: ChartEdge | null, counts: MachineHits | null) {
    const name = wayName(way, lit, counts);
    return svg`<g class="way ${name}"><path
      d=${way.path}
      marker-end="url(#arrow${name === 'lit' ? 'lit' : ''})"
    ></path></g>`;
  }

  private words(way: DrawnWay, lit: ChartEdge | null, counts: MachineHits | null) {
    const { lines, x, y } = way;
    const times = takenOf(way, counts);
    const first = y - ((lines.length - 1) / 2) * LINE_HEIGHT;
    return svg`<g class="words ${wayName(way, lit, counts)}">${lines.map((line, index) => {
      const count = index === lines.length - 1 && times > 0 ? ` ×${thousands(times)}` : '';
      return svg`<text x=${x} y=${first + index * LINE_HEIGHT}>${line}${count}</text>`;
    })}</g>`;
  }

  private box(
    { id, label, x, y, width, height, kind }: DrawnState,
    active: readonly string[],
    counts: MachineHits | null,
  ) {
    if (kind === 'start') return svg`<g class="start"><circle cx=${x} cy=${y} r="5"></circle></g>`;
    const isState = kind !== 'anywhere';
    const entered = isState && counts ? (counts.states.get(id) ?? 0) : null;
    const isActive = active.includes(id);
    const name = isActive
      ? `active ${stateColour(this.machine.split('@')[0]!, this.state)}`
      : entered === 0
        ? 'never'
        : '';
    const round = kind === 'state' ? 5 : height / 2;
    return svg`<g class="state ${name}">
      <rect x=${x - width / 2} y=${y - height / 2} width=${width} height=${height} rx=${round}></rect>
      <text x=${x} y=${y + 0.5}>${label}</text>
      ${
        entered
          ? svg`<text class="count" x=${x + width / 2 - 4} y=${y - height / 2}>${thousands(entered)}</text>`
          : nothing
      }
    </g>`;
  }

  private table(lit: ChartEdge | null, counts: MachineHits | null) {
    return html`<details><summary>All transitions as a table</summary>
      <table>
        <thead><tr><th scope="col">from</th><th scope="col">event</th><th scope="col">to</th><th scope="col">times</th></tr></thead>
        <tbody>${this.chart.edges.map(
          (edge) =>
            html`<tr aria-current=${edge === lit ? 'true' : nothing}><td>${edge.from === '' ? 'any state' : edge.from}</td><td>${edge.event === '' ? 'at once' : edge.event}</td><td>${edge.to}</td>
              <td class="number">${counts ? thousands(counts.edges.get(edge) ?? 0) : nothing}</td></tr>`,
        )}</tbody>
      </table></details>`;
  }
}

/** How often the transitions of a way were taken. */
function takenOf({ edges }: DrawnWay, counts: MachineHits | null): number {
  return counts ? edges.reduce((sum, edge) => sum + (counts.edges.get(edge) ?? 0), 0) : 0;
}

function wayName(way: DrawnWay, lit: ChartEdge | null, counts: MachineHits | null): string {
  if (lit && way.edges.includes(lit)) return 'lit';
  return counts && way.edges.length > 0 && takenOf(way, counts) === 0 ? 'untaken' : '';
}

customElements.define('qt-machine-chart', QtMachineChart);
