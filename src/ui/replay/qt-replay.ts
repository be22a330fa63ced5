import { css, html, LitElement, nothing, svg } from 'lit';
import type { Chart } from '../../events/chart.ts';
import type { Envelope } from '../../events/envelope.ts';
import type { ActorInstant, Lane, MarkKind, OpenReplay, Timeline } from '../../events/replay-view.ts';
import { json, post } from '../api/request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { icon } from '../controls/icons.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import { stateColour } from '../format/state-colour.ts';
import '../tape/qt-statechart.ts';
import '../tape/qt-tape-list.ts';
import { replayVerdict } from './replay-verdict.ts';

const EVENTS_SHOWN = 200;
/** How often the proof is asked for while it runs. */
const PROOF_POLL_MS = 500;

/**
 * A tape at any instant of it: the live one, or a bundle that is chosen or dropped. The verdict, a lane per actor, the chosen actor's
 * statechart with what a record changed, and the records. It asks the thread that reads the tape, which reaches no server.
 */
export class QtReplay extends LitElement {
  static override properties = {
    charts: { attribute: false },
    replay: { state: true },
    timeline: { state: true },
    seq: { state: true },
    actor: { state: true },
    instant: { state: true },
    records: { state: true },
    problem: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog { width: calc(100vw - 32px); height: calc(100vh - 32px); max-width: none; max-height: none; }
      .verdict { flex: none; display: flex; gap: 8px; align-items: center; padding: 8px 18px; border-block: 1px solid var(--qt-border); }
      .panes { flex: 1; min-height: 0; display: grid; grid-template-columns: 1fr 340px; }
      .lanes { overflow: auto; min-width: 0; }
      .lane { display: grid; grid-template-columns: 220px 1fr; width: 100%; height: 28px; padding: 0; align-items: center; text-align: left; border-bottom: 1px solid var(--qt-border); }
      .lane[aria-pressed='true'] { background: var(--qt-accent-soft); }
      .name { padding: 0 18px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .bar { display: block; width: 100%; height: 28px; }
      .bar rect { fill: var(--qt-border-strong); }
      .bar rect.running { fill: var(--qt-state-running); }
      .bar rect.well { fill: var(--qt-state-well); }
      .bar rect.waiting { fill: var(--qt-state-waiting); }
      .bar rect.failed { fill: var(--qt-state-failed); }
      .bar line { stroke: var(--qt-state-failed); }
      aside { display: flex; flex-direction: column; min-height: 0; border-left: 1px solid var(--qt-border); }
      .subject { flex: none; max-height: 50%; overflow: auto; padding: 10px 12px; }
      pre { margin: 0; font: 11px/16px var(--qt-font-mono); white-space: pre-wrap; overflow-wrap: anywhere; }
      qt-tape-list { flex: 1; border-top: 1px solid var(--qt-border); }
      .foot { display: flex; gap: 8px; align-items: center; flex: none; padding: 8px 18px; border-top: 1px solid var(--qt-border); }
      .foot input { flex: 1; }
    `,
  ];

  /** The statecharts by their name on the tape. */
  declare charts: Readonly<Record<string, Chart>>;
  declare protected replay: OpenReplay | null;
  declare protected timeline: Timeline | null;
  declare protected seq: number;
  declare protected actor: string | null;
  declare protected instant: ActorInstant | null;
  declare protected records: readonly Envelope[];
  declare protected problem: string;
  private readonly dialog = new DialogController(this, { closed: () => void this.end() });
  private turn = 0;

  constructor() {
    super();
    this.charts = {};
    this.replay = null;
    this.timeline = null;
    this.seq = 0;
    this.actor = null;
    this.instant = null;
    this.records = [];
    this.problem = '';
  }

  /** Shows the live tape as it is on disk now. */
  async open(): Promise<void> {
    void this.start(() => post<OpenReplay>('/api/replay', { source: 'live' }));
    await this.dialog.open();
  }

  private async start(opened: () => Promise<OpenReplay>): Promise<void> {
    this.problem = '';
    try {
      await this.end();
      const replay = await opened();
      this.replay = replay;
      this.timeline = await this.ask<Timeline>(`timeline?from=${replay.firstAt}&to=${replay.lastAt}`);
      await this.go(replay.lastSeq);
      await this.follow(replay.replayId);
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  /** Asks for the proof until it has ended. */
  private async follow(id: string): Promise<void> {
    while (this.replay?.replayId === id && this.replay.proof.state === 'running') {
      await new Promise((later) => setTimeout(later, PROOF_POLL_MS));
      const now = await json<OpenReplay>(`/api/replay/${id}`);
      if (this.replay?.replayId === id) this.replay = now;
    }
  }

  private async end(): Promise<void> {
    const ended = this.replay;
    this.turn++;
    this.replay = null;
    this.timeline = null;
    this.instant = null;
    this.actor = null;
    this.records = [];
    if (ended) await post(`/api/replay/${ended.replayId}/close`, {});
  }

  private async ask<T>(question: string): Promise<T> {
    return (await json<{ answer: T }>(`/api/replay/${this.replay!.replayId}/${question}`)).answer;
  }

  /** Shows the tape right after a record, and the actor that is chosen. The newest call wins. */
  private async go(seq: number, actor = this.actor): Promise<void> {
    const { replay } = this;
    if (!replay) return;
    const turn = ++this.turn;
    this.seq = Math.min(Math.max(seq, replay.firstSeq), replay.lastSeq);
    this.actor = actor;
    const from = Math.max(replay.firstSeq, this.seq - EVENTS_SHOWN + 1);
    try {
      const [page, instant] = await Promise.all([
        this.ask<{ records: Envelope[] }>(`records?from=${from}&count=${this.seq - from + 1}`),
        actor === null
          ? null
          : this.ask<ActorInstant | null>(`actor?actor=${encodeURIComponent(actor)}&seq=${this.seq}`),
      ]);
      if (turn !== this.turn) return;
      this.records = page.records;
      this.instant = instant;
    } catch (error) {
      if (turn === this.turn) this.problem = (error as Error).message;
    }
  }

  private async next(direction: 'forward' | 'back', mark: MarkKind): Promise<void> {
    try {
      const found = await this.ask<number | null>(
        `next?from=${this.seq}&direction=${direction}&mark=${mark}`,
      );
      if (found !== null) await this.go(found);
    } catch (error) {
      this.problem = (error as Error).message;
    }
  }

  private drop(event: DragEvent): void {
    event.preventDefault();
    this.openFile(event.dataTransfer?.files[0]);
  }

  private openFile(file: File | undefined): void {
    if (!file) return;
    const headers = { 'content-type': 'application/octet-stream' };
    void this.start(() => json<OpenReplay>('/api/replay', { method: 'POST', headers, body: file }));
  }

  protected override render() {
    const { replay } = this;
    const verdict = replay && replayVerdict(replay);
    return html`<dialog aria-labelledby="title"
      @dragover=${(event: DragEvent) => event.preventDefault()}
      @drop=${this.drop}>
      <div class="head">
        <h2 id="title">Replay</h2>
        <input type="file" accept=".qtape" aria-label="Open a bundle" @change=${(event: Event) => this.openFile((event.target as HTMLInputElement).files?.[0])}>
        <button class="icon" type="button" title="Close (Esc)" aria-label="Close" @click=${this.dialog.leave}>${icon('close')}</button>
      </div>
      <div class="verdict" role="status">
        ${verdict ? html`<span class="dot ${verdict.colour}"></span>${verdict.words}` : this.problem ? nothing : 'Opening the tape…'}
        ${this.problem}
      </div>
      ${replay ? this.panes(replay) : nothing}
    </dialog>`;
  }

  private panes(replay: OpenReplay) {
    const { instant, timeline } = this;
    return html`<div class="panes">
      <div class="lanes">
        ${timeline?.lanes.map((lane) => this.lane(lane, timeline))}
        ${timeline && timeline.more > 0 ? html`<p class="name">${thousands(timeline.more)} more actors</p>` : nothing}
      </div>
      <aside aria-label="At this instant">
        <div class="subject" tabindex="0">${instant ? this.subject(instant) : 'Choose an actor to see its state at this instant.'}</div>
        <qt-tape-list .envelopes=${this.records} .all=${this.records} .chosen=${null}
          @qt-choose-event=${({ detail }: CustomEvent<number | null>) => detail !== null && void this.go(detail)}></qt-tape-list>
      </aside>
    </div>
    <div class="foot">
      <button class="button" type="button" @click=${() => this.go(this.seq - 1)}>Step back</button>
      <button class="button" type="button" @click=${() => this.go(this.seq + 1)}>Step</button>
      <button class="button" type="button" @click=${() => this.next('back', 'failure')}>Previous failure</button>
      <button class="button" type="button" @click=${() => this.next('forward', 'failure')}>Next failure</button>
      <input type="range" aria-label="Event" min=${replay.firstSeq} max=${replay.lastSeq} .value=${String(this.seq)}
        @input=${(event: Event) => this.go(Number((event.target as HTMLInputElement).value))}>
      <span>event ${thousands(this.seq)} of ${thousands(replay.lastSeq)}</span>
    </div>`;
  }

  private subject(instant: ActorInstant) {
    const kind = instant.machine.split('@')[0]!;
    return html`<p>${instant.actor} · ${instant.machine} · ${instant.state}</p>
      <qt-statechart .chart=${this.charts[instant.machine]} .kind=${kind} .state=${instant.state} .previous=${instant.previous ?? ''}></qt-statechart>
      <pre>${instant.changes.map(({ path, before, after }) => `${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}\n`)}</pre>`;
  }

  private lane(lane: Lane, { from, to }: Timeline) {
    const part = (at: number) => ((Math.min(Math.max(at, from), to) - from) / Math.max(1, to - from)) * 100;
    const at = this.records.find(({ seq }) => seq === this.seq)?.at;
    return html`<button class="lane" type="button" aria-pressed=${lane.actor === this.actor} @click=${() => this.go(this.seq, lane.actor)}>
      <span class="name">${lane.kind} ${lane.actor.slice(-6)}</span>
      <svg class="bar" aria-hidden="true">
        ${lane.stays.map(
          (stay) =>
            svg`<rect class=${stateColour(lane.kind, stay.state)} x="${part(stay.from)}%" y="8" height="12" width="${Math.max(0.2, part(stay.to ?? to) - part(stay.from))}%"/>`,
        )}
        ${at === undefined ? nothing : svg`<line x1="${part(at)}%" x2="${part(at)}%" y1="0" y2="28"/>`}
      </svg>
    </button>`;
  }
}

customElements.define('qt-replay', QtReplay);
