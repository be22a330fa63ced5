import { css, html, LitElement, nothing } from 'lit';
import type { ActorInstant, ContextChange } from '../../events/replay-view.ts';
import { shared } from '../controls/shared.css.ts';
import { actorName } from '../format/actor-name.ts';
import { eventText } from '../format/event-label.ts';
import { shortened, thousands } from '../format/format.ts';

/** One side of a change that is longer is cut. */
const VALUE_UNITS_MAX = 300;

/** An actor as its machine has it at a record: the record that brought it there, what that changed. Fires `qt-choose-event`. */
export class QtActorInstant extends LitElement {
  static override properties = {
    instant: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 12px; line-height: 18px; }
      h3 { margin: 0 0 6px; font-size: 12px; font-weight: 600; color: var(--qt-fg-muted); }
      dl { display: grid; grid-template-columns: 72px minmax(0, 1fr); gap: 2px 10px; margin: 8px 0; }
      dt { color: var(--qt-fg-muted); }
      dd { margin: 0; overflow-wrap: anywhere; user-select: text; }
      dd.mono, td { font-family: var(--qt-font-mono); font-size: 11px; }
      button { color: var(--qt-accent); min-height: 24px; }
      table { width: 100%; border-collapse: collapse; table-layout: fixed; }
      th { text-align: left; font-weight: 500; color: var(--qt-fg-muted); border-bottom: 1px solid var(--qt-border); }
      td { padding: 3px 8px 3px 0; vertical-align: top; overflow-wrap: anywhere; border-bottom: 1px solid var(--qt-border); user-select: text; }
      .quiet { margin: 0; color: var(--qt-fg-muted); }
    `,
  ];

  declare instant: ActorInstant;

  protected override render() {
    const { actor, machine, state, previous, record, isReproduced, changes } = this.instant;
    const kind = machine.split('@')[0]!;
    const { cause } = record;
    return html`
      <h3>${actorName(kind, actor)} · ${machine}</h3>
      <dl>
        <dt>event</dt><dd>${eventText(record)}</dd>
        <dt>from → to</dt><dd class="mono">${previous === null ? 'created' : previous} → ${state}</dd>
        <dt>cause</dt><dd>${
          cause === null
            ? 'from outside'
            : html`<button @click=${() => this.choose(cause)}>event ${thousands(cause)}</button>`
        }</dd>
      </dl>
      ${
        !isReproduced
          ? html`<p class="quiet">Its state is as recorded: it was created before this tape begins, or by another version.</p>`
          : changes.length === 0
            ? html`<p class="quiet">The event changed nothing that it remembers.</p>`
            : html`<table>
                <thead><tr><th scope="col">What it remembers</th><th scope="col">before</th><th scope="col">after</th></tr></thead>
                <tbody>${changes.map((change) => this.change(change))}</tbody>
              </table>`
      }`;
  }

  private change({ path, before, after }: ContextChange) {
    return html`<tr><td>${path === '' ? 'all of it' : path}</td><td>${valueText(before)}</td><td>${valueText(after)}</td></tr>`;
  }

  private choose(seq: number): void {
    this.dispatchEvent(new CustomEvent('qt-choose-event', { detail: seq, bubbles: true, composed: true }));
  }
}

function valueText(value: unknown) {
  if (value === undefined) return nothing;
  const text = JSON.stringify(value);
  return shortened(text, VALUE_UNITS_MAX);
}

customElements.define('qt-actor-instant', QtActorInstant);
