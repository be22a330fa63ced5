import { css, html, LitElement, nothing } from 'lit';
import type { VaultView } from '../../events/config.ts';
import type { Profile } from '../../events/profile.ts';
import { type SessionView, sessionOpening } from '../../events/views/session-view.ts';
import type { Client } from '../api/client.ts';
import { shared } from '../controls/shared.css.ts';

/**
 * What is in the middle while no tab is: what to do first, or what is waited for. Fires `qt-open-profile`,
 * `qt-new-connection` and `qt-open-vault`.
 */
export class QtWelcome extends LitElement {
  static override properties = {
    link: { type: String },
    denied: { attribute: false },
    profile: { attribute: false },
    session: { attribute: false },
    refused: { type: String },
    vault: { type: String },
    demoProblem: { type: String },
  };
  static override styles = [
    shared,
    css`
      :host { flex: 1; display: grid; place-content: center; justify-items: center; gap: 14px; text-align: center; padding: 24px; }
      h2 { margin: 0; font-size: 20px; line-height: 28px; font-weight: 600; }
      p { margin: 0; max-width: 440px; color: var(--qt-fg-muted); }
      p.failed { color: var(--qt-state-failed); }
      button {
        height: 36px; padding: 0 20px; margin-top: 4px; border-radius: var(--qt-radius); background: var(--qt-accent);
        color: var(--qt-on-accent); font-weight: 600;
      }
      button:focus-visible { outline-offset: 3px; border-radius: var(--qt-radius); }
      button.other { margin: 0; border: 1px solid var(--qt-border-strong); background: none; color: var(--qt-fg); font-weight: 400; }
      button.other:hover { background: var(--qt-bg-hover); }
    `,
  ];

  declare link: Client['link'];
  declare denied: string | null;
  /** The profile to offer; undefined where there is none. */
  declare profile: Profile | undefined;
  /** The session that is being opened, or is open. */
  declare session: SessionView | undefined;
  /** Why the last opening was not taken. */
  declare refused: string;
  declare vault: VaultView['state'];
  /** Why there is no demo to try; empty where there is one. */
  declare demoProblem: string;

  constructor() {
    super();
    this.link = 'connecting';
    this.denied = null;
    this.refused = '';
    this.vault = 'absent';
    this.demoProblem = '';
  }

  /** Offers its button to the keyboard while nothing else has the focus, and takes it from no other control. */
  protected override updated(): void {
    if (document.activeElement === document.body)
      this.renderRoot.querySelector<HTMLElement>('button[autofocus]')?.focus();
  }

  protected override render() {
    const { link, denied, profile, session, refused } = this;
    if (denied !== null) return html`<h2>Querytape rejected this page</h2><p role="alert">${denied}</p>`;
    if (link !== 'open') return html`<p class="late" role="status">Waiting for Querytape to answer…</p>`;
    if (session)
      return html`<p class="late" role="status">${sessionOpening(session.state) ? 'Opening the connection…' : 'Restoring your tabs…'}</p>`;
    if (!profile && (this.vault === 'locked' || this.vault === 'unreadable'))
      return html`<h2>Your connections are in the vault</h2>
        <p>${this.vault === 'locked' ? 'It is locked. Names and hosts are encrypted too, so nothing is listed until you unlock it.' : 'Its file is unreadable. Nothing has been overwritten.'}</p>
        <button autofocus @click=${() => this.fire('qt-open-vault')}>${this.vault === 'locked' ? 'Unlock the vault' : 'Repair the vault'}</button>`;
    if (!profile)
      return html`<h2>No connection yet</h2>
        <p>Add the server you work with. What you save is encrypted and stays on this machine.</p>
        ${this.demoProblem ? html`<p data-testid="demo-problem">${this.demoProblem}</p>` : nothing}
        <button autofocus @click=${() => this.fire('qt-new-connection')}>New connection</button>`;
    return html`<h2>Open a connection to begin</h2>
      <p>${
        profile.profileId === 'demo'
          ? 'Demo is a real PostgreSQL on this machine with a small shop in it. Change whatever you like.'
          : 'Every statement you run is recorded before it leaves this machine.'
      }</p>
      <button autofocus @click=${this.open}>Open ${profile.name}</button>
      ${
        this.vault === 'locked'
          ? html`<button class="other" @click=${() => this.fire('qt-open-vault')}>Unlock the vault</button>`
          : html`<button class="other" @click=${() => this.fire('qt-new-connection')}>New connection</button>`
      }
      ${refused ? html`<p class="failed" role="alert">${refused}</p>` : nothing}`;
  }

  private fire(type: string): void {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }

  private open(): void {
    const detail = this.profile!.profileId;
    this.dispatchEvent(new CustomEvent('qt-open-profile', { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-welcome', QtWelcome);
