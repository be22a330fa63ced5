import { css, html, LitElement, svg } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import type { ShapeFigures } from '../../events/metrics/metrics-report.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';

const TREND_WIDTH = 96;
const TREND_HEIGHT = 18;

/**
 * Statements by their shape, with how often and how long they ran and how that went over the span. A click fires `qt-metrics-shape`
 * with the figures.
 */
export class QtShapeTable extends LitElement {
  static override properties = {
    shapes: { attribute: false },
    words: { type: String },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; min-width: 0; overflow: auto; }
      table { width: 100%; border-collapse: collapse; font-size: 12px; line-height: 18px; font-variant-numeric: tabular-nums; }
      caption { text-align: left; font-weight: 600; padding: 0 0 6px; }
      th { font-weight: 500; color: var(--qt-fg-muted); text-align: right; padding: 2px 8px; border-bottom: 1px solid var(--qt-border); white-space: nowrap; }
      th:first-child { text-align: left; padding-left: 0; }
      td { text-align: right; padding: 3px 8px; border-bottom: 1px solid var(--qt-border); white-space: nowrap; }
      td:first-child { text-align: left; padding-left: 0; width: 100%; max-width: 0; }
      button { width: 100%; text-align: left; font-family: var(--qt-font-mono); font-size: 12px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      button:hover { color: var(--qt-accent); }
      .none { color: var(--qt-fg-muted); margin: 0; font-size: 12px; }
      .failed { color: var(--qt-state-failed); }
      polyline { fill: none; stroke: var(--qt-state-running); stroke-width: 1.25; }
      circle { fill: var(--qt-state-running); }
    `,
  ];

  declare shapes: readonly ShapeFigures[];
  /** The heading. */
  declare words: string;

  constructor() {
    super();
    this.shapes = [];
    this.words = '';
  }

  protected override render() {
    return html`<table>
      <caption>${this.words}</caption>
      <thead><tr><th scope="col">Statement</th><th scope="col">Runs</th><th scope="col">Not succeeded</th><th scope="col">Total</th><th scope="col">p50</th><th scope="col">p95</th><th scope="col">Trend</th></tr></thead>
      <tbody>${this.shapes.map((one) => this.row(one))}</tbody>
    </table>`;
  }

  private row(one: ShapeFigures) {
    const { shape, fingerprint, statements, failed, totalMs, duration: took } = one;
    // A text that could not be lexed with certainty is on the tape by its fingerprint alone.
    const name = shape ?? `fingerprint ${fingerprint.slice(0, 12)}`;
    return html`<tr>
      <td><button title=${name} @click=${() => this.choose(one)}>${name}</button></td>
      <td>${thousands(statements)}</td><td class=${failed > 0 ? 'failed' : ''}>${failed > 0 ? thousands(failed) : '0'}</td>
      <td>${durationText(totalMs)}</td><td>${took ? durationText(took.p50) : ''}</td><td>${took ? durationText(took.p95) : ''}</td>
      <td>${trend(one)}</td>
    </tr>`;
  }

  private choose(detail: ShapeFigures): void {
    this.dispatchEvent(new CustomEvent('qt-metrics-shape', { detail, bubbles: true, composed: true }));
  }
}

/** The mean duration over the span as a line; where it ran once, a dot. */
function trend({ trendMs }: ShapeFigures) {
  const ran = trendMs.flatMap((ms, index) => (ms === null ? [] : [{ ms, index }]));
  const most = Math.max(...ran.map(({ ms }) => ms), Number.MIN_VALUE);
  const x = (index: number): number => (index / Math.max(1, trendMs.length - 1)) * (TREND_WIDTH - 4) + 2;
  const y = (ms: number): number => TREND_HEIGHT - 2 - (ms / most) * (TREND_HEIGHT - 4);
  const points = ran.map(({ ms, index }) => `${x(index).toFixed(1)},${y(ms).toFixed(1)}`).join(' ');
  const last = ran.at(-1);
  return html`<svg
    width=${TREND_WIDTH}
    height=${TREND_HEIGHT}
    role="img"
    aria-label=${last ? `mean up to ${durationText(most)}, lately ${durationText(last.ms)}` : 'not run'}
  >
    ${svg`<polyline points=${points}></polyline>`}
    ${last ? svg`<circle cx=${x(last.index)} cy=${y(last.ms)} r="2"></circle>` : ''}
  </svg>`;
}

customElements.define('qt-shape-table', QtShapeTable);
