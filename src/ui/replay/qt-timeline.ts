import { css, html, LitElement, nothing, svg } from 'lit';
import type { AskHit } from '../../events/ask/asker.ts';
import type { Timeline } from '../../events/replay-view.ts';
import { shared } from '../controls/shared.css.ts';
import { actorName } from '../format/actor-name.ts';
import { thousands } from '../format/format.ts';
import { stateColour } from '../format/state-colour.ts';
import { type OrderedLane, orderedLanes } from './lane-order.ts';
import { type TimeSpan, ticks, timeWords, zoomed } from './time-span.ts';

/** A wheel's notch, or a press of + or −. */
const ZOOM = 1.5;
const TICKS = 8;
/** Of the axis: what begins further right has no room for its words. */
const WORDS_UP_TO = 0.93;
/** The narrowest bar, in per cent of the axis, so that an end can be seen. */
const SHORTEST = 0.4;
/** A drag that is shorter is a click. */
const DRAG_PX = 4;

/**
 * The timeline: a lane per actor, coloured by its states, and where what was asked held. A click chooses an actor and a time, a drag a
 * range; the wheel with Ctrl zooms. Fires `qt-timeline-go` with `{at, actor}`, `qt-timeline-range` and `qt-timeline-span` with a span.
 */
export class QtTimeline extends LitElement {
  static override properties = {
    timeline: { attribute: false },
    span: { attribute: false },
    at: { type: Number },
    actor: { type: String },
    asked: { attribute: false },
    drag: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-width: 0; min-height: 0; --names: 210px; }
      .axis, .lane { display: grid; grid-template-columns: var(--names) minmax(0, 1fr); align-items: center; }
      .axis { overflow: hidden; scrollbar-gutter: stable; flex: none; height: 30px; border-bottom: 1px solid var(--qt-border); color: var(--qt-fg-muted); font-size: 11px; user-select: none; }
      .axis .name { font-weight: 600; }
      .axis svg, .bar { display: block; width: 100%; height: 30px; overflow: hidden; }
      .axis svg { cursor: col-resize; }
      .axis text { fill: var(--qt-fg-muted); font: 11px var(--qt-font-sans); }
      .axis .tick { stroke: var(--qt-border-strong); }
      .axis .density { fill: var(--qt-border-strong); }
      .axis .failures { fill: var(--qt-state-failed); }
      .axis .cancels { fill: var(--qt-state-waiting); }
      .axis .chosen { fill: var(--qt-accent-soft); stroke: var(--qt-accent); }
      ul { list-style: none; margin: 0; padding: 0; overflow: auto; flex: 1; scrollbar-gutter: stable; }
      .lane { width: 100%; height: 30px; padding: 0; text-align: left; border-bottom: 1px solid var(--qt-border); font-size: 12px; }
      .lane:hover { background: var(--qt-bg-hover); }
      .lane[aria-pressed='true'] { background: var(--qt-accent-soft); }
      .lane:focus-visible { outline-offset: -2px; }
      .name { padding: 0 8px 0 16px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .d1 .name { padding-left: 30px; }
      .d2 .name { padding-left: 44px; }
      .d3 .name { padding-left: 58px; }
      .bar rect { fill: var(--qt-fg-faint); }
      .bar rect.running { fill: var(--qt-state-running); }
      .bar rect.well { fill: var(--qt-state-well); }
      .bar rect.waiting { fill: var(--qt-state-waiting); }
      .bar rect.failed { fill: var(--qt-state-failed); }
      .bar rect.quiet { fill: var(--qt-border-strong); }
      .bar rect.hollow { fill: var(--qt-border); }
      /* What is open and does nothing is at rest: colour is for what happens. */
      :is(.workspace, .tab, .connection) .bar rect.well { fill: var(--qt-border-strong); }
      .head { stroke: var(--qt-state-failed); stroke-width: 1.5; }
      .bar rect.asked, .axis rect.asked { fill: var(--qt-accent); }
      .more { margin: 0; padding: 8px 16px; color: var(--qt-fg-muted); font-size: 12px; }
    `,
  ];

  declare timeline: Timeline | null;
  /** What is shown: the timeline's own span, or where it is on its way to. */
  declare span: TimeSpan;
  /** Time of the record that is shown. */
  declare at: number;
  declare actor: string | null;
  /** When what was asked held, and of which actors. */
  declare asked: readonly AskHit[];
  /** A span that is being dragged over the axis. */
  declare protected drag: TimeSpan | null;

  constructor() {
    super();
    this.timeline = null;
    this.span = { from: 0, to: 1 };
    this.at = 0;
    this.actor = null;
    this.asked = [];
    this.drag = null;
    this.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
  }

  protected override render() {
    const { timeline, span } = this;
    const lanes = timeline ? orderedLanes(timeline.lanes) : [];
    const asked = this.askedHere();
    return html`
      <div class="axis">
        <span class="name">Actors</span>
        <svg data-testid="axis" aria-hidden="true" @pointerdown=${this.press}>
          ${timeline ? this.density(timeline) : nothing}
          ${ticks(span, TICKS).map((at) => this.tick(at))}
          ${placesOf(asked, span).map(
            (share) => svg`<rect class="asked" x="${share}%" y="0" width="0.6%" height="4"></rect>`,
          )}
          ${
            this.drag
              ? svg`<rect
                class="chosen"
                x=${this.x(this.drag.from)}
                width=${this.width(this.drag.from, this.drag.to)}
                y="0"
                height="30"
              ></rect>`
              : nothing
          }
          ${this.playhead()}
        </svg>
      </div>
      <ul aria-label="Actors" @keydown=${this.key}>
        ${lanes.map((one, index) => html`<li>${this.lane(one, one.lane.actor === this.actor || (index === 0 && !lanes.some(({ lane }) => lane.actor === this.actor)), asked)}</li>`)}
      </ul>
      ${timeline && timeline.more > 0 ? html`<p class="more">${thousands(timeline.more)} more actors in this span: zoom in to see them.</p>` : nothing}`;
  }

  private lane({ lane, depth }: OrderedLane, isStop: boolean, asked: readonly AskHit[]) {
    const { span } = this;
    const { actor, kind, stays } = lane;
    const last = stays.at(-1)?.state ?? '';
    const name = actorName(kind, actor);
    return html`<button
      class="lane ${kind} d${Math.min(depth, 3)}"
      type="button"
      data-testid="lane"
      tabindex=${isStop ? 0 : -1}
      aria-pressed=${actor === this.actor}
      aria-label="${name}, ${last}"
      title="${kind} ${actor}\n${last}"
      @click=${(event: MouseEvent) => this.chooseLane(event, actor)}
    >
      <span class="name">${name}</span>
      <svg class="bar" aria-hidden="true">
        ${stays
          .filter(({ from, to }) => from <= span.to && (to ?? span.to) >= span.from)
          .map(
            ({ from, to, state }) =>
              svg`<rect
                class=${stateColour(kind, state)}
                x=${this.x(from)}
                y="9"
                height="12"
                width=${this.width(from, to ?? span.to)}
              ></rect>`,
          )}
        ${asked
          .filter((one) => one.actor === actor)
          .map(
            ({ at, until }) =>
              svg`<rect
                class="asked"
                x=${this.x(at)}
                y="24"
                height="3"
                width=${this.width(at, until ?? span.to)}
              ></rect>`,
          )}
        ${this.playhead()}
      </svg>
    </button>`;
  }

  /** Hits of what was asked that reach into what is shown. */
  private askedHere(): readonly AskHit[] {
    const { from, to } = this.span;
    return this.asked.filter((one) => one.at <= to && (one.until ?? to) >= from);
  }

  /** How much happened when, and where a failure or a cancel was. */
  private density({ from, to, density, marks }: Timeline) {
    const most = Math.max(1, ...density);
    const step = (to - from) / density.length;
    return density.map((count, index) => {
      if (count === 0) return nothing;
      const at = from + index * step;
      const height = Math.max(1, (count / most) * 10);
      const kind = marks.failure[index] ? 'failures' : marks.cancel[index] ? 'cancels' : 'density';
      return svg`<rect
        class=${kind}
        x=${this.x(at)}
        width=${this.width(at, at + step)}
        y=${30 - height}
        height=${height}
      ></rect>`;
    });
  }

  private tick(at: number) {
    const { span } = this;
    const hasRoom = (at - span.from) / (span.to - span.from) <= WORDS_UP_TO;
    return svg`<line class="tick" x1=${this.x(at)} x2=${this.x(at)} y1="18" y2="30"></line>
      ${hasRoom ? svg`<text x=${this.x(at)} dx="4" y="13">${timeWords(at, span)}</text>` : nothing}`;
  }

  private playhead() {
    if (this.at < this.span.from || this.at > this.span.to) return nothing;
    return svg`<line class="head" x1=${this.x(this.at)} x2=${this.x(this.at)} y1="0" y2="30"></line>`;
  }

  private x(at: number): string {
    const { from, to } = this.span;
    return `${((Math.min(Math.max(at, from), to) - from) / Math.max(1, to - from)) * 100}%`;
  }

  private width(from: number, to: number): string {
    const { span } = this;
    const inside = Math.min(to, span.to) - Math.max(from, span.from);
    return `${Math.max(SHORTEST, (inside / Math.max(1, span.to - span.from)) * 100)}%`;
  }

  private timeOf(clientX: number): number {
    const axis = this.renderRoot.querySelector('.axis svg')!.getBoundingClientRect();
    const share = Math.min(Math.max((clientX - axis.left) / axis.width, 0), 1);
    return this.span.from + share * (this.span.to - this.span.from);
  }

  /** A press on the axis: a drag chooses a span, a click a time. */
  private press(event: PointerEvent): void {
    const axis = event.currentTarget as SVGElement;
    const begun = event.clientX;
    axis.setPointerCapture(event.pointerId);
    const move = ({ clientX }: PointerEvent): void => {
      const [from, to] = [this.timeOf(begun), this.timeOf(clientX)].sort((a, b) => a - b) as [number, number];
      this.drag = Math.abs(clientX - begun) < DRAG_PX ? null : { from, to };
    };
    const up = ({ clientX }: PointerEvent): void => {
      axis.removeEventListener('pointermove', move);
      axis.removeEventListener('pointerup', up);
      if (this.drag) this.fire('qt-timeline-range', this.drag);
      else this.fire('qt-timeline-go', { at: this.timeOf(clientX), actor: this.actor });
      this.drag = null;
    };
    axis.addEventListener('pointermove', move);
    axis.addEventListener('pointerup', up);
  }

  /** By the pointer a time is chosen too; by the keyboard the actor alone. */
  private chooseLane({ clientX, detail }: MouseEvent, actor: string): void {
    const axis = this.renderRoot.querySelector('.axis svg')!.getBoundingClientRect();
    const at = detail > 0 && clientX >= axis.left ? this.timeOf(clientX) : null;
    this.fire('qt-timeline-go', { at, actor });
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
    event.preventDefault();
    const { span } = this;
    if (event.shiftKey && !event.ctrlKey && !event.metaKey) {
      const by = ((event.deltaX || event.deltaY) / 1000) * (span.to - span.from);
      this.fire('qt-timeline-span', { from: span.from + by, to: span.to + by });
    } else
      this.fire(
        'qt-timeline-span',
        zoomed(span, event.deltaY > 0 ? ZOOM : 1 / ZOOM, this.timeOf(event.clientX)),
      );
  }

  /** Up, Down, Home and End go from lane to lane; one is in the tab order. */
  private key(event: KeyboardEvent): void {
    const lanes = [...this.renderRoot.querySelectorAll<HTMLElement>('.lane')];
    const at = lanes.indexOf(event.composedPath()[0] as HTMLElement);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: lanes.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    lanes[to]?.focus();
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** Where on the axis hits are, in per cent, each place once. */
function placesOf(hits: readonly AskHit[], { from, to }: TimeSpan): number[] {
  const share = 200 / Math.max(1, to - from);
  return [...new Set(hits.map(({ at }) => Math.max(0, Math.floor((at - from) * share)) / 2))];
}

customElements.define('qt-timeline', QtTimeline);
