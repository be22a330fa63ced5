import { html, nothing } from 'lit';
import type { AskHit } from '../../events/ask/asker.ts';
import type { Finding } from '../../events/diagnosis/report.ts';
import { durationText } from '../../events/duration-text.ts';
import type { EventFilter, SpanSummary } from '../../events/replay-view.ts';
import { actorName } from '../format/actor-name.ts';
import { thousands } from '../format/format.ts';
import { stateColour } from '../format/state-colour.ts';
import '../tape/qt-diagnosis.ts';
import '../tape/qt-tape-list.ts';
import './qt-actor-instant.ts';
import './qt-event-filter.ts';
import './qt-pins.ts';
import './qt-slowest.ts';
import './qt-span-difference.ts';
import { instantLines } from './instant-lines.ts';
import type { ReplayModel } from './replay-model.ts';
import type { Pin } from './replay-place.ts';
import { timeWords } from './time-span.ts';

/** Hits of an expression that are listed; the arrows lead to all. */
const HITS_LISTED = 100;

/** What is chosen in the panes at the side. */
export interface StoryActs {
  /** Shows an event with its actor. */
  chooseEvent(seq: number | null): void;
  /** Compares with this span from now on; null ends the comparison. */
  setGood(summary: SpanSummary | null): void;
}

/**
 * The panes at the side: what happened up to the instant, and the events around it.
 *
 * @param goodName where the good span is from
 */
export function replayStory(model: ReplayModel, goodName: string, acts: StoryActs) {
  const { seq, diagnosis, summary, range } = model;
  const where = range ? ' in the range' : '';
  const findings = html`<qt-diagnosis
    named
    .findings=${diagnosis}
    @qt-choose-subject=${({ detail: { subject, events } }: CustomEvent<Finding>) => model.go(events.at(-1) ?? seq, subject.id)}
  ></qt-diagnosis>`;
  const slowest = html`<section><h3>Slowest${where}</h3><qt-slowest .summary=${summary}></qt-slowest></section>`;
  return html`<aside
    aria-label="At this instant"
    @qt-choose-event=${({ detail }: CustomEvent<number | null>) => acts.chooseEvent(detail)}
  >
    <div class="story" tabindex="0" role="group" aria-label="What happened">
      ${chosenActor(model)}
      ${pinned(model)}
      ${model.asked.progress ? askedHits(model) : nothing}
      <section><h3>What went wrong${where}</h3>${diagnosis ? findings : 'Reading …'}</section>
      ${comparison(model, goodName, acts)}
      ${summary ? slowest : nothing}
      <section><h3>Alive at event ${thousands(seq)}</h3>${living(model)}</section>
    </div>
    ${events(model)}
  </aside>`;
}

function chosenActor({ actor, actorInstant, seq, timeline }: ReplayModel) {
  if (actorInstant)
    return html`<section><qt-actor-instant .instant=${actorInstant}></qt-actor-instant></section>`;
  if (actor === null) return nothing;
  const kind = timeline?.lanes.find((lane) => lane.actor === actor)?.kind;
  const name = kind ? actorName(kind, actor) : actor;
  return html`<section><p class="quiet">The ${name} does not exist yet at event ${thousands(seq)}.</p></section>`;
}

function pinned(model: ReplayModel) {
  if (model.pins.length === 0) return nothing;
  return html`<section><h3>Pinned</h3><qt-pins
    .pins=${model.pins}
    .seq=${model.seq}
    @qt-pins=${({ detail }: CustomEvent<readonly Pin[]>) => model.setPins(detail)}
  ></qt-pins></section>`;
}

/** The hits of the expression, in the order in which they began. */
function askedHits(model: ReplayModel) {
  const { askHits: hits, range } = model;
  const count = `${thousands(hits.length)} ${hits.length === 1 ? 'hit' : 'hits'}`;
  const more = html`<p class="quiet">
    and ${thousands(hits.length - HITS_LISTED)} more; the arrows beside Ask lead to all.
  </p>`;
  return html`<section><h3>Asked: ${count}${range ? ' in the range' : ''}</h3>
    <ul class="living" data-testid="ask-hits">
      ${hits.slice(0, HITS_LISTED).map((hit) => hitLine(model, hit))}
    </ul>
    ${hits.length > HITS_LISTED ? more : nothing}
  </section>`;
}

function hitLine(model: ReplayModel, hit: AskHit) {
  const { at, seq, kind, actor } = hit;
  const isShown = seq === model.seq;
  return html`<li><button
    type="button"
    aria-current=${isShown ? 'true' : 'false'}
    @click=${() => model.go(seq, actor)}
  >
    <span class="dot running"></span>
    <span>${timeWords(at, model.span)} · ${actorName(kind, actor)}</span>
    <span class="detail">${lasted(hit)}</span>
  </button></li>`;
}

/** How long a hit lasted. */
function lasted({ at, until }: AskHit): string {
  if (until === null) return 'to the end';
  return until === at ? 'at this event' : `for ${durationText(until - at)}`;
}

/** What is shown against a span that went well, of this tape or of another one. */
function comparison(model: ReplayModel, goodName: string, { setGood }: StoryActs) {
  const { good, summary, range, replay } = model;
  if (!summary || !replay) return nothing;
  const isSame = good === summary;
  const advice = isSame
    ? 'This is the good one. Choose another range, or open another bundle.'
    : 'Choose what went well, then another range or bundle.';
  const compared = html`<qt-span-difference
    .good=${good}
    goodName=${goodName}
    .bad=${summary}
    @qt-difference=${({ detail }: CustomEvent<number>) => void model.goWithActor(detail)}
  ></qt-span-difference>`;
  return html`<section><h3>Side by side</h3>
    ${good && !isSame ? compared : html`<p class="quiet">${advice}</p>`}
    <button
      class="button"
      type="button"
      @click=${() => setGood(good ? null : summary)}
    >${good ? 'Forget the good one' : `${range ? 'This range' : 'This tape'} is the good one`}</button>
  </section>`;
}

/** Every session, connection, statement and tunnel at the instant. */
function living(model: ReplayModel) {
  const lines = model.instant ? instantLines(model.instant) : [];
  if (lines.length === 0) return html`<p class="quiet">No session was open.</p>`;
  return html`<ul class="living">
    ${lines.map(
      ({ actor, kind, name, state, detail }) =>
        html`<li><button
          class=${kind}
          type="button"
          title="${name}: ${state}\n${detail}"
          @click=${() => model.go(model.seq, actor)}
        >
          <span class="dot ${stateColour(kind, state)}"></span>
          <span>${name} · ${state}</span>
          <span class="detail">${detail}</span>
        </button></li>`,
    )}
  </ul>`;
}

/** The events around the one that is shown, as far as the filter lets them pass. */
function events(model: ReplayModel) {
  const { records, seq, filter, found, actor } = model;
  const step = ({ detail }: CustomEvent<1 | -1>): void =>
    void model.nextMatch(detail === 1 ? 'forward' : 'back');
  return html`<div class="events"><h3>Events</h3>
    <qt-event-filter
      .filter=${filter}
      .found=${found}
      .actor=${actor}
      @qt-filter=${({ detail }: CustomEvent<EventFilter>) => model.listOnly(detail)}
      @qt-filter-step=${step}
    ></qt-event-filter>
    <qt-tape-list .envelopes=${records} .all=${records} .chosen=${seq}></qt-tape-list>
  </div>`;
}
