import { css, html, LitElement, nothing } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import type { Hit, ShapeSummary, SpanSummary } from '../../events/replay-view.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import { differenceOf, type ShapePair } from './span-difference.ts';

/** Rows of one table. */
const ROWS_MAX = 12;

/** Two spans side by side: good against bad. Fires `qt-first-difference`. */
export class QtSpanDifference extends LitElement {
  static override properties = {
    good: { attribute: false },
    goodName: {},
    bad: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 12px; line-height: 18px; }
      table { width: 100%; border-collapse: collapse; margin-bottom: 8px; }
      th { text-align: left; font-weight: 500; color: var(--qt-fg-muted); }
      th, td { padding: 2px 8px 2px 0; vertical-align: top; border-bottom: 1px solid var(--qt-border); overflow-wrap: anywhere; }
      .number { padding-left: 8px; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
      .shape { font-family: var(--qt-font-mono); font-size: 11px; user-select: text; }
      .worse { color: var(--qt-state-failed); font-weight: 600; }
      ul { margin: 0 0 8px; padding-left: 16px; overflow-wrap: anywhere; }
      .first { color: var(--qt-accent); min-height: 24px; }
      p { margin: 0 0 8px; }
      .quiet { color: var(--qt-fg-muted); }
    `,
  ];

  declare good: SpanSummary;
  /** Where the good one is from. */
  declare goodName: string;
  declare bad: SpanSummary;

  protected override render() {
    const { outcomes, shapes, onlyBad, onlyGood, causes } = differenceOf(this.good, this.bad);
    return html`
      <p class="quiet">Good: ${this.goodName}. Bad: what is shown.</p>
      <table>
        <thead><tr><th scope="col">statements</th><th scope="col" class="number">good</th><th scope="col" class="number">bad</th></tr></thead>
        <tbody>${outcomes.map(({ name, good, bad }) => html`<tr><td>${name}</td><td class="number">${thousands(good)}</td><td class="number">${thousands(bad)}</td></tr>`)}</tbody>
      </table>
      ${
        shapes.length === 0
          ? nothing
          : html`<table>
              <thead><tr><th scope="col">shape, 95 of 100 within</th><th scope="col" class="number">good</th><th scope="col" class="number">bad</th></tr></thead>
              <tbody>${shapes.slice(0, ROWS_MAX).map((pair) => this.shape(pair))}</tbody>
            </table>`
      }
      ${causes.length === 0 ? nothing : html`<p>Went wrong in the bad one alone: ${causes.join(' · ')}.</p>`}
      ${
        onlyBad.length === 0
          ? html`<p class="quiet">The bad one takes no transition that the good one does not.</p>`
          : html`<p>Transitions of the bad one alone: ${thousands(onlyBad.length)}
              <button class="first" type="button" @click=${() => this.first(onlyBad)}>Go to the first difference</button></p>
            ${transitions(onlyBad)}`
      }
      ${onlyGood.length === 0 ? nothing : html`<p>Transitions of the good one alone: ${thousands(onlyGood.length)}</p>${transitions(onlyGood)}`}`;
  }

  private shape({ shape, good, bad }: ShapePair) {
    const isWorse = good !== null && bad !== null && bad.p95Ms > good.p95Ms * 1.5;
    return html`<tr><td class="shape">${shape === '' ? 'not known' : shape}</td><td class="number">${within(good)}</td><td class="number ${isWorse ? 'worse' : ''}">${within(bad)}</td></tr>`;
  }

  private first(hits: readonly Hit[]): void {
    this.dispatchEvent(
      new CustomEvent('qt-first-difference', { detail: hits, bubbles: true, composed: true }),
    );
  }
}

function within(shape: ShapeSummary | null) {
  return shape === null ? '–' : `${durationText(shape.p95Ms)} · ${thousands(shape.count)}×`;
}

function transitions(hits: readonly Hit[]) {
  return html`<ul>
    ${hits.slice(0, ROWS_MAX).map(({ machine, from, event, to, times }) => html`<li>${machine.split('@')[0]}: ${from ?? 'created'} → ${to} by ${event}, ${thousands(times)}×</li>`)}
  </ul>
  ${hits.length > ROWS_MAX ? html`<p class="quiet">and ${thousands(hits.length - ROWS_MAX)} more</p>` : nothing}`;
}

customElements.define('qt-span-difference', QtSpanDifference);
