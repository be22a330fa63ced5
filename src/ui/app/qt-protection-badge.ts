import { css, html, LitElement, nothing } from 'lit';
import { descriptorOf } from '../../events/engines/index.ts';
import type { Target } from '../../events/profile.ts';
import { writeClipboard } from '../controls/clipboard.ts';
import { chipStyles, environmentChip } from '../controls/environment-frame.ts';
import { icon } from '../controls/icons.ts';
import { shared } from '../controls/shared.css.ts';
import { type Protection, protectionText, type Wall } from './protection-text.ts';

const GAP_PX = 6;

/**
 * Which walls protect the data from this session's statements, in a few words; a click shows more. Fires
 * `qt-edit-connection` and `qt-open-settings` from where each can be changed.
 */
export class QtProtectionBadge extends LitElement {
  static override properties = {
    trusted: { attribute: false },
    target: { attribute: false },
    chip: { type: Boolean },
    editable: { type: Boolean },
    copied: { state: true },
    shown: { state: true },
  };
  static override styles = [
    shared,
    chipStyles,
    css`
      :host { display: inline-flex; min-width: 0; align-items: center; gap: 8px; }
      .badge { display: inline-flex; align-items: center; gap: 6px; min-width: 0; height: 22px; padding: 0 6px; border-radius: 4px; color: var(--qt-fg-muted); font-size: 12px; white-space: nowrap; }
      .badge span { overflow: hidden; text-overflow: ellipsis; }
      .badge:hover { background: var(--qt-bg-hover); color: var(--qt-fg); }
      .badge svg { flex: none; }
      .badge.well svg { color: var(--qt-state-well); }
      .badge.waiting, .badge.waiting:hover { color: var(--qt-state-waiting); }
      [popover] {
        position: fixed; margin: 0; inset: auto; width: min(440px, calc(100vw - 16px)); max-height: calc(100vh - 60px); overflow: auto;
        padding: 14px 16px; border: 1px solid var(--qt-border-strong); border-radius: 8px; background: var(--qt-bg-raised); color: var(--qt-fg);
        font: 13px/20px var(--qt-font-sans); box-shadow: var(--qt-shadow); white-space: normal;
      }
      h2 { margin: 0 0 8px; font-size: 13px; font-weight: 600; display: flex; gap: 8px; align-items: center; }
      h3 { margin: 12px 0 2px; font-size: 12px; font-weight: 600; color: var(--qt-fg-muted); }
      p { margin: 0; color: var(--qt-fg-muted); }
      dl { display: grid; grid-template-columns: 16px max-content minmax(0, 1fr); gap: 5px 10px; margin: 0; }
      dt { display: contents; font-weight: 600; }
      dt svg { margin-top: 3px; }
      dd { margin: 0; color: var(--qt-fg-muted); }
      .yes { color: var(--qt-state-well); }
      .no, .unknown { color: var(--qt-fg-faint); }
      .mark { line-height: 20px; text-align: center; }
      .role { position: relative; margin-top: 4px; }
      pre { margin: 0; padding: 8px 60px 8px 10px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg); white-space: pre-wrap; overflow-wrap: anywhere; user-select: text; }
      .copy { position: absolute; top: 6px; right: 8px; }
      .ways { display: flex; gap: 16px; margin-top: 12px; flex-wrap: wrap; }
    `,
  ];

  /** Null while nothing is open. */
  declare trusted: Protection | null;
  declare target: Pick<Target, 'database'>;
  /** Whether the environment's chip is shown before the words. */
  declare chip: boolean;
  /** The connection is a saved one: it can be made read-only. */
  declare editable: boolean;
  declare protected copied: boolean;
  declare protected shown: boolean;

  constructor() {
    super();
    this.target = { database: '' };
    this.chip = false;
    this.editable = false;
    this.copied = false;
    this.shown = false;
  }

  protected override render() {
    const { trusted, chip } = this;
    if (!trusted) return nothing;
    const { tone, badge } = protectionText(trusted);
    return html`${chip ? environmentChip(trusted.environment) : nothing}
      <button class="badge ${tone}" popovertarget="why" aria-haspopup="dialog" aria-expanded=${this.shown} title="What protects this connection">
        ${icon('shield', 14)}<span>${badge}</span>
      </button>
      <div id="why" popover role="dialog" aria-label="What protects this connection" @toggle=${this.toggled}>${this.shown ? this.why(trusted) : nothing}</div>`;
  }

  private why(trusted: Protection) {
    const { target } = this;
    const { walls } = protectionText(trusted);
    const { words, code } = descriptorOf(trusted.engine).readOnlyRole(target.database);
    return html`
      <h2>What protects this connection ${environmentChip(trusted.environment, 'long')}</h2>
      <dl>${walls.map((wall) => this.wall(wall))}</dl>
      ${
        trusted.canWrite === false
          ? nothing
          : html`<h3>A role that can only read</h3>
            <p>${words}</p>
            <div class="role"><pre class="mono" tabindex="0" aria-label="Statements that make the role">${code}</pre>
              <button class="link copy" @click=${() => this.copy(code)}>${this.copied ? 'Copied' : 'Copy'}</button></div>`
      }
      <div class="ways">
        ${this.editable ? html`<button class="link" @click=${() => this.leave('qt-edit-connection')}>${trusted.readOnly ? 'Edit the connection' : 'Make the connection read-only'}</button>` : nothing}
        <button class="link" @click=${() => this.leave('qt-open-settings')}>Change the policy</button>
      </div>`;
  }

  private wall({ name, stands, words }: Wall) {
    const said = { yes: 'active', no: 'not active', unknown: 'not known' }[stands];
    const mark = stands === 'yes' ? icon('check') : stands === 'no' ? '–' : '?';
    return html`<dt><span class="mark ${stands}" role="img" aria-label=${said}>${mark}</span><span>${name}</span></dt><dd>${words}</dd>`;
  }

  private get popup(): HTMLElement {
    return this.renderRoot.querySelector<HTMLElement>('[popover]')!;
  }

  private async toggled(event: ToggleEvent): Promise<void> {
    this.shown = event.newState === 'open';
    this.copied = false;
    if (!this.shown) return;
    await this.updateComplete;
    // Over the badge where there is room, else below, and never beyond the window.
    const badge = this.renderRoot.querySelector('.badge')!.getBoundingClientRect();
    const { offsetWidth, offsetHeight, style } = this.popup;
    const above = badge.top - offsetHeight - GAP_PX;
    style.top = `${above >= GAP_PX ? above : Math.min(badge.bottom + GAP_PX, Math.max(GAP_PX, innerHeight - offsetHeight - GAP_PX))}px`;
    style.left = `${Math.max(GAP_PX, Math.min(badge.left, innerWidth - offsetWidth - GAP_PX))}px`;
  }

  private async copy(code: string): Promise<void> {
    this.copied = await writeClipboard(code);
  }

  private leave(type: 'qt-edit-connection' | 'qt-open-settings'): void {
    this.popup.hidePopover();
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true }));
  }
}

customElements.define('qt-protection-badge', QtProtectionBadge);
