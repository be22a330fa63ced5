import { initialState, Task } from '@lit/task';
import { css, html, LitElement, nothing } from 'lit';
import { type BundlePreview, type BundleRequest, NAME_KINDS, type NameKind } from '../../events/bundle.ts';
import { previewWords } from '../../events/bundle-summary.ts';
import { download, post, Refused } from '../api/request.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { icon } from '../controls/icons.ts';
import { option } from '../controls/option.ts';
import { shared } from '../controls/shared.css.ts';
import { bytesText, thousands } from '../format/format.ts';
import { BUNDLE_SPANS, type BundleChoice, bundleRequest, EVERYTHING, NAME_WORDS } from './bundle-choice.ts';

/** Between a change of the choice and the question what it would have. */
const CHANGE_MS = 250;

/** A session that can be chosen. */
export interface BundleSession {
  readonly sessionId: string;
  /** The profile's name and what has become of the session. */
  readonly words: string;
}

/**
 * Exports a support bundle. Shows first, in words and as the events themselves, what would be in it and what not; the download then
 * is what was shown. `open` shows the dialog.
 */
export class QtBundle extends LitElement {
  static override properties = {
    sessions: { attribute: false },
    choice: { state: true },
    failure: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog { width: min(860px, calc(100vw - 32px)); height: min(820px, calc(100vh - 48px)); }
      .body { display: flex; flex-direction: column; gap: 14px; }
      .body .fields { margin: 0; }
      .names { display: flex; flex-wrap: wrap; gap: 6px 18px; }
      ul { margin: 4px 0 0; padding-left: 18px; }
      li { overflow-wrap: anywhere; }
      .lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); gap: 14px; }
      .body > * { flex: none; }
      summary { cursor: pointer; min-height: 24px; line-height: 24px; }
      pre { margin: 6px 0 0; max-height: 260px; overflow: auto; padding: 8px 10px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg-sunken); font-size: 12px; line-height: 16px; user-select: text; }
      .figures { color: var(--qt-fg-muted); font-size: 12px; overflow-wrap: anywhere; user-select: text; }
    `,
  ];

  /** Sessions on the tape, newest first. */
  declare sessions: readonly BundleSession[];
  declare protected choice: BundleChoice;
  /** Why there is no preview, or no download. */
  declare protected failure: { readonly code: string; readonly message: string } | null;
  private readonly dialog = new DialogController(this, {
    focus: '.segments input:checked',
    closed: () => this.closed(),
  });
  private readonly previewing = new Task(this, {
    autoRun: false,
    task: ([request]: readonly [BundleRequest | null], { signal }) =>
      request === null ? initialState : post<BundlePreview>('/api/bundles', request, signal),
    onError: (error) => {
      this.failure = error instanceof Refused ? error : NOT_ANSWERED;
    },
  });
  private changing: ReturnType<typeof setTimeout> | undefined;
  /** What was shown is not what is chosen any more. */
  private isStale = true;

  constructor() {
    super();
    this.sessions = [];
    this.choice = EVERYTHING;
    this.failure = null;
  }

  async open(): Promise<void> {
    this.choice = EVERYTHING;
    await this.dialog.open();
    this.preview();
  }

  protected override render() {
    return html`<dialog aria-labelledby="title">
      <div class="head">
        ${icon('download')}<h2 id="title">Export support bundle</h2>
        ${this.dialog.cross()}
      </div>
      <div class="body">
        <p class="quiet">One file with what happened, for whoever helps you. It is made on this machine and sent nowhere.</p>
        ${this.chosenParts()}${this.names()}
        ${this.failure ? html`<div class="alert" role="alert"><span class="code mono">${this.failure.code}</span>${this.failure.message}</div>` : nothing}
        <div role="status">${this.previewed()}</div>
      </div>
      ${this.foot()}
    </dialog>`;
  }

  private chosenParts() {
    const { span, from, to, sessionId } = this.choice;
    return html`<fieldset>
        <legend class="label">Span of time</legend>
        <div class="segments">
          ${BUNDLE_SPANS.map(
            ({ name, words }) =>
              html`<label><input
                type="radio"
                name="span"
                .checked=${name === span}
                @change=${() => this.change({ span: name })}
              />${words}</label>`,
          )}
        </div>
      </fieldset>
      <div class="fields">
        ${
          span === 'chosen'
            ? html`<label class="field"><span class="label">From</span><input
              class="input"
              type="datetime-local"
              step="1"
              .value=${from}
              @change=${(event: Event) => this.change({ from: textOf(event) })}
            /></label>
              <label class="field"><span class="label">To</span><input
                class="input"
                type="datetime-local"
                step="1"
                .value=${to}
                @change=${(event: Event) => this.change({ to: textOf(event) })}
              /></label>`
            : nothing
        }
        <label class="field s6"><span class="label">Sessions</span>
          <select
            class="input"
            @change=${(event: Event) => this.change({ sessionId: textOf(event) || null })}
          >
            ${option('', 'Every session', sessionId === null)}
            ${this.sessions.map(({ sessionId: id, words }) => option(id, words, id === sessionId))}
          </select></label>
      </div>`;
  }

  private names() {
    const { replaced } = this.choice;
    return html`<fieldset>
      <legend class="label">Replace names: the same name by the same word, different in every bundle</legend>
      <div class="names">
        ${NAME_KINDS.map(
          (kind) =>
            html`<label class="check"><input
              type="checkbox"
              .checked=${replaced.has(kind)}
              @change=${() => this.toggle(kind)}
            /><span>${NAME_WORDS[kind]}</span></label>`,
        )}
      </div>
    </fieldset>`;
  }

  private previewed() {
    const shown = this.shown;
    if (shown === null) return this.failure ? nothing : html`<p class="quiet">Looking through the tape…</p>`;
    const { has, hasNot, events, manifest, log } = shown;
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    const logLines = log.map((line) => JSON.stringify(line)).join('\n');
    return html`<div class="lists">
        <section><h3>In the bundle</h3><ul data-testid="bundle-has">${has.map((line) => html`<li>${line}</li>`)}</ul></section>
        <section><h3>Not in the bundle</h3><ul data-testid="bundle-has-not">${hasNot.map((line) => html`<li>${line}</li>`)}</ul></section>
      </div>
      <details>
        <summary>${previewWords('events', events.length, manifest.records, thousands)}, as they will be in it</summary>
        <pre class="mono" tabindex="0" role="region" aria-label="Events">${lines}</pre>
      </details>
      ${
        log.length === 0
          ? nothing
          : html`<details data-testid="bundle-log">
        <summary>${previewWords('log', log.length, manifest.logLines ?? 0, thousands)}, as they will be in it</summary>
        <pre class="mono" tabindex="0" role="region" aria-label="Log">${logLines}</pre>
      </details>`
      }`;
  }

  private foot() {
    const shown = this.shown;
    return html`<div class="foot">
      <span class="space figures" data-testid="bundle-figures">${
        shown
          ? html`${bytesText(shown.bytes)} · signed by <span class="mono">${shown.fingerprint}</span>`
          : nothing
      }</span>
      <button class="button" type="button" @click=${this.dialog.leave}>Close</button>
      <button
        class="button primary"
        type="button"
        ?disabled=${shown === null}
        @click=${this.save}
      >${icon('download', 14)}Download bundle</button>
    </div>`;
  }

  /** The preview of what is chosen now. */
  private get shown(): BundlePreview | null {
    return this.isStale ? null : (this.previewing.value ?? null);
  }

  private toggle(kind: NameKind): void {
    const replaced = new Set(this.choice.replaced);
    if (!replaced.delete(kind)) replaced.add(kind);
    this.change({ replaced });
  }

  private change(changes: Partial<BundleChoice>): void {
    this.choice = { ...this.choice, ...changes };
    this.isStale = true;
    clearTimeout(this.changing);
    this.changing = setTimeout(() => this.preview(), CHANGE_MS);
  }

  private preview(): void {
    const request = bundleRequest(this.choice, Date.now());
    this.failure = typeof request === 'string' ? { code: 'bundle.invalid', message: request } : null;
    if (typeof request === 'string') return;
    this.isStale = true;
    void this.previewing.run([request]).then(() => {
      this.isStale = this.failure !== null;
      this.requestUpdate();
    });
  }

  private readonly save = (): void => {
    const { bundleId } = this.shown!;
    download(`/api/bundles/${bundleId}`).catch((error: unknown) => {
      this.failure = error instanceof Refused ? error : NOT_ANSWERED;
    });
  };

  private closed(): void {
    clearTimeout(this.changing);
    void this.previewing.run([null]);
    this.failure = null;
  }
}

const NOT_ANSWERED = {
  code: 'link.lost',
  message: 'Querytape did not answer. Try again once the connection is back.',
};

function textOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

customElements.define('qt-bundle', QtBundle);
