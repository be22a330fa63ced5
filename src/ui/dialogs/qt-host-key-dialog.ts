import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import type { HostKeyClash } from '../../events/host-key-clash.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { seenKey, seenKeyStyles } from './seen-key.ts';

/**
 * Shows a host key that is not the known one, or a revoked one, beside what is known: a hard stop. There is nothing to accept here; `open`
 * shows it, and its only answer closes it.
 */
export class QtHostKeyDialog extends LitElement {
  static override properties = { clash: { state: true }, isRevoked: { state: true } };
  static override styles = [
    shared,
    dialogStyles,
    seenKeyStyles,
    css`
      dialog { width: min(840px, calc(100vw - 32px)); }
      .body { display: flex; flex-direction: column; gap: 12px; }
      .body p { margin: 0; }
      h2 { color: var(--qt-state-failed); }
      h3 { margin: 0 0 6px; font-size: 13px; line-height: 18px; }
      .keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 12px; }
      section { min-width: 0; padding: 8px 12px 12px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); }
      section.shown { border-color: var(--qt-state-failed); }
      pre + dl { margin-top: 8px; }
      section dl:last-child dd:last-child { margin-bottom: 0; }
      ol { margin: 0; padding-left: 20px; display: flex; flex-direction: column; gap: 4px; }
    `,
  ];

  declare protected clash: HostKeyClash | null;
  declare protected isRevoked: boolean;
  private readonly dialog = new DialogController(this, { focus: '[data-harmless]' });

  constructor() {
    super();
    this.clash = null;
    this.isRevoked = false;
  }

  /** Shows the keys of a failure or a refusal; does nothing where it has none. */
  async open({ code, hostKeys }: Pick<FailureText, 'code' | 'hostKeys'>): Promise<void> {
    if (!hostKeys) return;
    this.clash = hostKeys;
    this.isRevoked = code === 'ssh.hostKeyRevoked';
    await this.dialog.open();
  }

  protected override render() {
    const { clash } = this;
    return html`<dialog aria-labelledby="title" aria-describedby="means">${clash ? this.panel(clash) : nothing}</dialog>`;
  }

  private panel({ host, shown, known }: HostKeyClash) {
    const { isRevoked } = this;
    const name = escapeInvisible(host);
    return html`<div class="head">
        <h2 id="title">${isRevoked ? `The host key of ${name} is revoked` : `The host key of ${name} has changed`}</h2>
        ${this.dialog.cross()}
      </div>
      <div class="body">
        <p id="means">${
          isRevoked
            ? 'This key must not be used any more. The connection was ended, and nothing secret was sent.'
            : 'Another server may be answering in its place. The connection was ended, and nothing secret was sent.'
        }</p>
        <div class="keys">
          <section class="shown" aria-label="The key that is shown now"><h3>Shown now</h3>${shown ? seenKey(shown) : html`<p>ssh does not say which key.</p>`}</section>
          ${known.map(
            (
              one,
            ) => html`<section aria-label=${isRevoked ? 'A key that is marked as revoked' : 'A key that is known'}><h3>${isRevoked ? 'Marked as revoked' : 'Known until now'}</h3>${seenKey(one)}
              <dl><dt>Where</dt><dd><span class="mono">${escapeInvisible(one.file)}</span>, line ${one.line}</dd></dl></section>`,
          )}
        </div>
        ${
          isRevoked
            ? html`<p>Ask the server’s administrator for the key that replaced it.</p>`
            : html`<div><h3>What to do</h3><ol>
              <li>Ask the server’s administrator whether its key was changed, by a way other than this network.</li>
              <li>Compare the fingerprint that is shown now with theirs.</li>
              <li>Only if they are the same, remove the line above from its file and connect again: the new key is then asked about.</li>
            </ol></div>`
        }
      </div>
      <div class="foot">
        <span class="space"></span>
        <button
          class="button primary"
          type="button"
          data-harmless
          @click=${this.dialog.leave}
        >Do not connect</button>
      </div>`;
  }
}

customElements.define('qt-host-key-dialog', QtHostKeyDialog);
