import { css, html, LitElement, nothing } from 'lit';
import type { Engine } from '../../events/engines/engine-name.ts';
import type { BlockersAnswer } from '../../events/lock-wait.ts';
import {
  blockersSentence,
  identityWords,
  LOCKS,
  processWord,
  processWords,
  stateWords,
} from '../../events/lock-wait-sentence.ts';
import { ClientConsumer } from '../api/client-context.ts';
import { sendCommand } from '../api/command-request.ts';
import { shared } from '../controls/shared.css.ts';

/** The answer to who blocks a statement. */
interface Asked {
  readonly queryId: string;
  readonly isAsking?: true;
  readonly answer?: BlockersAnswer;
  readonly fault?: string;
}

/**
 * The question to the server who blocks a statement that runs, and its answer as a table. Fires `qt-show-tab` with the tab of a
 * blocker that is a connection of this program.
 */
export class QtBlockers extends LitElement {
  static override properties = {
    queryId: { type: String },
    runs: { type: Boolean },
    asked: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; font-size: 12px; line-height: 17px; user-select: text; }
      .ask {
        min-height: 24px; padding: 0 10px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius);
        background: var(--qt-bg);
      }
      .ask:hover:not(:disabled) { background: var(--qt-bg-hover); }
      p { margin: 8px 0 0; }
      .note, small { color: var(--qt-fg-muted); }
      table { margin: 8px 0 0; border-collapse: collapse; width: 100%; }
      th, td { padding: 2px 8px 2px 0; text-align: left; vertical-align: top; border-top: 1px solid var(--qt-border); }
      th:first-child { text-transform: capitalize; }
      th { font-weight: 600; color: var(--qt-fg-muted); border: 0; }
      code { display: block; max-height: 34px; overflow: hidden; font-family: var(--qt-font-mono); font-size: 11px; overflow-wrap: anywhere; }
      td button { min-height: 24px; color: var(--qt-accent); text-align: left; }
      td button:hover { text-decoration: underline; }
    `,
  ];

  /** The statement. */
  declare queryId: string;
  /** It runs: only then is there an answer. */
  declare runs: boolean;
  declare protected asked: Asked | null;
  private readonly consumer = new ClientConsumer(this);

  constructor() {
    super();
    this.queryId = '';
    this.runs = false;
    this.asked = null;
  }

  private get engine(): Engine | undefined {
    const { queries, sessions } = this.consumer.client.state;
    return sessions[queries[this.queryId]?.sessionId ?? '']?.engine;
  }

  protected override render() {
    const asked = this.asked?.queryId === this.queryId ? this.asked : null;
    const { runs } = this;
    if (!asked && !runs) return nothing;
    return html`
      <button class="ask" @click=${this.ask} ?disabled=${!runs || asked?.isAsking === true}>Who blocks this?</button>
      <div role="status">
        ${asked?.isAsking ? html`<p>Asking the server…</p>` : nothing}
        ${asked?.fault ? html`<p>${asked.fault}</p>` : nothing}
        ${asked?.answer ? html`<p>When asked, ${blockersSentence(asked.answer, this.engine)}</p>` : nothing}
      </div>
      ${asked?.answer ? this.found(asked.answer) : nothing}
    `;
  }

  private found({ blockers, waitEvent, note, isCut }: BlockersAnswer) {
    return html`
      ${waitEvent === '' ? nothing : html`<p class="note">The server’s word for it: ${waitEvent}</p>`}
      ${note === '' ? nothing : html`<p class="note">${note}</p>`}
      ${
        blockers.length === 0
          ? nothing
          : html`<table aria-label="Who blocks this">
              <thead><tr><th scope="col">${processWord(this.engine)}</th><th scope="col">Does</th><th scope="col">Blocks</th></tr></thead>
              <tbody>${blockers.map((one) => this.row(one))}</tbody>
            </table>`
      }
      ${isCut ? html`<p class="note">There are more than are listed.</p>` : nothing}
    `;
  }

  private row(one: BlockersAnswer['blockers'][number]) {
    const { connectionId, text, blocks, lock, waits } = one;
    const tabId = connectionId === null ? null : this.consumer.client.state.connections[connectionId]?.tabId;
    const who = identityWords(one);
    return html`<tr>
      <td>
        ${processWords(one, this.engine)} ${who === '' ? nothing : html`<small>${who}</small>`}
        ${tabId ? html`<button @click=${() => this.show(tabId)}>Show its tab</button>` : nothing}
      </td>
      <td>
        ${stateWords(one)}${waits ? ', waits for a lock itself' : ''}
        ${text === '' ? nothing : html`<code title=${text}>${text}</code>`}
      </td>
      <td>${blocks.join(', ')} <small>${LOCKS[lock]}</small></td>
    </tr>`;
  }

  private async ask(): Promise<void> {
    const { queryId } = this;
    const asking: Asked = { queryId, isAsking: true };
    this.asked = asking;
    const answer = await sendCommand(this, { type: 'query.blockers', queryId });
    // Another statement may have been asked about in the meantime.
    if (this.asked !== asking) return;
    if ('refused' in answer) this.asked = { queryId, fault: answer.refused.message };
    else if (answer.blockers) this.asked = { queryId, answer: answer.blockers };
  }

  private show(tabId: string): void {
    this.dispatchEvent(new CustomEvent('qt-show-tab', { detail: tabId, bubbles: true, composed: true }));
  }
}

customElements.define('qt-blockers', QtBlockers);
