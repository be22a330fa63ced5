import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import type { Catalogue } from './catalogue.ts';
import type { QtConnectionTree } from './qt-connection-tree.ts';
import './qt-connection-tree.ts';
import { shared } from './shared.css.ts';

/** The connections, and what a crash left behind. Events come up from the tree. */
export class QtSidebar extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    sessions: { attribute: false },
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
      h2 {
        display: flex; align-items: center; height: 36px; margin: 0; padding: 0 14px; flex: none;
        font-size: 12px; font-weight: 600; color: var(--qt-fg-muted);
      }
      qt-connection-tree { flex: 1; }
      .orphans { flex: none; max-height: 30%; display: flex; flex-direction: column; border-top: 1px solid var(--qt-border); }
      ul { list-style: none; margin: 0; padding: 0 0 8px; overflow: auto; }
      li { display: flex; gap: 8px; align-items: center; padding: 2px 14px; font-size: 12px; line-height: 17px; color: var(--qt-fg-muted); }
      time { color: var(--qt-fg); }
    `,
  ];

  declare profiles: readonly Profile[];
  declare sessions: ReadonlyMap<string, SessionView>;
  declare failures: ReadonlyMap<string, FailureText>;
  declare catalogues: ReadonlyMap<string, Catalogue>;
  /** Statements that a former run left in flight, newest first. */
  declare orphans: readonly QueryView[];
  declare revision: number;
  declare current: string;

  override focus(): void {
    this.renderRoot.querySelector<QtConnectionTree>('qt-connection-tree')?.focus();
  }

  protected override render() {
    const { profiles, sessions, failures, catalogues, revision, current, orphans } = this;
    return html`
      <h2>Connections</h2>
      <qt-connection-tree
        .profiles=${profiles} .sessions=${sessions} .failures=${failures} .catalogues=${catalogues}
        .revision=${revision} .current=${current}
      ></qt-connection-tree>
      ${
        orphans.length === 0
          ? nothing
          : html`<section class="orphans" aria-label="Left behind by a crash">
              <h2>Left behind by a crash</h2>
              <ul>${orphans.map((query) => this.orphan(query))}</ul>
            </section>`
      }
    `;
  }

  private orphan({ queryId, sessionId, submittedAt }: QueryView) {
    const at = new Date(submittedAt);
    const profile = this.profiles.find(
      ({ profileId }) => this.sessions.get(profileId)?.sessionId === sessionId,
    );
    const title = `${queryId} · Querytape ended while this statement ran. Whether it still runs can be seen on the server.`;
    return html`<li title=${title}>
      <span class="dot waiting"></span>
      <span>${profile ? `${profile.name}, ` : ''}<time datetime=${at.toISOString()}>${at.toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' })}</time>: unknown whether it still runs</span>
    </li>`;
  }
}

customElements.define('qt-sidebar', QtSidebar);
