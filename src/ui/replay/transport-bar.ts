import { html, nothing } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import type { OpenReplay } from '../../events/replay-view.ts';
import { icon } from '../controls/icons.ts';
import { option } from '../controls/option.ts';
import { thousands } from '../format/format.ts';
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
 * The bar that moves on the tape: play, step, next failure, scrub, pin, zoom.
 *
 * @param speed of the next play
 */
export function transportBar(model: ReplayModel, replay: OpenReplay, speed: number, acts: TransportActs) {
  const { seq, span } = model;
  const where = `event ${thousands(seq)} of ${thousands(replay.lastSeq)} · ${when(model)}`;
  return html`<div class="foot">
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
    ${button('Previous failure', () => void model.next('back', 'failure'), 'Shift ←')}
    ${button('Next failure', () => void model.next('forward', 'failure'), 'Shift →')}
    ${button('Next cancel', () => void model.next('forward', 'cancel'))}
    <input
      type="range"
      aria-label="Event"
      min=${replay.firstSeq}
      max=${replay.lastSeq}
      .value=${String(seq)}
      @input=${(event: Event) => model.go(Number((event.target as HTMLInputElement).value))}
    />
    <button
      class="button"
      type="button"
      aria-pressed=${model.pins.some((pin) => pin.seq === seq)}
      title="Pin this event, to write a note on it (P)"
      @click=${() => model.pin()}
    >Pin</button>
    ${model.notice === '' ? nothing : html`<span class="notice" role="status">${model.notice}</span>`}
    <span class="where" data-testid="replay-where">${where}</span>
    <button
      class="button"
      type="button"
      title="Zoom in (+)"
      aria-label="Zoom in"
      @click=${() => acts.zoom(1 / ZOOM)}
    >+</button>
    <button
      class="button"
      type="button"
      title="Zoom out (−)"
      aria-label="Zoom out"
      @click=${() => acts.zoom(ZOOM)}
    >−</button>
    ${button('Only this', () => model.keepTo(span), 'Every pane keeps to what the timeline shows (R)')}
    ${button(`${durationText(span.to - span.from)} shown`, () => model.keepTo(null), 'The whole tape (0)')}
  </div>`;
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
  return new Date(instant.at).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' });
}
