import { css, html, LitElement } from 'lit';
import { dialogStyles } from '../controls/dialog.css.ts';
import { icon } from '../controls/icons.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import { NOTE_UNITS_MAX } from '../limits.ts';
import type { Pin } from './replay-place.ts';

/** Events that are pinned, each with a note. Fires `qt-choose-event` with a seq, and `qt-pins` with the pins as they are now. */
export class QtPins extends LitElement {
  static override properties = { pins: { attribute: false }, seq: { type: Number } };
  static override styles = [
    shared,
    dialogStyles,
    css`
      :host { display: block; font-size: 12px; }
      ul { list-style: none; margin: 0; padding: 0; }
      li { display: flex; gap: 6px; align-items: center; min-height: 30px; }
      .go { color: var(--qt-accent); min-height: 24px; white-space: nowrap; font-variant-numeric: tabular-nums; }
      .input { flex: 1; height: 26px; min-width: 0; padding: 0 6px; }
      .icon { width: 24px; height: 24px; }
    `,
  ];

  declare pins: readonly Pin[];
  /** The event that is shown. */
  declare seq: number;

  protected override render() {
    return html`<ul>
      ${this.pins.map(
        ({ seq, note }) =>
          html`<li>
            <button
              class="go"
              type="button"
              aria-current=${seq === this.seq ? 'true' : 'false'}
              @click=${() => this.fire('qt-choose-event', seq)}
            >event ${thousands(seq)}</button>
            <input
              class="input"
              aria-label="Note on event ${thousands(seq)}"
              placeholder="Note"
              maxlength=${NOTE_UNITS_MAX}
              .value=${note}
              @input=${(event: Event) => this.note(seq, (event.target as HTMLInputElement).value)}
            />
            <button
              class="icon"
              type="button"
              aria-label="Remove the pin of event ${thousands(seq)}"
              title="Remove"
              @click=${() => this.unpin(seq)}
            >${icon('close', 13)}</button>
          </li>`,
      )}
    </ul>`;
  }

  private note(seq: number, note: string): void {
    this.fire(
      'qt-pins',
      this.pins.map((pin) => (pin.seq === seq ? { seq, note } : pin)),
    );
  }

  private unpin(seq: number): void {
    this.fire(
      'qt-pins',
      this.pins.filter((pin) => pin.seq !== seq),
    );
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-pins', QtPins);
