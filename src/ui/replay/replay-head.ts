import { html, nothing } from 'lit';
import type { OpenReplay } from '../../events/replay-view.ts';
import type { TraceFormat } from '../../events/trace/trace-wish.ts';
import { icon } from '../controls/icons.ts';
import { type MenuItem, menuBelow } from '../controls/qt-menu.ts';
import { thousands } from '../format/format.ts';
import { stampRange } from '../format/timestamp.ts';
import type { ReplayModel } from './replay-model.ts';
import { replayVerdict } from './replay-verdict.ts';
import { timeWords } from './time-span.ts';

/** What the head's buttons do. */
export interface HeadActs {
  copyLink(): void;
  saveView(): void;
  download(format: TraceFormat): void;
  openInPerfetto(): void;
  chooseFile(): void;
  chosenFile(file: File | undefined): void;
  leave(): void;
}

/** The title, which tape is shown, and the buttons for links, views and bundles. `name` is the bundle's; empty for the live tape. */
export function replayHead({ replay, range }: ReplayModel, name: string, acts: HeadActs) {
  const choose = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    acts.chosenFile(input.files?.[0]);
    input.value = '';
  };
  return html`<div class="head">
    ${icon('history')}<h2 id="title">Replay</h2>
    <span class="source">${name === '' ? 'this installation’s tape, as it was when you opened it' : name}</span>
    ${replay && replay.records > 0 ? [viewButtons(acts), exportButton(replay, range !== null, acts)] : nothing}
    <button
      class="button ${replay ? 'second' : ''}"
      type="button"
      title="A bundle (.qtape), or a view that was saved"
      @click=${acts.chooseFile}
    >Open a bundle…</button>
    <input type="file" accept=".qtape,.json" hidden @change=${choose} />
    <button
      class="icon"
      type="button"
      title="Close (Esc)"
      aria-label="Close"
      @click=${acts.leave}
    >${icon('close')}</button>
  </div>`;
}

function viewButtons({ copyLink, saveView }: HeadActs) {
  return html`<button
      class="button"
      type="button"
      title="A link to what is shown, without notes and texts"
      @click=${copyLink}
    >Copy link</button>
    <button
      class="button second"
      type="button"
      title="A file with this view, its notes and its filter"
      @click=${saveView}
    >Save view</button>`;
}

/** What is shown, for other tools: the range where one is chosen. The program makes it. */
function exportButton(replay: OpenReplay, isRange: boolean, acts: HeadActs) {
  const open = ({ currentTarget }: Event): void =>
    menuBelow(currentTarget as HTMLElement, 'Export', exportItems(replay, acts));
  return html`<button
      class="button second"
      type="button"
      aria-haspopup="menu"
      title="${isRange ? 'The range that is chosen' : 'The whole tape that is shown'}, for other tools"
      @click=${open}
    >Export…</button>`;
}

function exportItems({ damages }: OpenReplay, { download, openInPerfetto }: HeadActs): MenuItem[] {
  const [damage] = damages;
  const lacking = damage && {
    lacking: `The tape is damaged after event ${thousands(damage.afterSeq)}, and only a whole one is exported.`,
  };
  return [
    { label: 'Download a trace for Perfetto', act: () => download('perfetto'), ...lacking },
    { label: 'Download spans as OTLP', act: () => download('otlp'), ...lacking },
    { label: 'Open in Perfetto…', act: openInPerfetto, apart: true, ...lacking },
  ];
}

/** What the proof says of the tape, from when to when it reaches, how far it was read, and the range. */
export function verdictBar(model: ReplayModel) {
  const { replay, problem } = model;
  const opening = html`<span>${problem === '' ? 'Opening the tape …' : nothing}</span>`;
  return html`<div class="verdict" role="status" data-testid="replay-verdict">
    ${replay ? verdictOf(replay, model) : opening}
  </div>`;
}

function verdictOf(replay: OpenReplay, model: ReplayModel) {
  const { colour, words, vouched } = replayVerdict(replay);
  const { readShare } = replay;
  const progress = html`<progress aria-label="Reading the tape" max="1" value=${readShare}></progress>`;
  return html`<span class="dot ${colour}"></span>
    <strong>${words}</strong>
    <span class="when">${stampRange(replay.firstAt, replay.lastAt)}</span>
    ${readShare < 1 ? progress : nothing}
    ${rangeChip(model)}
    <span class="private">no rows, no literals, no secrets inside · nothing here can reach a server</span>
    ${vouched === '' ? nothing : html`<span class="vouched">${vouched}</span>`}`;
}

/** The range that every pane is limited to, and the way back to the whole tape. */
function rangeChip(model: ReplayModel) {
  const { range, summary } = model;
  if (!range) return nothing;
  const events = summary && summary.from === range.from && summary.to === range.to ? summary.records : null;
  const count = events === null ? '' : ` · ${thousands(events)} events`;
  const span = `${timeWords(range.from, range)} – ${timeWords(range.to, range)}`;
  return html`<span class="range" data-testid="replay-range">Only ${span}${count}
    <button
      class="icon"
      type="button"
      title="The whole tape again (0)"
      aria-label="The whole tape again"
      @click=${() => model.keepTo(null)}
    >${icon('close', 13)}</button></span>`;
}
