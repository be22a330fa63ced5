import { css, html, LitElement, nothing } from 'lit';
import type { Profile } from '../events/profile.ts';
import type { ConnectionView } from '../events/views/connection-view.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import type { Client } from './client.ts';
import { shared } from './shared.css.ts';
import { duration, transactionText } from './words.ts';

const TICK_MS = 1000;

/** The truth in one line: the connection, its transaction, what protects it, the tape. */
export class QtStatusBar extends LitElement {
  static override properties = {
    link: { type: String },
    profile: { attribute: false },
    session: { attribute: false },
    connection: { attribute: false },
    query: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host {
        display: flex; align-items: center; gap: 18px; height: var(--qt-status); padding: 0 12px; flex: none; font-size: 12px;
        background: var(--qt-bg-raised); border-top: 1px solid var(--qt-border); color: var(--qt-fg-muted);
        white-space: nowrap; overflow: hidden;
      }
      .part { display: flex; align-items: center; gap: 7px; overflow: hidden; text-overflow: ellipsis; }
      b { font-weight: 600; color: var(--qt-fg); }
      .waiting { color: var(--qt-state-waiting); }
      .failed { color: var(--qt-state-failed); font-weight: 600; }
      .end { margin-left: auto; }
    `,
  ];

  declare link: Client['link'];
  declare profile: Profile | undefined;
  declare session: SessionView | undefined;
  /** The connection of the tab in view, else the session's own. */
  declare connection: ConnectionView | undefined;
  declare query: QueryView | undefined;
  private ticking: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    // A transaction ages.
    this.ticking = setInterval(
      () => this.connection?.transaction !== 'none' && this.requestUpdate(),
      TICK_MS,
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.ticking);
  }

  protected override render() {
    const { link, profile, session, connection, query } = this;
    return html`<span class="part" data-testid="status-bar" role="status">
        ${link === 'open' ? this.server(profile, session, connection) : html`<span class="failed">connection to Querytape lost, trying again</span>`}
      </span>
      ${link === 'open' && session?.state === 'ready' ? this.transaction(session, connection) : nothing}
      ${
        query?.recordedMs != null
          ? html`<span class="part end" title="From the last write-ahead record to its being on disk">tape durable in ${duration(query.recordedMs)}</span>`
          : nothing
      }`;
  }

  private server(
    profile: Profile | undefined,
    session: SessionView | undefined,
    connection: ConnectionView | undefined,
  ) {
    if (!profile || !session) return html`<span class="dot hollow"></span>no connection`;
    const { state } = session;
    const dot =
      state === 'ready' ? 'well' : state === 'failed' ? 'failed' : state === 'offline' ? 'hollow' : 'waiting';
    const server = connection?.server;
    const words = server
      ? `${server.flavour} ${server.version} · ${server.encrypted ? 'encrypted' : 'not encrypted'} · pid ${server.process.processId}`
      : '';
    return html`<span class="dot ${dot}"></span><b>${profile.name}</b>
      ${state === 'ready' ? words : html`<span class="waiting">${state.split('.').join(': ')}</span>`}`;
  }

  private transaction(session: SessionView, connection: ConnectionView | undefined) {
    const { tone, parts } = transactionText(connection, Date.now());
    return html`<span class="part">read-only: <b>${session.readOnly ? 'classifier' : 'no'}</b></span>
      <span class="part ${tone}" data-testid="transaction">${parts.join(' ')}</span>`;
  }
}

customElements.define('qt-status-bar', QtStatusBar);
