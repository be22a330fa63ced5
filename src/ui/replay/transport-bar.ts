import { html, nothing } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import type { OpenReplay } from '../../events/replay-view.ts';
import { icon } from '../controls/icons.ts';
import { option } from '../controls/option.ts';
import { thousands } from '../format/format.ts';
import { stamp } from '../format/timestamp.ts';
import type { ReplayModel } from './replay-model.ts';

const SPEEDS = [1, 10, 100, 1000];
/** By how much one press of a zoom button changes the span. */
export const ZOOM = 2;

/** What the bar does beside moving the model. */
export interface TransportActs {
  /** Sets the speed of play, as a multiple of the tape's own pace. */
  pace(speed: number): void;
  zoom(factor: number): void;
}

/**
 * The bar that moves on the tape: scrub and pin above; play, step, next failure and zoom below.
 *
 * @param speed of the next play
 */
export function transportBar(model: ReplayModel, replay: OpenReplay, speed: number, acts: TransportActs) {
  const { seq, span } = model;
  const where = `event ${thousands(seq)} of ${thousands(replay.lastSeq)} · ${when(model)}`;
  return html`<div class="foot">
    <div class="line">
      <input
        type="range"
        aria-label="Event"
        min=${replay.firstSeq}
        max=${replay.lastSeq}
        .value=${String(seq)}
        @input=${(event: Event) => model.go(Number((event.target as HTMLInputElement).value))}
      />
      <span class="where" data-testid="replay-where">${where}</span>
      <button
        class="button"
        type="button"
        aria-pressed=${model.pins.some((pin) => pin.seq === seq)}
        title="Pin this event, to write a note on it (P)"
        @click=${() => model.pin()}
      >Pin</button>
    </div>
    ${model.notice === '' ? nothing : html`<div class="line"><span class="notice" role="status">${model.notice}</span></div>`}
    <div class="line">
      ${button(html`${icon('chevron-left', 13)}Back`, () => model.go(seq - 1), 'The event before (←)')}
      ${playButton(model, speed)}
      <select
        class="input"
        aria-label="Pace"
        @change=${(event: Event) => acts.pace(Number((event.target as HTMLSelectElement).value))}
      >
        ${SPEEDS.map((one) => option(one, `${one}×`, one === speed))}
      </select>
      ${button(html`Step${icon('chevron-right', 13)}`, () => model.go(seq + 1), 'The next event (→)')}
      <span class="leaps">
        Failure
        ${small('chevron-left', 'Previous failure', 'Previous failure (Shift ←)', () => void model.next('back', 'failure'))}
        ${small('chevron-right', 'Next failure', 'Next failure (Shift →)', () => void model.next('forward', 'failure'))}
      </span>
      <span class="leaps">
        Cancel
        ${small('chevron-right', 'Next cancel', 'Next cancel', () => void model.next('forward', 'cancel'))}
      </span>
      <span class="zoom">
        ${small('minus', 'Zoom out', 'Zoom out (−)', () => acts.zoom(ZOOM))}
        ${small('plus', 'Zoom in', 'Zoom in (+)', () => acts.zoom(1 / ZOOM))}
        ${button('Only this', () => model.keepTo(span), 'Every pane keeps to what the timeline shows (R)')}
        ${button(`${durationText(span.to - span.from)} shown`, () => model.keepTo(null), 'The whole tape (0)')}
      </span>
    </div>
  </div>`;
}

function small(name: Parameters<typeof icon>[0], label: string, title: string, act: () => void) {
  return html`<button
    class="button small"
    type="button"
    title=${title}
    aria-label=${label}
    @click=${act}
  >${icon(name, 13)}</button>`;
}

function button(words: unknown, act: () => void, title: string | typeof nothing = nothing) {
  return html`<button class="button" type="button" title=${title} @click=${act}>${words}</button>`;
}

function playButton(model: ReplayModel, speed: number) {
  const isPlaying = model.speed > 0;
  return html`<button
    class="button primary"
    type="button"
    data-testid="replay-play"
    @click=${() => void model.play(isPlaying ? 0 : speed)}
  >${icon(isPlaying ? 'square' : 'play', 13)}${isPlaying ? 'Stop' : 'Play'}</button>`;
}

/** The time of the event that is shown; empty until it was read. */
function when({ instant }: ReplayModel): string {
  if (!instant) return '';
  return stamp(instant.at);
}
