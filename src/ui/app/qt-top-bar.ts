import { css, html, LitElement } from 'lit';
import type { VaultView } from '../../events/config.ts';
import type { Environment } from '../../events/profile.ts';
import { unwritableTape } from '../../events/unwritable-tape.ts';
import type { TapeHealth } from '../../events/wire.ts';
import type { Client } from '../api/client.ts';
import { icon } from '../controls/icons.ts';
import { keyCaps, keysOf } from '../controls/key-bindings.ts';
import { shared } from '../controls/shared.css.ts';
import { thousands } from '../format/format.ts';
import type { Theme } from './theme.ts';

const VAULT_TITLES = {
  absent: 'No vault yet',
  locked: 'Vault locked',
  unlocked: 'Vault unlocked',
  unreadable: 'Vault unreadable',
} as const;
const THEME_ICONS = { system: 'monitor', light: 'sun', dark: 'moon' } as const;

/**
 * The top bar. Fires `qt-palette`, `qt-toggle-sidebar`, `qt-toggle-tape`, `qt-next-theme` and `qt-open-…` of
 * vault, history, metrics and settings.
 */
export class QtTopBar extends LitElement {
  static override properties = {
    environment: { attribute: false },
    health: { attribute: false },
    seq: { type: Number },
    link: { type: String },
    theme: { type: String },
    vault: { type: String },
    policyBroken: { attribute: false },
    sidebarShown: { attribute: false },
    tapeShown: { attribute: false },
  };
  static override styles = [
    shared,
    css`
      :host {
        display: flex; align-items: center; gap: 10px; height: var(--qt-top); padding: 0 8px 0 12px; flex: none;
        background: var(--qt-bg-raised); border-bottom: 1px solid var(--qt-border); white-space: nowrap;
      }
      .mark { width: 17px; height: 17px; color: var(--qt-accent); }
      .name { margin: 0; font: inherit; font-weight: 600; }
      .environment { font-weight: 700; font-size: 12px; padding: 1px 8px; border-radius: 4px; }
      .production { background: var(--qt-state-failed); color: var(--qt-bg); }
      .staging { background: var(--qt-state-waiting); color: var(--qt-bg); }
      .find {
        display: flex; align-items: center; gap: 8px; width: min(420px, 34vw); height: 26px; margin: 0 auto; padding: 0 8px;
        border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg);
        color: var(--qt-fg-muted); overflow: hidden;
      }
      .find:hover { border-color: var(--qt-border-strong); color: var(--qt-fg); }
      .find span { overflow: hidden; text-overflow: ellipsis; }
      kbd { margin-left: auto; font: 11px var(--qt-font-mono); color: var(--qt-fg-faint); }
      .development { font-weight: 500; padding: 0; color: var(--qt-fg-muted); }
      .tape { display: flex; align-items: center; gap: 7px; color: var(--qt-fg-muted); margin-right: 4px; font-variant-numeric: tabular-nums; }
      .tape .dot { background: var(--qt-state-well); }
      .tape.failed { color: var(--qt-state-failed); font-weight: 600; }
      .tape.failed .dot { background: var(--qt-state-failed); border-radius: 0; }
      .tape.unknown .dot { background: none; border: 1.5px solid var(--qt-fg-faint); }
      .icon[aria-pressed='true'], .icon.unlocked { color: var(--qt-fg); }
      .icon.unreadable, .icon.broken { color: var(--qt-state-failed); }
      @media (max-width: 700px) { .tape .words, .find kbd, .name { display: none; } }
    `,
  ];

  /** Of the tab in view; null while there is none. */
  declare environment: Environment | null;
  declare health: TapeHealth;
  declare seq: number;
  declare link: Client['link'];
  declare theme: Theme;
  /** The vault's state. */
  declare vault: VaultView['state'];
  /** The policy can't be read as it was meant. */
  declare policyBroken: boolean;
  declare sidebarShown: boolean;
  declare tapeShown: boolean;

  protected override render() {
    const { environment, theme } = this;
    return html`
      <button
        class="icon"
        title=${`${this.sidebarShown ? 'Hide' : 'Show'} connections (${keysOf('page', 'toggleSidebar')})`}
        aria-label="Connections"
        aria-pressed=${this.sidebarShown}
        @click=${() => this.fire('qt-toggle-sidebar')}
      >${icon('panel-left')}</button>
      <svg class="mark" viewBox="0 0 24 24" fill="none" aria-hidden="true">
        <circle cx="12" cy="12" r="9.5" stroke="currentColor" stroke-width="2.5"></circle><circle cx="12" cy="12" r="3.6" fill="currentColor"></circle>
      </svg>
      <h1 class="name">Querytape</h1>
      ${
        environment
          ? html`<span class="environment ${environment}">${environment === 'development' ? environment : environment.toUpperCase()}</span>`
          : ''
      }
      <button class="find" @click=${() => this.fire('qt-palette')} aria-haspopup="dialog">
        ${icon('search', 14)}<span>Go to a table, run a command</span><kbd>${keyCaps(keysOf('page', 'openPalette'))}</kbd>
      </button>
      ${this.tape()}
      <button
        class="icon ${this.vault}"
        data-testid="vault-button"
        title=${VAULT_TITLES[this.vault]}
        aria-label=${VAULT_TITLES[this.vault]}
        @click=${() => this.fire('qt-open-vault')}
      >${icon(this.vault === 'unlocked' ? 'lock-open' : 'lock')}</button>
      <button class="icon" title="History (${keysOf('page', 'openHistory')})" aria-label="History" @click=${() => this.fire('qt-open-history')}>${icon('history')}</button>
      <button class="icon" title="Metrics (${keysOf('page', 'openMetrics')})" aria-label="Metrics" @click=${() => this.fire('qt-open-metrics')}>${icon('chart')}</button>
      ${this.settings()}
      <button class="icon" data-testid="theme-toggle" title="Theme: ${theme}" aria-label="Theme: ${theme}" @click=${() => this.fire('qt-next-theme')}>${icon(THEME_ICONS[theme] ?? 'monitor')}</button>
      <button
        class="icon"
        title=${`${this.tapeShown ? 'Hide' : 'Show'} the tape (${keysOf('page', 'toggleTape')})`}
        aria-label="Tape"
        aria-pressed=${this.tapeShown}
        @click=${() => this.fire('qt-toggle-tape')}
      >${icon('panel-right')}</button>
    `;
  }

  private settings() {
    const title = this.policyBroken
      ? 'Settings: the policy is invalid, so the strictest one applies'
      : 'Settings';
    return html`<button
      class="icon ${this.policyBroken ? 'broken' : ''}"
      title="${title} (${keysOf('page', 'openSettings')})"
      aria-label=${this.policyBroken ? 'Settings: the policy is invalid' : 'Settings'}
      @click=${() => this.fire('qt-open-settings')}
    >${icon(this.policyBroken ? 'alert' : 'settings')}</button>`;
  }

  private tape() {
    const { health, seq, link } = this;
    if (health.state === 'failed')
      return html`<span class="tape failed" role="alert" title=${unwritableTape(health.code!, 'nothing is sent to a server')}>
        <span class="dot"></span>not recording · ${health.code}
      </span>`;
    const open = link === 'open';
    const title = open
      ? 'Every event is on disk, up to this record'
      : 'The last record that the page has received';
    return html`<span
      class="tape ${open ? '' : 'unknown'}"
      data-testid="on-tape"
      data-seq=${seq}
      title=${title}
    >
      <span class="dot"></span><span><span class="words">on tape · </span>${thousands(seq)}</span>
    </span>`;
  }

  private fire(type: string): void {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }
}

customElements.define('qt-top-bar', QtTopBar);
