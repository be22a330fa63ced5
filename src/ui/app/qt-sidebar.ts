import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import type { Profile } from '../../events/profile.ts';
import type { OrphanView } from '../../events/views/orphan-view.ts';
import type { SessionView } from '../../events/views/session-view.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import type { Config } from '../api/config.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { QtConnectionTree } from '../catalogue/qt-connection-tree.ts';
import { icon } from '../controls/icons.ts';
import '../catalogue/qt-connection-tree.ts';
import { shared } from '../controls/shared.css.ts';

/**
 * The connections, and what a crash left behind. Events come up from the tree; fires `qt-new-connection` and
 * `qt-open-vault`.
 */
export class QtSidebar extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    config: { attribute: false },
    sessions: { attribute: false },
    tunnels: { attribute: false },
    connected: { attribute: false },
    failures: { attribute: false },
    catalogues: { attribute: false },
    orphans: { attribute: false },
    revision: { type: Number },
    current: { type: String },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; background: var(--qt-bg-raised); }
      .head {
        display: flex; align-items: center; height: 36px; margin: 0; padding: 0 14px; flex: none;
        font-size: 12px; font-weight: 600; color: var(--qt-fg-muted);
      }
      h2 { margin: 0; font: inherit; }
      .head .icon { margin-left: auto; margin-right: -8px; }
      .vault { display: flex; align-items: center; gap: 8px; flex: none; height: 28px; padding: 0 14px; text-align: left; color: var(--qt-state-waiting); white-space: nowrap; }
      .vault:hover { background: var(--qt-bg-hover); }
      .vault.unreadable { color: var(--qt-state-failed); }
      .vault b { margin-left: auto; color: var(--qt-accent); font-weight: 400; }
      qt-connection-tree { flex: 1; }
      qt-orphans { flex: none; max-height: 45%; }
    `,
  ];

  declare profiles: readonly Profile[];
  /** The vault and what it lists. */
  declare config: Config;
  declare sessions: ReadonlyMap<string, SessionView>;
  /** The latest tunnel of each session that has one, by session id. */
  declare tunnels: ReadonlyMap<string, TunnelView>;
  /** The sessions that have a connection, by id; null while the program does not answer. */
  declare connected: readonly string[] | null;
  declare failures: ReadonlyMap<string, FailureText>;
  declare catalogues: ReadonlyMap<string, Catalogue>;
  /** What earlier runs left on servers, newest first. */
  declare orphans: readonly OrphanView[];
  declare revision: number;
  declare current: string;

  override focus(): void {
    const tree = this.renderRoot.querySelector<QtConnectionTree>('qt-connection-tree');
    const otherwise =
      this.renderRoot.querySelector<HTMLElement>('.vault') ??
      this.renderRoot.querySelector<HTMLElement>('.head .icon');
    if (this.profiles.length > 0) tree?.focus();
    else otherwise?.focus();
  }

  protected override render() {
    const { profiles, config, sessions, failures, catalogues, revision, current, orphans } = this;
    const saved = new Set(
      config.profiles.filter(({ kept }) => kept === 'vault').map(({ profile }) => profile.profileId),
    );
    const { state } = config.vault;
    const isLocked = state === 'locked' || state === 'unreadable';
    return html`
      <div class="head"><h2>Connections</h2><button class="icon" title="New connection" aria-label="New connection" @click=${() => this.fire('qt-new-connection')}>${icon('plus')}</button></div>
      ${isLocked ? this.vault(state) : nothing}
      <qt-connection-tree
        .profiles=${profiles}
        .saved=${saved}
        .locked=${isLocked}
        .sessions=${sessions}
        .tunnels=${this.tunnels}
        .connected=${this.connected}
        .failures=${failures}
        .catalogues=${catalogues}
        .revision=${revision} .current=${current}
      ></qt-connection-tree>
      ${
        orphans.length === 0
          ? nothing
          : html`<qt-orphans
            role="region"
            aria-label="Left behind by a crash"
            .locked=${isLocked}
            .orphans=${orphans}
            .profiles=${profiles}
            .failures=${failures}
          ></qt-orphans>`
      }
    `;
  }

  private vault(state: 'locked' | 'unreadable') {
    const [words, act] = state === 'locked' ? ['Vault locked', 'Unlock'] : ['Vault unreadable', 'Repair'];
    return html`<button class="vault ${state}" data-testid="vault-row" @click=${() => this.fire('qt-open-vault')}>
      ${icon('lock', 14)}<span>${words}</span><b>${act}</b>
    </button>`;
  }

  private fire(type: string): void {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }
}

customElements.define('qt-sidebar', QtSidebar);
