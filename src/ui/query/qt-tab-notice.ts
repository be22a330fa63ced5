import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import type { Profile } from '../../events/profile.ts';
import { sentences } from '../../events/sentences.ts';
import { type SessionView, sessionOpen } from '../../events/views/session-view.ts';
import { shared } from '../controls/shared.css.ts';
import { sessionStateText } from '../format/session-state-text.ts';

/**
 * Why nothing can be run in a tab, or what was lost with its connection, and what to do. Fires
 * `qt-open-profile`, `qt-open-vault` and `qt-transaction`.
 */
export class QtTabNotice extends LitElement {
  static override properties = {
    profile: { attribute: false },
    session: { attribute: false },
    unopened: { attribute: false },
    alarm: { type: String },
    lost: { type: String },
    linked: { attribute: false },
    locked: { type: Boolean },
    rollingBack: { type: Boolean },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; flex: none; }
      .notice {
        display: flex; gap: 12px; align-items: center; padding: 5px 14px; color: var(--qt-fg-muted);
        border-bottom: 1px solid var(--qt-border); background: var(--qt-bg-raised);
      }
      .notice.failed { color: var(--qt-fg); background: var(--qt-failed-soft); box-shadow: inset 3px 0 0 var(--qt-state-failed); }
      .notice.failed.alarm { color: var(--qt-state-failed); }
      .lost { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; overflow-wrap: anywhere; }
      .name { display: inline-block; max-width: 280px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom; }
      strong { font-weight: 600; }
      .advice { display: block; color: var(--qt-fg-muted); }
      .notice > .link { flex: none; }
      .notice.failed > .link { align-self: start; margin-left: auto; }
      .act { flex: none; height: 26px; padding: 0 12px; border: 1px solid var(--qt-state-failed); border-radius: var(--qt-radius); color: var(--qt-state-failed); font-weight: 600; }
      .act:hover { background: var(--qt-bg); }
    `,
  ];

  declare profile: Profile | undefined;
  declare session: SessionView | undefined;
  /** Why it is not open, after an error. */
  declare unopened: FailureText | null;
  /** The announced reason; empty if there is none. */
  declare alarm: string;
  /** What was lost with the connection; empty if nothing was. */
  declare lost: string;
  /** Whether the link to Querytape is open. */
  declare linked: boolean;
  /** What is in the vault is not known. */
  declare locked: boolean;
  /** The server has been asked to roll the transaction back, so the user need not. */
  declare rollingBack: boolean;

  constructor() {
    super();
    this.unopened = null;
    this.alarm = '';
    this.lost = '';
    this.linked = true;
    this.locked = false;
    this.rollingBack = false;
  }

  protected override render() {
    const { alarm, lost, session } = this;
    if (alarm) return html`<div class="notice failed alarm" role="alert">${alarm}</div>`;
    const ready = session !== undefined && sessionOpen(session.state);
    return html`${lost ? this.loss(lost, ready) : nothing}${ready || !this.linked ? nothing : this.notOpen()}`;
  }

  private loss(lost: string, ready: boolean) {
    const seen = (): boolean => this.fire('qt-transaction', { step: 'rollback' });
    return html`<div class="notice failed" role="alert" data-testid="lost-transaction">
      <span class="lost" title=${lost}>${lost}</span>${ready && !this.rollingBack ? html`<button class="act" data-testid="loss-seen" @click=${seen}>Acknowledge and continue</button>` : nothing}
    </div>`;
  }

  private notOpen() {
    const { profile, session, unopened } = this;
    const state = session?.state ?? 'offline';
    if (!profile)
      return html`<div class="notice late" role="status">${
        this.locked
          ? html`<span>This tab’s connection is in the vault. <button class="link" @click=${() => this.fire('qt-open-vault', null)}>Unlock it</button></span>`
          : 'This tab’s connection no longer exists.'
      }</div>`;
    const why = unopened
      ? html`<b class="mono">${unopened.code}</b> ${sentences(unopened.message)}${unopened.advice ? html`<span class="advice">${sentences(unopened.advice)}</span>` : nothing}`
      : nothing;
    const name = html`<span class="name" title=${profile.name}>${profile.name}</span>`;
    if (state !== 'offline' && state !== 'failed')
      return html`<div class="notice late" role="status"><span>${name} is ${sessionStateText(state)}… ${why}</span></div>`;
    // What went wrong is announced; that nothing is open yet is not.
    const said = html`${name} ${state === 'failed' ? 'could not be opened.' : 'is not open.'}`;
    const [looks, role] = unopened ? ['failed', 'alert'] : ['late', 'status'];
    return html`<div class="notice ${looks}" role=${role} data-testid="not-open">
      <span>${unopened ? html`<strong>${said}</strong>` : said} ${why}</span>
      <button class="link" @click=${() => this.fire('qt-open-profile', profile.profileId)}>${state === 'failed' ? 'Retry' : html`Open ${name}`}</button>
    </div>`;
  }

  private fire(type: string, detail: unknown): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-tab-notice', QtTabNotice);
