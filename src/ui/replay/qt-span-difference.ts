import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import type { ShapeSummary, SpanSummary, Step } from '../../events/replay-view.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import { differenceOf, type ShapePair, type StepDifference } from './span-difference.ts';

/** Rows of one table. */
const ROWS_MAX = 12;

/** Two spans side by side: good against bad. Fires `qt-difference` with the record of a difference to go to. */
export class QtSpanDifference extends LitElement {
  static override properties = {
    good: { attribute: false },
    goodName: {},
    bad: { attribute: false },
    place: { state: true },
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
      .differences { margin-bottom: 8px; padding: 8px 10px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); }
      .steps { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; margin-bottom: 4px; }
      .steps button { color: var(--qt-accent); min-height: 24px; }
      .steps button:disabled { color: var(--qt-fg-faint); }
      dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 10px; margin: 0; }
      dt { color: var(--qt-fg-muted); }
      dd { margin: 0; overflow-wrap: anywhere; user-select: text; }
      b { font-weight: 600; }
      p { margin: 0 0 8px; }
      .quiet { color: var(--qt-fg-muted); }
    `,
  ];

  declare good: SpanSummary;
  /** Where the good one is from. */
  declare goodName: string;
  declare bad: SpanSummary;
  /** Which difference is shown, from 0. */
  declare protected place: number;

  constructor() {
    super();
    this.place = 0;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('good') || changed.has('bad')) this.place = 0;
  }

  protected override render() {
    const { outcomes, shapes, differences, onlyGood, causes } = differenceOf(this.good, this.bad);
    return html`
      <p class="quiet">Good: ${this.goodName}. Bad: what is shown.</p>
      <table>
        <thead><tr><th scope="col">statements</th><th scope="col" class="number">good</th><th scope="col" class="number">bad</th></tr></thead>
        <tbody>${outcomes.map(
          ({ name, good, bad }) => html`<tr>
            <td>${name}</td>
            <td class="number">${thousands(good)}</td>
            <td class="number">${thousands(bad)}</td>
          </tr>`,
        )}</tbody>
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
      ${this.differences(differences)}
      ${onlyGood.length === 0 ? nothing : html`<p>Steps of the good one alone: ${thousands(onlyGood.length)}</p>${stepList(onlyGood)}`}
      ${this.good.stepsCut || this.bad.stepsCut ? html`<p class="quiet">A tape has too many kinds of steps to compare all of them.</p>` : nothing}`;
  }

  /** One difference after the other, in the order of the bad one. */
  private differences(differences: readonly StepDifference[]) {
    const shown = differences[this.place];
    if (!shown) return html`<p class="quiet">The bad one takes no step that the good one does not.</p>`;
    const { bad, good, differs } = shown;
    const to = (place: number): void => {
      this.place = place;
      this.goTo(differences[place]!);
    };
    return html`<div class="differences" role="group" aria-label="Differences">
      <div class="steps">
        <b data-testid="difference">Difference ${thousands(this.place + 1)} of ${thousands(differences.length)}</b>
        <button type="button" ?disabled=${this.place === 0} @click=${() => to(this.place - 1)}>Previous</button>
        <button
          type="button"
          ?disabled=${this.place === differences.length - 1}
          @click=${() => to(this.place + 1)}
        >Next</button>
        <button type="button" @click=${() => this.goTo(shown)}>Go to it</button>
      </div>
      <dl>
        <dt>bad</dt><dd data-testid="difference-bad">${stepText(bad)}</dd>
        <dt>good</dt><dd data-testid="difference-good">${good ? stepText(good) : `no ${bad.machine} was in this state`}</dd>
        ${differs.length === 0 ? nothing : html`<dt>another</dt><dd data-testid="difference-fields"><b>${differs.join(', ')}</b></dd>`}
      </dl>
    </div>`;
  }

  private shape({ shape, good, bad }: ShapePair) {
    const isWorse = good !== null && bad !== null && bad.p95Ms > good.p95Ms * 1.5;
    return html`<tr>
      <td class="shape">${shape === '' ? 'not known' : shape}</td>
      <td class="number">${within(good)}</td>
      <td class="number ${isWorse ? 'worse' : ''}">${within(bad)}</td>
    </tr>`;
  }

  private goTo({ bad }: StepDifference): void {
    this.dispatchEvent(new CustomEvent('qt-difference', { detail: bad.seq, bubbles: true, composed: true }));
  }
}

function within(shape: ShapeSummary | null) {
  return shape === null ? '–' : `${durationText(shape.p95Ms)} · ${thousands(shape.count)}×`;
}

function stepList(steps: readonly Step[]) {
  return html`<ul>${steps.slice(0, ROWS_MAX).map((step) => html`<li>${stepText(step)}</li>`)}</ul>
  ${steps.length > ROWS_MAX ? html`<p class="quiet">and ${thousands(steps.length - ROWS_MAX)} more</p>` : nothing}`;
}

/** A step, how often it was taken, and where first. */
function stepText({ machine, from, event, to, words, times, seq }: Step): string {
  const fields = words.map(([field, word]) => `${field} ${word}`);
  const how = [event, ...fields].join(', ');
  return `${machine}: ${from ?? 'created'} → ${to} by ${how}; ${thousands(times)}×, first at event ${thousands(seq)}`;
}

customElements.define('qt-span-difference', QtSpanDifference);
