import { css, html, LitElement, nothing } from 'lit';
import { icon } from '../controls/icons.ts';
import { shared } from '../controls/shared.css.ts';
import type { RefusalAct, RefusalText } from './refusal-text.ts';

/** Told one by one; more are counted. */
const ALSO_MAX = 5;

/**
 * A refusal where it happened: the rule, why, where in the text, who may change it. Fires `qt-show-place`
 * when its place is asked for, and `qt-refusal-act` with a `RefusalAct`.
 */
export class QtRefusal extends LitElement {
  static override properties = { refusal: { attribute: false }, place: { type: String } };
  static override styles = [
    shared,
    css`
      :host { display: block; flex: none; }
      .refusal {
        display: grid; grid-template-columns: 16px minmax(0, 1fr); gap: 0 10px; border-left: 3px solid var(--qt-state-failed);
        background: var(--qt-failed-soft); padding: 7px 14px 7px 11px; overflow-wrap: anywhere; max-height: 32vh; overflow: auto; user-select: text;
      }
      .refusal > svg { margin-top: 2px; color: var(--qt-state-failed); }
      p { margin: 0; }
      .head { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; }
      .rule { color: var(--qt-state-failed); font-weight: 600; }
      .code { color: var(--qt-fg-muted); }
      .who { color: var(--qt-fg-muted); }
      .link { margin-left: 8px; white-space: nowrap; }
      ul { margin: 0; padding-left: 18px; }
    `,
  ];

  declare refusal: RefusalText | null;
  /** The place in words, such as `line 3`; empty where there is none. */
  declare place: string;

  constructor() {
    super();
    this.refusal = null;
    this.place = '';
  }

  protected override render() {
    const { refusal, place } = this;
    if (!refusal) return nothing;
    const { code, rule, why, also, who, act } = refusal;
    const told = also.slice(0, ALSO_MAX);
    return html`<div class="refusal" role="alert" data-testid="refusal">
      ${icon('shield')}
      <div>
        <p class="head"><span class="rule">${rule}</span><span class="code mono">${code}</span></p>
        <p>${why}${
          place
            ? html`<button class="link" title="Go there" @click=${this.showPlace}>${place}</button>`
            : nothing
        }</p>
        ${told.length > 0 ? html`<ul>${told.map((words) => html`<li>${words}</li>`)}${also.length > told.length ? html`<li>and ${also.length - told.length} more</li>` : nothing}</ul>` : nothing}
        ${who || act ? html`<p class="who">${who}${act ? html`<button class="link" @click=${() => this.act(act.do)}>${act.label}</button>` : nothing}</p>` : nothing}
      </div>
    </div>`;
  }

  private showPlace(): void {
    this.dispatchEvent(new CustomEvent('qt-show-place', { bubbles: true, composed: true }));
  }

  private act(detail: RefusalAct): void {
    this.dispatchEvent(new CustomEvent('qt-refusal-act', { detail, bubbles: true, composed: true }));
  }
}

customElements.define('qt-refusal', QtRefusal);
