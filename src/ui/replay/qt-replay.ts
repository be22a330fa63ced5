import { html, LitElement, nothing } from 'lit';
import type { AskHit } from '../../events/ask/asker.ts';
import type { Chart } from '../../events/chart.ts';
import { replayOfFragment } from '../../events/replay-fragment.ts';
import type { OpenReplay, SpanSummary } from '../../events/replay-view.ts';
import { tracePath } from '../../events/trace/trace-wish.ts';
import { download, openTraceHandoff, saveFile } from '../api/request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import type { MenuRequest, QtMenu } from '../controls/qt-menu.ts';
import '../controls/qt-menu.ts';
import { shared } from '../controls/shared.css.ts';
import './qt-ask.ts';
import './qt-machine-chart.ts';
import './qt-timeline.ts';
import { replayStyles } from './replay.css.ts';
import { type HeadActs, replayHead, verdictBar } from './replay-head.ts';
import { ReplayModel } from './replay-model.ts';
import { linkOf, placeOfLink, placeText, type ReplayPlace, readPlace } from './replay-place.ts';
import { replayStory, type StoryActs } from './replay-story.ts';
import { type TimeSpan, timeWords, zoomed } from './time-span.ts';
import { type TransportActs, transportBar, ZOOM } from './transport-bar.ts';

/** Where a click on the timeline leads: to an actor, and to a time where it names one. */
interface TimelinePlace {
  readonly at: number | null;
  readonly actor: string | null;
}

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
  static override styles = [shared, dialogStyles, replayStyles];

  /** The statecharts by their name on the tape. */
  declare charts: Readonly<Record<string, Chart>>;
  /** The pace that play goes at. */
  declare protected speed: number;
  /** The bundle's file; empty for the live tape. */
  declare protected name: string;
  private readonly model = new ReplayModel(() => this.modelChanged());
  private readonly headActs: HeadActs = {
    copyLink: () => void this.copyLink(),
    saveView: () => this.saveView(),
    download: (format) => void this.noticing(download(tracePath(format, this.replayId, this.model.range))),
    openInPerfetto: () => void this.noticing(openTraceHandoff(this.replayId, this.model.range)),
    chooseFile: () => this.renderRoot.querySelector<HTMLInputElement>('input[type=file]')!.click(),
    chosenFile: (file) => this.openFile(file),
    leave: () => this.dialog.leave(),
  };
  private readonly storyActs: StoryActs = {
    chooseEvent: (seq) => this.chooseEvent(seq),
    setGood: (summary) => this.setGood(summary),
  };
  private readonly transportActs: TransportActs = {
    pace: (speed) => this.pace(speed),
    zoom: (factor) => this.zoom(factor),
  };
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
    return html`<dialog
      aria-labelledby="title"
      @dragover=${(event: DragEvent) => event.preventDefault()}
      @drop=${this.drop}
      @keydown=${this.key}
      @qt-menu=${this.openMenu}
    >
      ${replayHead(this.model, this.name, this.headActs)}
      ${verdictBar(this.model)}
      ${problem === '' ? nothing : html`<div class="alert" role="alert">${problem}</div>`}
      ${replay ? this.panes(replay) : nothing}
      <qt-menu></qt-menu>
    </dialog>`;
  }

  private panes(replay: OpenReplay) {
    const { model } = this;
    if (replay.records === 0) return html`<p class="empty">Nothing was recorded yet.</p>`;
    return html`<div class="panes">
      <div class="left">
        ${this.askBar()}
        ${this.timeline()}
        ${this.wholeChart()}
        ${transportBar(model, replay, this.speed, this.transportActs)}
      </div>
      ${replayStory(model, this.goodName, this.storyActs)}
    </div>`;
  }

  private askBar() {
    const { model } = this;
    return html`<qt-ask
      .progress=${model.asked.progress}
      .problem=${model.asked.problem}
      failure=${model.asked.failure}
      .hits=${model.askHits}
      .seq=${model.seq}
      @qt-ask=${({ detail }: CustomEvent<string>) => void model.ask(detail)}
      @qt-ask-stop=${() => void model.asked.stop()}
      @qt-ask-clear=${() => model.asked.clear()}
      @qt-ask-hit=${({ detail }: CustomEvent<AskHit>) => model.go(detail.seq, detail.actor)}
    ></qt-ask>`;
  }

  private timeline() {
    const { model } = this;
    return html`<qt-timeline
      .timeline=${model.timeline}
      .span=${model.span}
      .at=${model.instant?.at ?? 0}
      .actor=${model.actor}
      .asked=${model.askHits}
      @qt-timeline-range=${({ detail }: CustomEvent<TimeSpan>) => model.keepTo(detail)}
      @qt-timeline-go=${({ detail }: CustomEvent<TimelinePlace>) => this.goTo(detail)}
      @qt-timeline-span=${({ detail }: CustomEvent<TimeSpan>) => model.show(detail)}
    ></qt-timeline>`;
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
    return html`<qt-machine-chart
      .chart=${chart}
      machine=${machine}
      state=${state}
      .previous=${previous}
      event=${record.event.type}
      .hits=${summary?.hits ?? null}
    ></qt-machine-chart>`;
  }

  private goTo({ at, actor }: TimelinePlace): void {
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

  /** The page's own menu is outside the dialog, where nothing takes input. */
  private openMenu(event: CustomEvent<MenuRequest>): void {
    event.stopPropagation();
    void this.renderRoot.querySelector<QtMenu>('qt-menu')!.open(event.detail);
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

  private get replayId(): string | null {
    return this.model.replay?.replayId ?? null;
  }

  /** Shows why something could not be done. */
  private async noticing(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.model.notice = (error as Error).message;
      this.requestUpdate();
    }
  }

  private saveView(): void {
    const place = this.model.place();
    if (!place) return;
    const name = this.name === '' ? 'tape' : this.name.replace(/\.qtape$/, '');
    saveFile(`${name}.view.json`, placeText(place));
  }

  private openFile(file: File | undefined): void {
    if (!file) return;
    if (file.name.endsWith('.json')) {
      void this.noticing(readPlace(file).then((place) => this.model.showPlace(place)));
      return;
    }
    this.name = file.name;
    void this.model.open(file);
  }
}

customElements.define('qt-replay', QtReplay);
