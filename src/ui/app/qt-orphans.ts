import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import { orphanText } from '../../events/orphan-text.ts';
import type { Profile } from '../../events/profile.ts';
import type { OrphanView } from '../../events/views/orphan-view.ts';
import { shared } from '../controls/shared.css.ts';
import { stateColour } from '../format/state-colour.ts';
import { minuteStamp } from '../format/timestamp.ts';

/** A command about an orphan, that the user wants sent. */
export interface OrphanRequest {
  readonly type: 'orphan.check' | 'orphan.cancel' | 'orphan.dismiss';
  readonly orphanId: string;
}

/** What a crash left behind on servers, and what became of it. Fires `qt-orphan` with an `OrphanRequest`. */
export class QtOrphans extends LitElement {
  static override properties = {
    orphans: { attribute: false },
    profiles: { attribute: false },
    failures: { attribute: false },
    locked: { type: Boolean },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; border-top: 1px solid var(--qt-border); }
      h2 { display: flex; align-items: center; height: 36px; margin: 0; padding: 0 14px; flex: none; font-size: 12px; font-weight: 600; color: var(--qt-fg-muted); }
      ul { list-style: none; margin: 0; padding: 0 0 8px; overflow: auto; }
      li { display: grid; grid-template-columns: auto 1fr; gap: 2px 8px; align-items: baseline; padding: 4px 14px 8px; font-size: 12px; line-height: 17px; color: var(--qt-fg-muted); }
      li > * { grid-column: 2; }
      li > .dot { grid-column: 1; align-self: center; }
      p { margin: 0; overflow-wrap: anywhere; }
      b, .status { color: var(--qt-fg); }
      b { font-weight: 600; overflow-wrap: anywhere; }
      .failure { color: var(--qt-state-failed); }
      .acts { display: flex; flex-wrap: wrap; gap: 12px; }
      .acts button { color: var(--qt-accent); }
    `,
  ];

  /** Newest first. */
  declare orphans: readonly OrphanView[];
  declare profiles: readonly Profile[];
  /** The vault is locked, so profiles in it are not listed. */
  declare locked: boolean;
  /** What servers and refusals said, by the orphan's id or that of its actor. */
  declare failures: ReadonlyMap<string, FailureText>;

  protected override render() {
    return html`<h2 id="title">Left behind by a crash</h2>
      <ul aria-labelledby="title" tabindex="0">${this.orphans.map((orphan) => this.orphan(orphan))}</ul>`;
  }

  private orphan(orphan: OrphanView) {
    const { orphanId, profileId, statement, leftAt, actorId } = orphan;
    const profile = this.profiles.find((one) => one.profileId === profileId);
    const at = new Date(statement?.submittedAt ?? leftAt);
    const text = orphanText(orphan, profile ?? (this.locked ? 'vaultLocked' : 'deleted'), minuteStamp);
    const colour = orphan.state === 'notChecked' ? 'waiting' : stateColour('orphan', orphan.state);
    const failure = this.failures.get(orphanId) ?? (orphan.failure && this.failures.get(actorId ?? ''));
    const act = (type: OrphanRequest['type'], label: string) => html`<button
      aria-describedby=${`of-${orphanId}`}
      @click=${() => this.request({ type, orphanId })}
    >${label}</button>`;
    return html`<li data-testid="orphan" data-state=${orphan.state}>
      <span class="dot ${colour}" aria-hidden="true"></span>
      <b id=${`of-${orphanId}`}>${text.connection}, <time datetime=${at.toISOString()}>${minuteStamp(at.getTime())}</time></b>
      <p class="status" role="status">${text.status}</p>
      ${text.details.map((detail) => html`<p>${detail}</p>`)}
      ${failure ? html`<p class="failure">${failure.message}${failure.advice ? ` ${failure.advice}` : ''}</p>` : nothing}
      <div class="acts">
        ${text.canCancel ? act('orphan.cancel', 'Cancel it') : nothing}
        ${text.canCheck ? act('orphan.check', 'Look again') : nothing}
        ${text.canDismiss ? act('orphan.dismiss', 'Dismiss') : nothing}
      </div>
    </li>`;
  }

  private request(detail: OrphanRequest): void {
    this.dispatchEvent(new CustomEvent('qt-orphan', { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-orphans', QtOrphans);
