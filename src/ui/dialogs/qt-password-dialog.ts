import { css, html, LitElement } from 'lit';
import type { Profile } from '../../events/profile.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { chipStyles, environmentChip } from '../controls/environment-frame.ts';
import { textField } from '../controls/form-fields.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { targetText } from './confirmation-text.ts';

/**
 * Asks for the password of a connection that keeps none. What was typed is handed over once and forgotten
 * here.
 */
export class QtPasswordDialog extends LitElement {
  static override properties = {
    profile: { state: true },
    typed: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    chipStyles,
    css`
      dialog { width: min(420px, calc(100vw - 32px)); }
      .fields { margin: 0; }
      p { margin: 0 0 12px; color: var(--qt-fg-muted); overflow-wrap: anywhere; }
    `,
  ];

  declare protected profile: Pick<Profile, 'name' | 'target' | 'environment'> | null;
  declare protected typed: string;
  private readonly dialog = new DialogController(this, {
    focus: '#f-password',
    closed: () => this.settle(null),
  });
  private answer: (password: string | null) => void = () => undefined;

  constructor() {
    super();
    this.profile = null;
    this.typed = '';
  }

  /** Resolves with what was typed, which may be empty, or with null if the user cancelled. */
  async ask(profile: Pick<Profile, 'name' | 'target' | 'environment'>): Promise<string | null> {
    this.answer(null);
    this.profile = profile;
    this.typed = '';
    await this.dialog.open();
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  }

  protected override render() {
    const { profile, typed } = this;
    return html`<dialog aria-labelledby="title">
      <form novalidate @submit=${this.submitted}>
        <div class="head">
          <h2 id="title">Password for ${escapeInvisible(profile?.name ?? '')}</h2>
          ${profile ? environmentChip(profile.environment) : ''}
          ${this.dialog.cross()}
        </div>
        <div class="body">
          <p>${profile ? escapeInvisible(targetText(profile.target)) : ''}</p>
          <div class="fields">${textField({
            path: 'password',
            label: 'Password',
            value: typed,
            span: 6,
            mono: true,
            max: 16_384,
            type: 'password',
            hint: 'Used while the connection is open, never stored.',
            typed: (text) => {
              this.typed = text;
            },
          })}</div>
        </div>
        <div class="foot"><span class="space"></span>
          <button class="button" type="button" @click=${this.dialog.leave}>Cancel</button>
          <button class="button primary" type="submit">Connect</button>
        </div>
      </form>
    </dialog>`;
  }

  private submitted(event: Event): void {
    event.preventDefault();
    this.settle(this.typed);
    this.dialog.close();
  }

  private settle(password: string | null): void {
    this.typed = '';
    this.answer(password);
    this.answer = () => undefined;
  }
}

customElements.define('qt-password-dialog', QtPasswordDialog);
