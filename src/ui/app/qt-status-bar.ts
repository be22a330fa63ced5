import { css, html, LitElement, nothing } from 'lit';
import { durationText } from '../../events/duration-text.ts';
import type { Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import { type OtlpTarget, otlpSentence, otlpWords } from '../../events/otlp/otlp-target.ts';
import type { Profile } from '../../events/profile.ts';
import { type SessionState, stateWords } from '../../events/session-state.ts';
import type { ConnectionView } from '../../events/views/connection-view.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { type SessionView, sessionLeft, sessionOpen } from '../../events/views/session-view.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import { WEAK_SIGN_IN_WORDS } from '../../events/weak-sign-in.ts';
import type { Client } from '../api/client.ts';
import { sessionStateText, UNCONNECTED } from '../format/session-state-text.ts';
import './qt-protection-badge.ts';
import { placeOf } from '../api/session-states.ts';
import { Clock } from '../controls/clock.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';

import { stateColour } from '../format/state-colour.ts';
import { silence } from '../selectors/availability.ts';
import { transactionText } from '../selectors/transactions.ts';
import { throughText, tunnelStateText } from '../selectors/tunnel-text.ts';
import type { Protection } from './protection-text.ts';

const TICK_MS = 1000;

/**
 * A session's state in words. Where only the catalogue's connection is lost, tabs continue. One that is ready is in words where it has no
 * connection.
 */
function stateText(state: string): string {
  if (state === 'ready') return UNCONNECTED;
  return `${sessionOpen(state) ? 'catalogue ' : ''}${sessionStateText(state)}`;
}

/**
 * The truth in one line: the connection, its transaction, what protects it, the tape. Fires `qt-reconnect` and `qt-close-session` with the
 * session's id while its tunnel does not forward.
 */
export class QtStatusBar extends LitElement {
  static override properties = {
    link: { type: String },
    heardAt: { attribute: false },
    denied: { attribute: false },
    profile: { attribute: false },
    session: { attribute: false },
    tunnel: { attribute: false },
    connection: { attribute: false },
    state: { attribute: false },
    query: { attribute: false },
    trusted: { attribute: false },
    editable: { attribute: false },
    otlp: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host {
        display: flex; align-items: center; gap: 18px; height: var(--qt-status); padding: 0 12px; flex: none; font-size: 12px;
        background: var(--qt-bg-raised); border-top: 1px solid var(--qt-border); color: var(--qt-fg-muted);
        white-space: nowrap; overflow: hidden;
      }
      .part { display: flex; align-items: center; gap: 7px; flex: none; }
      .part.server { flex: 0 1 auto; min-width: 0; overflow: hidden; }
      .part:not(.server) { font-variant-numeric: tabular-nums; }
      .words { overflow: hidden; text-overflow: ellipsis; min-width: 0; }
      .said + .said::before { content: '·'; margin-right: 7px; color: var(--qt-fg-muted); font-weight: 400; }
      b { flex: none; max-width: 32ch; overflow: hidden; text-overflow: ellipsis; font-weight: 600; color: var(--qt-fg); }
      .waiting { color: var(--qt-state-waiting); }
      .failed { color: var(--qt-state-failed); font-weight: 600; }
      .end { margin-left: auto; }
    `,
  ];

  declare link: Client['link'];
  /** When the program last sent anything; milliseconds since 1970 UTC. */
  declare heardAt: number;
  /** Why this page is not let in; null while it is. */
  declare denied: string | null;
  declare profile: Profile | undefined;
  declare session: SessionView | undefined;
  /** The way to the session's server; undefined where that is dialled itself. */
  declare tunnel: TunnelView | undefined;
  /** The connection of the tab in view, else the session's own. */
  declare connection: ConnectionView | undefined;
  /** What that connection holds of its session; null while it is not known. */
  declare state: SessionState | null;
  declare query: QueryView | undefined;
  /** What protects the session; null while there is none. */
  declare trusted: Protection | null;
  /** The connection is a saved one. */
  declare editable: boolean;
  /** Collectors that the program sends to. */
  declare otlp: readonly OtlpTarget[];

  constructor() {
    super();
    new Clock(this, TICK_MS, () => this.ages);
  }

  /** A transaction ages, and the next attempt to open a tunnel comes nearer. */
  private get ages(): boolean {
    const { transaction = 'none' } = this.connection ?? {};
    return transaction !== 'none' || this.tunnel?.nextAttemptAt != null;
  }

  protected override render() {
    const { link, denied, profile, session, connection, query } = this;
    const open = link === 'open' && denied === null;
    return html`<span class="part server" data-testid="status-bar" role="status">
        ${open ? this.server(profile, session, connection) : this.noLink()}
      </span>
      ${open && session && sessionOpen(session.state) ? this.transaction(connection) : nothing}
      ${
        query?.recordedMs != null
          ? html`<span class="part end" title="Time until the write-ahead record was on disk">tape durable in ${durationText(query.recordedMs)}</span>`
          : nothing
      }
      ${this.collectors()}`;
  }

  /** Where traces, logs and metrics go; nothing where they go nowhere. */
  private collectors() {
    const words = otlpWords(this.otlp);
    return words === null
      ? nothing
      : html`<span class="part ${this.query?.recordedMs == null ? 'end' : ''}" data-testid="otlp" title=${otlpSentence(this.otlp)}>${words}</span>`;
  }

  private noLink() {
    if (this.denied !== null) return html`<span class="failed">${this.denied}</span>`;
    if (this.link === 'silent')
      return html`<span class="dot waiting"></span><span class="waiting">${silence(this.heardAt)}</span>`;
    return this.link === 'connecting'
      ? html`<span class="late">connecting to Querytape…</span>`
      : html`<span class="dot failed"></span><span class="failed">connection to Querytape lost, reconnecting</span>`;
  }

  private server(
    profile: Profile | undefined,
    session: SessionView | undefined,
    connection: ConnectionView | undefined,
  ) {
    if (!profile || !session) return html`<span class="dot hollow"></span>no connection`;
    const { state } = session;
    const connected = state === 'ready' && connection !== undefined;
    const colour = state === 'ready' && !connected ? 'hollow' : stateColour('session', state);
    const server = connection?.server;
    const words = server
      ? `${server.flavour} ${server.version} · ${server.encrypted ? 'encrypted' : 'not encrypted'}${processText(session.engine, connection)}`
      : '';
    const place = this.state && server ? ` · ${placeOf(this.state).join(' › ')}` : '';
    const restored = connection?.restored ?? [];
    const again =
      restored.length > 0
        ? html`<span class="said waiting">reconnected, ${stateWords(restored)} set again</span>`
        : nothing;
    return html`<span class="dot ${colour}"></span><b title=${escapeInvisible(profile.name)}>${escapeInvisible(profile.name)}</b>
      ${sessionOpen(state) && server ? html`<span class="words said" data-testid="status-place">${words}${place}</span>${weakSignIn(server)}${again}` : nothing}
      ${this.way(profile, session)}
      ${connected ? nothing : html`<span class="said ${colour}">${stateText(state)}</span>`}`;
  }

  private way({ tunnel }: Profile, { state }: SessionView) {
    const through = escapeInvisible(throughText(tunnel));
    const words = this.tunnel && state !== 'offline' ? tunnelStateText(this.tunnel, Date.now()) : '';
    if (through === '') return nothing;
    return html`<span class="words said" data-testid="status-way" title=${through}>${through}</span>
      ${words === '' ? nothing : html`<span class="said ${this.tunnel?.state === 'failed' ? 'failed' : 'waiting'}" data-testid="status-tunnel">${words}</span>${this.tunnelActs()}`}`;
  }

  /** What can be done about a tunnel that was lost. */
  private tunnelActs() {
    const { tunnel, session } = this;
    if (
      !tunnel ||
      !session ||
      sessionLeft(session.state) ||
      !(tunnel.state === 'failed' || tunnel.state.startsWith('reopening'))
    )
      return nothing;
    const fire = (type: string) => () =>
      this.dispatchEvent(new CustomEvent(type, { detail: session.sessionId, bubbles: true, composed: true }));
    return html`${
      sessionOpen(session.state)
        ? html`<button class="link" type="button" @click=${fire('qt-reconnect')}>Reconnect</button>`
        : nothing
    }<button class="link" type="button" @click=${fire('qt-close-session')}>Disconnect</button>`;
  }

  private transaction(connection: ConnectionView | undefined) {
    const { tone, parts } = transactionText(
      connection?.purpose === 'tab' ? connection : undefined,
      Date.now(),
    );
    return html`<qt-protection-badge
      .trusted=${this.trusted}
      .target=${this.profile?.target ?? { database: '' }}
      ?editable=${this.editable}
    ></qt-protection-badge>
      <span class="part ${tone}" data-testid="transaction">${parts.join(' ')}</span>`;
  }
}

/** What is weak about the sign-in, in a few words; the rest where the pointer rests. */
function weakSignIn(server: ConnectionView['server'] | undefined) {
  const weak = server?.weakSignIn;
  return weak
    ? html`<span class="said waiting" data-testid="weak-sign-in" title=${WEAK_SIGN_IN_WORDS[weak]}>weak sign-in</span>`
    : nothing;
}

/** The server's process that a tab talks to; behind a pooler it may be another for each transaction. */
function processText(engine: Engine, { purpose, server }: ConnectionView): string {
  if (server?.capabilities.pooler) return ' · through a pooler';
  return server && purpose === 'tab'
    ? ` · ${descriptorOf(engine).words.processNumber} ${server.process.processId}`
    : '';
}

customElements.define('qt-status-bar', QtStatusBar);
