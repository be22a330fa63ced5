import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Envelope } from '../../events/envelope.ts';
import { shared } from '../controls/shared.css.ts';
import { eventColour, eventText } from '../format/event-label.ts';
import { clock, thousands } from '../format/format.ts';
import { stamp } from '../format/timestamp.ts';

/** From the end within which the list follows what comes. */
const FOLLOW_PX = 30;
/** What is before a chosen record in view: two lines. */
const ABOVE_PX = 48;

/**
 * Records of the tape, one a line, the newest below; follows them unless it was scrolled up. Built for a
 * thousand a second: a line is drawn once, and lines out of view cost no layout. Fires `qt-choose-event` with
 * a seq or null.
 */
export class QtTapeList extends LitElement {
  static override properties = {
    envelopes: { attribute: false },
    all: { attribute: false },
    chosen: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; min-height: 0; overflow: auto; overflow-anchor: none; contain: strict; }
      ol { list-style: none; margin: 0; padding: 0 0 8px; }
      /* What is chosen comes into view with some lines before it. */
      li { scroll-margin-top: ${ABOVE_PX}px; }
      li.plain { content-visibility: auto; contain-intrinsic-size: auto 24px; }
      li > button {
        display: grid; grid-template-columns: 44px 8px 1fr; gap: 8px; align-items: center; width: 100%; height: 24px;
        padding: 0 10px 0 12px; text-align: left; font-size: 12px; line-height: 16px;
      }
      li > button:hover { background: var(--qt-bg-hover); }
      li > button:focus-visible { outline-offset: -2px; }
      li > button[aria-expanded='true'] { background: var(--qt-accent-soft); }
      time { color: var(--qt-fg-faint); text-align: right; font-family: var(--qt-font-mono); }
      .what { font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .ignored .what { color: var(--qt-fg-faint); }
      .ignored .dot { background: none; border: 1.5px solid var(--qt-fg-faint); }
      .detail { background: var(--qt-bg-sunken); padding: 8px 14px; font-size: 12px; border-bottom: 1px solid var(--qt-border); }
      pre { margin: 0; font: 11px/16px var(--qt-font-mono); white-space: pre-wrap; overflow-wrap: anywhere; user-select: text; }
      p { margin: 6px 0; color: var(--qt-fg-muted); }
    `,
  ];

  /** The records to show, oldest first. */
  declare envelopes: readonly Envelope[];
  /** Every record that is here, where causes are looked for. */
  declare all: readonly Envelope[];
  /** The record that is shown whole. */
  declare chosen: number | null;
  private follows = true;
  /** Where the list was scrolled to when it was last looked at, in pixels. */
  private top = 0;
  /** How high it was then. */
  private height = 0;
  /** The chosen record that was brought into view. */
  private inView: number | null = null;
  /** The newest stays in view in a list whose height changes. */
  private readonly sizes = new ResizeObserver(() => this.follow());
  /** The animation frame that scrolls to the newest line; 0 where none is asked for. */
  private frame = 0;

  constructor() {
    super();
    this.envelopes = [];
    this.all = [];
    this.chosen = null;
    this.addEventListener('scroll', () => this.scrolled(), { passive: true });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  /** The chosen line, else the newest; false where there is none. */
  focusLine(): boolean {
    const line = this.renderRoot.querySelector<HTMLElement>('li > button[tabindex="0"]');
    line?.focus();
    return line !== null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (this.chosen === null || changed.has('chosen')) this.inView = null;
    if (this.chosen !== null && this.inView !== this.chosen) this.bringIntoView(this.chosen);
    else this.followSoon();
  }

  /** It may come later than the choice. */
  private bringIntoView(seq: number): void {
    this.follows = false;
    const line = this.renderRoot.querySelector('[aria-expanded=true]')?.parentElement;
    if (!line) return;
    // One that is higher than the list is shown from its head on.
    line.scrollIntoView({ block: line.offsetHeight > this.clientHeight - ABOVE_PX ? 'start' : 'nearest' });
    this.inView = seq;
  }

  /** With the next frame: at once, the page would be laid out for the lines alone. */
  private followSoon(): void {
    if (!this.follows) return;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.follow();
    });
  }

  private follow(): void {
    if (!this.follows) return;
    this.scrollTop = this.scrollHeight;
    this.looked();
  }

  private looked(): void {
    this.top = this.scrollTop;
    this.height = this.clientHeight;
  }

  protected override render() {
    const { envelopes, chosen } = this;
    const reached = envelopes.some(({ seq }) => seq === chosen) ? chosen : envelopes.at(-1)?.seq;
    return html`<ol @keydown=${this.key}>
      ${repeat(
        envelopes,
        ({ seq }) => seq,
        (envelope, i) => {
          const before = envelopes[i - 1]?.at;
          const time = clock(envelope.at, before);
          const { seq } = envelope;
          return guard([seq, time, seq === chosen, seq === reached], () =>
            this.line(envelope, time, seq === reached),
          );
        },
      )}
    </ol>`;
  }

  private line(envelope: Envelope, time: string, reached: boolean) {
    const { seq, at, ignored, state, cause } = envelope;
    const open = seq === this.chosen;
    const text = eventText(envelope);
    const title = `${text}\nseq ${thousands(seq)}${cause === null ? '' : `, caused by ${thousands(cause)}`}${state ? `, now ${state}` : ''}${ignored ? '\nignored in this state' : ''}\n${stamp(at)}`;
    return html`<li class="${ignored ? 'ignored' : ''} ${open ? '' : 'plain'}">
      <button data-testid="tape-event" data-seq=${seq} aria-expanded=${open} tabindex=${reached ? 0 : -1} title=${title}
        @click=${() => this.choose(open ? null : seq)}>
        <time datetime=${new Date(at).toISOString()}>${time}</time>
        <span class="dot ${eventColour(envelope)}"></span><span class="what">${text}</span>
      </button>
      ${open ? this.detail(envelope) : nothing}
    </li>`;
  }

  /** The record as it stands on the tape, and what caused it, wherever that happened. */
  private detail(envelope: Envelope) {
    const { cause } = envelope;
    if (cause === null)
      return html`<div class="detail"><pre>${JSON.stringify(envelope, null, 2)}</pre><p>It came from outside: nothing on the tape caused it.</p></div>`;
    const before = this.all.findLast(({ seq }) => seq === cause);
    const here = this.envelopes.some(({ seq }) => seq === cause);
    return html`<div class="detail">
      <pre>${JSON.stringify(envelope, null, 2)}</pre>
      ${
        here
          ? html`<p><button class="link" @click=${() => this.choose(cause)}>Its cause: seq ${thousands(cause)}</button></p>`
          : before
            ? html`<p>Its cause, of another actor (${before.kind}):</p><pre>${JSON.stringify(before, null, 2)}</pre>`
            : html`<p>Its cause, seq ${thousands(cause)}, is older than what is here; the tape has it.</p>`
      }
    </div>`;
  }

  private choose(seq: number | null): void {
    this.dispatchEvent(new CustomEvent('qt-choose-event', { detail: seq, bubbles: true, composed: true }));
  }

  /**
   * Only upwards it leaves the newest: this comes a frame later, when lines may have come. Not where its height
   * has changed: the browser scrolls a higher list upwards, which may be lower again by now.
   */
  private scrolled(): void {
    const { scrollTop, clientHeight } = this;
    if (this.scrollHeight - scrollTop - clientHeight < FOLLOW_PX) this.follows = true;
    else if (scrollTop < this.top && clientHeight === this.height) this.follows = false;
    this.looked();
  }

  /** Up, Down, Home and End go from line to line; one line is in the tab order. */
  private key(event: KeyboardEvent): void {
    const lines = [...this.renderRoot.querySelectorAll<HTMLElement>('li > button')];
    const at = lines.indexOf(event.composedPath()[0] as HTMLElement);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: lines.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (to < lines.length - 1) this.follows = false;
    lines[to]?.focus();
  }
}

customElements.define('qt-tape-list', QtTapeList);
