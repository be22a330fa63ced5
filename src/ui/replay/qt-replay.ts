import { css, html, LitElement, nothing } from 'lit';
import type { AskHit } from '../../events/ask/asker.ts';
import type { Chart } from '../../events/chart.ts';
import { durationText } from '../../events/duration-text.ts';
import { replayOfFragment } from '../../events/replay-fragment.ts';
import type { EventFilter, Hit, OpenReplay, SpanSummary } from '../../events/replay-view.ts';
import { saveText } from '../api/request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { icon } from '../controls/icons.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import { stateColour } from '../format/state-colour.ts';
import '../tape/qt-diagnosis.ts';
import '../tape/qt-tape-list.ts';
import './qt-actor-instant.ts';
import './qt-ask.ts';
import './qt-event-filter.ts';
import './qt-machine-chart.ts';
import './qt-pins.ts';
import './qt-slowest.ts';
import './qt-span-difference.ts';
import './qt-timeline.ts';
import { instantLines } from './instant-lines.ts';
import { actorName } from './lane-order.ts';
import { ReplayModel } from './replay-model.ts';
import { linkOf, type Pin, placeOfLink, placeText, type ReplayPlace, readPlace } from './replay-place.ts';
import { replayVerdict } from './replay-verdict.ts';
import { type TimeSpan, timeWords, zoomed } from './time-span.ts';

const SPEEDS = [1, 10, 100, 1000];
/** A press of a zoom button. */
const ZOOM = 2;
/** Hits of what was asked that are listed; the arrows lead to all. */
const HITS_LISTED = 100;

/**
 * A tape at any instant of it: the live one, or a bundle that is chosen or dropped. First the verdict, then what went wrong, then the
 * timeline; beside it the chosen actor, everything that lives at the instant, and the events. It asks a thread that can reach no server.
 */
export class QtReplay extends LitElement {
  static override properties = {
    charts: { attribute: false },
    speed: { state: true },
    name: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog { width: 100vw; height: 100vh; max-width: none; max-height: none; border: 0; border-radius: 0; background: var(--qt-bg); }
      .head { border-bottom: 1px solid var(--qt-border); background: var(--qt-bg-raised); }
      .head .source { color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .head .button { margin-left: auto; }
      .head .icon, .head .second { margin-left: 0; }
      .verdict { flex: none; display: flex; gap: 10px; align-items: center; padding: 8px 18px; border-bottom: 1px solid var(--qt-border); }
      .verdict strong { font-weight: 600; }
      .verdict .when { color: var(--qt-fg-muted); }
      .verdict .private { margin-left: auto; color: var(--qt-fg-muted); font-size: 12px; }
      .verdict progress { width: 120px; accent-color: var(--qt-accent); }
      .range { display: inline-flex; align-items: center; gap: 4px; padding-left: 8px; border: 1px solid var(--qt-accent); border-radius: var(--qt-radius); font-size: 12px; white-space: nowrap; font-variant-numeric: tabular-nums; }
      .range .icon { width: 24px; height: 24px; }
      .panes { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) clamp(320px, 28vw, 440px); }
      .left { display: flex; flex-direction: column; min-width: 0; min-height: 0; }
      qt-timeline { flex: 1; }
      qt-machine-chart { flex: 1.3; border-top: 1px solid var(--qt-border); }
      aside { display: flex; flex-direction: column; min-height: 0; border-left: 1px solid var(--qt-border); background: var(--qt-bg-raised); }
      .story { flex: 3; min-height: 0; overflow: auto; padding: 12px 14px; }
      .story:focus-visible { outline-offset: -2px; }
      section + section { margin-top: 18px; }
      .story h3, .events h3 { margin: 0 0 8px; font-size: 12px; font-weight: 600; color: var(--qt-fg-muted); }
      .living { list-style: none; margin: 0; padding: 0; }
      .living button { display: grid; grid-template-columns: 8px auto minmax(0, 1fr); gap: 8px; align-items: center; width: 100%; min-height: 24px; text-align: left; font-size: 12px; }
      .living button:hover { background: var(--qt-bg-hover); }
      .living .query { padding-left: 28px; }
      .living .connection { padding-left: 14px; }
      .living .detail { color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .events { flex: 2; display: flex; flex-direction: column; min-height: 0; border-top: 1px solid var(--qt-border); }
      .events h3 { margin: 0; padding: 8px 14px 4px; }
      qt-tape-list { flex: 1; }
      .foot { gap: 6px; background: var(--qt-bg-raised); flex-wrap: wrap; }
      .foot select { width: auto; height: 30px; }
      .foot input[type='range'] { flex: 1; min-width: 120px; accent-color: var(--qt-accent); }
      .foot .where { font-variant-numeric: tabular-nums; white-space: nowrap; }
      .notice { color: var(--qt-state-waiting); }
      .empty { margin: auto; color: var(--qt-fg-muted); }
      @media (max-width: 760px) { .panes { grid-template-columns: minmax(0, 1fr); } aside { display: none; } }
    `,
  ];

  /** The statecharts by their name on the tape. */
  declare charts: Readonly<Record<string, Chart>>;
  /** The pace that play goes at. */
  declare protected speed: number;
  /** The bundle's file; empty for the live tape. */
  declare protected name: string;
  private readonly model = new ReplayModel(() => this.modelChanged());
  /** Where the good span is from. */
  private goodName = '';
  /** A view whose tape is not open yet. */
  private wanted: ReplayPlace | null = null;
  private readonly dialog = new DialogController(this, {
    closed: () => {
      this.model.good = null;
      this.model.close();
    },
  });

  constructor() {
    super();
    this.charts = {};
    this.speed = 10;
    this.name = '';
  }

  /** Shows the replay that a link's fragment leads to; otherwise the live tape as it is on disk now, at the fragment's place if any. */
  async open(fragment = ''): Promise<void> {
    const replayId = replayOfFragment(fragment);
    this.name = replayId === null ? '' : 'bundle opened from the command line';
    this.wanted = placeOfLink(fragment);
    void this.model.open(replayId === null ? null : { replayId });
    await this.dialog.open();
  }

  protected override render() {
    const { replay, problem } = this.model;
    const verdict = replay && replayVerdict(replay);
    return html`<dialog aria-labelledby="title" @dragover=${(event: DragEvent) => event.preventDefault()} @drop=${this.drop} @keydown=${this.key}>
      <div class="head">
        ${icon('history')}<h2 id="title">Replay</h2>
        <span class="source">${this.name === '' ? 'this installation’s tape, as it was when you opened it' : this.name}</span>
        ${
          replay && replay.records > 0
            ? html`<button class="button" type="button" title="A link to what is shown, without notes and texts" @click=${this.copyLink}>Copy link</button>
              <button class="button second" type="button" title="A file with this view, its notes and its filter" @click=${this.saveView}>Save view</button>`
            : nothing
        }
        <button class="button ${replay ? 'second' : ''}" type="button" title="A bundle (.qtape), or a view that was saved" @click=${this.chooseFile}>Open a bundle…</button>
        <input type="file" accept=".qtape,.json" hidden @change=${this.chosenFile} />
        <button class="icon" type="button" title="Close (Esc)" aria-label="Close" @click=${this.dialog.leave}>${icon('close')}</button>
      </div>
      <div class="verdict" role="status" data-testid="replay-verdict">
        ${
          verdict && replay
            ? html`<span class="dot ${verdict.colour}"></span><strong>${verdict.words}</strong><span class="when">${whenWords(replay)}</span>
              ${replay.readShare < 1 ? html`<progress aria-label="Reading the tape" max="1" value=${replay.readShare}></progress>` : nothing}
              ${this.rangeChip()}
              <span class="private">no rows, no literals, no secrets inside · nothing here can reach a server</span>`
            : html`<span>${problem === '' ? 'Opening the tape …' : nothing}</span>`
        }
      </div>
      ${problem === '' ? nothing : html`<div class="alert" role="alert">${problem}</div>`}
      ${replay ? (replay.records === 0 ? html`<p class="empty">Nothing was recorded yet.</p>` : this.panes(replay)) : nothing}
    </dialog>`;
  }

  /** The range that every pane keeps to, and the way back to the whole tape. */
  private rangeChip() {
    const { range, summary } = this.model;
    if (!range) return nothing;
    const events = summary && summary.from === range.from && summary.to === range.to ? summary.records : null;
    return html`<span class="range" data-testid="replay-range">Only ${timeWords(range.from, range)} – ${timeWords(range.to, range)}${events === null ? '' : ` · ${thousands(events)} events`}
      <button class="icon" type="button" title="The whole tape again (0)" aria-label="The whole tape again" @click=${() => this.model.keepTo(null)}>${icon('close', 13)}</button></span>`;
  }

  private panes(replay: OpenReplay) {
    const { model } = this;
    const { instant, records, seq, diagnosis, summary, range } = model;
    return html`<div class="panes">
        <div class="left">
          <qt-ask .progress=${model.asked.progress} .problem=${model.asked.problem} failure=${model.asked.failure} .hits=${model.askHits} .seq=${seq}
            @qt-ask=${({ detail }: CustomEvent<string>) => void model.ask(detail)} @qt-ask-stop=${() => void model.asked.stop()}
            @qt-ask-clear=${() => model.asked.clear()} @qt-ask-hit=${({ detail }: CustomEvent<AskHit>) => model.go(detail.seq, detail.actor)}></qt-ask>
          <qt-timeline .timeline=${model.timeline} .span=${model.span} .at=${instant?.at ?? 0} .actor=${model.actor} .asked=${model.askHits}
            @qt-timeline-range=${({ detail }: CustomEvent<TimeSpan>) => model.keepTo(detail)}
            @qt-timeline-go=${({ detail }: CustomEvent<{ at: number | null; actor: string | null }>) => this.goTo(detail)}
            @qt-timeline-span=${({ detail }: CustomEvent<TimeSpan>) => model.show(detail)}></qt-timeline>
          ${this.wholeChart()}
          ${this.foot(replay)}
        </div>
        <aside aria-label="At this instant" @qt-choose-event=${({ detail }: CustomEvent<number | null>) => this.chooseEvent(detail)}>
          <div class="story" tabindex="0" role="group" aria-label="What happened">
            ${this.chosenActor()}
            ${model.pins.length === 0 ? nothing : html`<section><h3>Pinned</h3><qt-pins .pins=${model.pins} .seq=${seq} @qt-pins=${({ detail }: CustomEvent<readonly Pin[]>) => model.setPins(detail)}></qt-pins></section>`}
            ${model.asked.progress ? this.askedHits(model.askHits) : nothing}
            <section><h3>What went wrong${range ? ' in the range' : ''}</h3>${diagnosis ? html`<qt-diagnosis .findings=${diagnosis}></qt-diagnosis>` : 'Reading …'}</section>
            ${this.comparison()}
            ${summary ? html`<section><h3>Slowest${range ? ' in the range' : ''}</h3><qt-slowest .summary=${summary}></qt-slowest></section>` : nothing}
            <section><h3>Alive at event ${thousands(seq)}</h3>${this.living()}</section>
          </div>
          <div class="events"><h3>Events</h3>
            <qt-event-filter .filter=${model.filter} .found=${model.found} .actor=${model.actor}
              @qt-filter=${({ detail }: CustomEvent<EventFilter>) => model.listOnly(detail)}
              @qt-filter-step=${({ detail }: CustomEvent<1 | -1>) => void model.nextMatch(detail === 1 ? 'forward' : 'back')}></qt-event-filter>
            <qt-tape-list .envelopes=${records} .all=${records} .chosen=${seq}></qt-tape-list></div>
        </aside>
      </div>`;
  }

  private chosenActor() {
    const { actor, actorInstant, seq } = this.model;
    if (actorInstant)
      return html`<section><qt-actor-instant .instant=${actorInstant}></qt-actor-instant></section>`;
    return actor === null
      ? nothing
      : html`<section><p class="quiet">${actor} is not there yet at event ${thousands(seq)}.</p></section>`;
  }

  /** What is shown against a span that went well, of this tape or of another one. */
  private comparison() {
    const { good, summary, range, replay } = this.model;
    if (!summary || !replay) return nothing;
    const isSame = good === summary;
    return html`<section><h3>Side by side</h3>
      ${good && !isSame ? html`<qt-span-difference .good=${good} goodName=${this.goodName} .bad=${summary} @qt-first-difference=${({ detail }: CustomEvent<readonly Hit[]>) => void this.model.goToFirst(detail)}></qt-span-difference>` : html`<p class="quiet">${isSame ? 'This is the good one. Choose another range, or open another bundle.' : 'Choose what went well, then another range or bundle.'}</p>`}
      <button class="button" type="button" @click=${() => this.setGood(good ? null : summary)}>${good ? 'Forget the good one' : `${range ? 'This range' : 'This tape'} is the good one`}</button>
    </section>`;
  }

  private setGood(summary: SpanSummary | null): void {
    const { range } = this.model;
    const source = this.name === '' ? 'this installation’s tape' : this.name;
    this.goodName = range
      ? `${source}, ${timeWords(range.from, range)} – ${timeWords(range.to, range)}`
      : source;
    this.model.good = summary;
    this.requestUpdate();
  }

  /** The whole statechart of the chosen actor, below the lanes. */
  private wholeChart() {
    const { actorInstant, summary } = this.model;
    const chart = actorInstant && this.charts[actorInstant.machine];
    if (!actorInstant || !chart) return nothing;
    const { machine, state, previous, record } = actorInstant;
    return html`<qt-machine-chart .chart=${chart} machine=${machine} state=${state} .previous=${previous} event=${record.event.type} .hits=${summary?.hits ?? null}></qt-machine-chart>`;
  }

  /** The hits of what was asked, in the order in which they began. */
  private askedHits(hits: readonly AskHit[]) {
    const { seq } = this.model;
    return html`<section><h3>Asked: ${thousands(hits.length)} ${hits.length === 1 ? 'hit' : 'hits'}${this.model.range ? ' in the range' : ''}</h3>
      <ul class="living" data-testid="ask-hits">
        ${hits.slice(0, HITS_LISTED).map(
          (hit) =>
            html`<li><button type="button" aria-current=${hit.seq === seq ? 'true' : 'false'} @click=${() => this.model.go(hit.seq, hit.actor)}>
              <span class="dot running"></span><span>${timeWords(hit.at, this.model.span)} · ${actorName(hit.kind, hit.actor)}</span><span class="detail">${lasted(hit)}</span>
            </button></li>`,
        )}
      </ul>
      ${hits.length > HITS_LISTED ? html`<p class="quiet">and ${thousands(hits.length - HITS_LISTED)} more; the arrows beside Ask lead to all.</p>` : nothing}
    </section>`;
  }

  private living() {
    const lines = this.model.instant ? instantLines(this.model.instant) : [];
    if (lines.length === 0) return html`<p class="quiet">No session was open.</p>`;
    return html`<ul class="living">
      ${lines.map(
        ({ actor, kind, name, state, detail }) =>
          html`<li><button class=${kind} type="button" title="${name}: ${state}\n${detail}" @click=${() => this.model.go(this.model.seq, actor)}>
            <span class="dot ${stateColour(kind, state)}"></span><span>${name} · ${state}</span><span class="detail">${detail}</span>
          </button></li>`,
      )}
    </ul>`;
  }

  private foot(replay: OpenReplay) {
    const { model } = this;
    const { seq, span, instant } = model;
    const isPlaying = model.speed > 0;
    const when = instant
      ? new Date(instant.at).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' })
      : '';
    return html`<div class="foot">
      <button class="button" type="button" title="The event before (←)" @click=${() => model.go(seq - 1)}>${icon('chevron-left', 13)}Back</button>
      <button class="button primary" type="button" data-testid="replay-play" @click=${() => void model.play(isPlaying ? 0 : this.speed)}>${icon(isPlaying ? 'square' : 'play', 13)}${isPlaying ? 'Stop' : 'Play'}</button>
      <select class="input" aria-label="Pace" @change=${(event: Event) => this.pace(Number((event.target as HTMLSelectElement).value))}>
        ${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === this.speed}>${speed}×</option>`)}
      </select>
      <button class="button" type="button" title="The next event (→)" @click=${() => model.go(seq + 1)}>Step${icon('chevron-right', 13)}</button>
      <button class="button" type="button" title="Shift ←" @click=${() => void model.next('back', 'failure')}>Previous failure</button>
      <button class="button" type="button" title="Shift →" @click=${() => void model.next('forward', 'failure')}>Next failure</button>
      <button class="button" type="button" @click=${() => void model.next('forward', 'cancel')}>Next cancel</button>
      <input type="range" aria-label="Event" min=${replay.firstSeq} max=${replay.lastSeq} .value=${String(seq)}
        @input=${(event: Event) => model.go(Number((event.target as HTMLInputElement).value))} />
      <button class="button" type="button" aria-pressed=${model.pins.some((pin) => pin.seq === seq)} title="Pin this event, to write a note on it (P)" @click=${() => model.pin()}>Pin</button>
      ${model.notice === '' ? nothing : html`<span class="notice" role="status">${model.notice}</span>`}
      <span class="where" data-testid="replay-where">event ${thousands(seq)} of ${thousands(replay.lastSeq)} · ${when}</span>
      <button class="button" type="button" title="Zoom in (+)" aria-label="Zoom in" @click=${() => this.zoom(1 / ZOOM)}>+</button>
      <button class="button" type="button" title="Zoom out (−)" aria-label="Zoom out" @click=${() => this.zoom(ZOOM)}>−</button>
      <button class="button" type="button" title="Every pane keeps to what the timeline shows (R)" @click=${() => model.keepTo(span)}>Only this</button>
      <button class="button" type="button" title="The whole tape (0)" @click=${() => model.keepTo(null)}>${durationText(span.to - span.from)} shown</button>
    </div>`;
  }

  private goTo({ at, actor }: { at: number | null; actor: string | null }): void {
    if (at === null) this.model.go(this.model.seq, actor);
    else void this.model.goAt(at, actor);
  }

  /** An event that is chosen is shown with its actor. */
  private chooseEvent(seq: number | null): void {
    if (seq === null) return;
    const record = this.model.records.find((one) => one.seq === seq);
    if (record) this.model.go(seq, record.machine ? record.actor : this.model.actor);
    else void this.model.goWithActor(seq);
  }

  private pace(speed: number): void {
    this.speed = speed;
    if (this.model.speed > 0) void this.model.play(speed);
  }

  private zoom(factor: number): void {
    const { span, instant } = this.model;
    const middle = (span.from + span.to) / 2;
    const at = instant && instant.at >= span.from && instant.at <= span.to ? instant.at : middle;
    this.model.show(zoomed(span, factor, at));
  }

  /** Keys of the page, where no field or list takes them. */
  private key(event: KeyboardEvent): void {
    const target = event.composedPath()[0] as HTMLElement;
    const { model } = this;
    if (event.defaultPrevented || !model.replay || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^(?:input|select|textarea)$/.test(target.localName)) return;
    const act = {
      ArrowLeft: () => (event.shiftKey ? void model.next('back', 'failure') : model.go(model.seq - 1)),
      ArrowRight: () => (event.shiftKey ? void model.next('forward', 'failure') : model.go(model.seq + 1)),
      '+': () => this.zoom(1 / ZOOM),
      '-': () => this.zoom(ZOOM),
      '0': () => model.keepTo(null),
      r: () => model.keepTo(model.span),
      p: () => model.pin(),
      a: () => this.focusOn('qt-ask'),
      f: () => this.focusOn('qt-event-filter'),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private focusOn(name: string): void {
    this.renderRoot.querySelector<HTMLElement>(name)?.focus();
  }

  private chooseFile(): void {
    this.renderRoot.querySelector<HTMLInputElement>('input[type=file]')!.click();
  }

  private chosenFile(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.openFile(input.files?.[0]);
    input.value = '';
  }

  private drop(event: DragEvent): void {
    event.preventDefault();
    this.openFile(event.dataTransfer?.files[0]);
  }

  /** What waits for its tape is shown once that is open. */
  private modelChanged(): void {
    const { wanted, model } = this;
    if (wanted && model.replay && model.replay.records > 0) {
      this.wanted = null;
      void model.showPlace(wanted);
    }
    this.requestUpdate();
  }

  private async copyLink(): Promise<void> {
    const place = this.model.place();
    if (place) await navigator.clipboard.writeText(`${location.origin}/${linkOf(place)}`);
    this.model.notice =
      'The link was copied. It leads to the tape that is open here, and has no notes and no texts.';
    this.requestUpdate();
  }

  private saveView(): void {
    const place = this.model.place();
    if (!place) return;
    const name = this.name === '' ? 'tape' : this.name.replace(/\.qtape$/, '');
    saveText(`${name}.view.json`, placeText(place));
  }

  private async openView(file: File): Promise<void> {
    try {
      await this.model.showPlace(await readPlace(file));
    } catch (error) {
      this.model.notice = (error as Error).message;
      this.requestUpdate();
    }
  }

  private openFile(file: File | undefined): void {
    if (!file) return;
    if (file.name.endsWith('.json')) {
      void this.openView(file);
      return;
    }
    this.name = file.name;
    void this.model.open(file);
  }
}

/** How long a hit lasted. */
function lasted({ at, until }: AskHit): string {
  if (until === null) return 'to the end';
  return until === at ? 'at this event' : `for ${durationText(until - at)}`;
}

/** From when to when a tape tells. */
function whenWords({ firstAt, lastAt }: OpenReplay): string {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
  return format.formatRange(firstAt, lastAt);
}

customElements.define('qt-replay', QtReplay);
