import { html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Command, Refusal } from '../../events/command.ts';
import type { VaultView } from '../../events/config.ts';
import { NO_CONFIG } from '../api/config.ts';
import { download, Refused } from '../api/request.ts';
import { Countdown } from '../controls/countdown.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { focusFirstError } from '../controls/form-fields.ts';
import { icon } from '../controls/icons.ts';
import { shared } from '../controls/shared.css.ts';
import { vaultStyles } from './vault-dialog.css.ts';
import { type Kind, type Typed, vaultSection } from './vault-sections.ts';
import { STEP_TITLES, type Step, stepOf, unlockWords, VAULT_SCOPE } from './vault-words.ts';

type VaultCommand = Extract<Command, { type: `vault.${string}` }>;

/**
 * The vault: made, unlocked, locked, protected in another way, mended. `open` shows it and resolves once it
 * is closed. Sends `vault.*` commands up.
 */
export class QtVaultDialog extends LitElement {
  static override properties = {
    vault: { attribute: false },
    reason: { state: true },
    step: { state: true },
    kind: { state: true },
    typed: { state: true },
    shown: { state: true },
    working: { state: true },
    mismatch: { state: true },
  };
  static override styles = [shared, dialogStyles, vaultStyles];

  declare vault: VaultView;
  /** Why it has to be opened now; empty if the user opened the dialog. */
  declare protected reason: string;
  declare protected step: Step;
  declare protected kind: Kind;
  declare protected typed: Typed;
  declare protected shown: boolean;
  declare protected working: boolean;
  declare protected mismatch: boolean;
  /** Until the next passphrase is looked at; none is sent before. */
  private readonly wait = new Countdown(this);
  private wrong = 0;
  private closed: () => void = () => undefined;
  private readonly dialog = new DialogController(this, {
    focus: '.body input:not([type=radio]):not(:disabled), .foot .primary',
    closed: () => this.left(),
  });

  constructor() {
    super();
    this.vault = NO_CONFIG.vault;
    this.reason = '';
    this.kind = 'passphrase';
    this.working = false;
    this.begin('create');
  }

  /** Shows the vault as it stands. Resolves once the dialog is closed. */
  open(reason = ''): Promise<void> {
    this.reason = reason;
    this.kind = this.vault.protection ?? 'passphrase';
    this.restart();
    void this.dialog.open();
    this.closed();
    return new Promise((resolve) => {
      this.closed = resolve;
    });
  }

  /** Begins with the vault as it stands; a command that is still answered is no longer waited for. */
  private restart(): void {
    this.working = false;
    this.begin(stepOf(this.vault));
  }

  private begin(step: Step): void {
    this.step = step;
    this.typed = NOTHING_TYPED;
    this.shown = false;
    this.mismatch = false;
    this.dialog.refuse(null);
    if (this.dialog.question) this.dialog.ask(null);
  }

  private focusFirst(): void {
    void this.dialog.focusDrawn();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('vault');
    if (!before || before.state === this.vault.state || this.working) return;
    // Locked, unlocked or mended by another window, or by the command that was just taken.
    this.begin(stepOf(this.vault));
    this.focusFirst();
  }

  protected override render() {
    const { step, vault, reason } = this;
    return html`<dialog aria-labelledby="title">
      <form novalidate @submit=${this.submitted}>
        <div class="head">
          ${icon(vault.state === 'unlocked' ? 'lock-open' : 'lock')}
          <h2 id="title">${STEP_TITLES[step]}</h2>
          ${this.dialog.cross()}
        </div>
        <div class="body">
          ${reason && step !== 'stand' ? html`<p class="note waiting">${reason}</p>` : nothing}
          ${this.section()} ${this.problem()} ${this.wayOut()}
          <p class="hint">${VAULT_SCOPE}</p>
        </div>
        ${this.dialog.foot(() => this.foot())}
      </form>
    </dialog>`;
  }

  private section() {
    const { vault, step, kind, typed, shown, mismatch, working } = this;
    return vaultSection({
      ...{ vault, step, kind, typed, shown, mismatch, working },
      refused: this.dialog.refused !== null,
      change: (to) => {
        this.typed = to;
        this.mismatch = false;
      },
      choose: (to) => {
        this.kind = to;
        this.dialog.refuse(null);
      },
      show: (to) => {
        this.shown = to;
      },
      exportProfiles: () => void this.exportProfiles(),
    });
  }

  private async exportProfiles(): Promise<void> {
    this.dialog.refuse(null);
    try {
      await download('/api/profiles/export');
    } catch (error) {
      // Where there is no answer the page says so by itself.
      if (error instanceof Refused) this.dialog.refuse(error);
    }
  }

  private problem() {
    const { working, step } = this;
    const { refused, question } = this.dialog;
    if (working)
      return html`<p class="quiet late" role="status">${step === 'unlock' ? 'Checking… this is deliberately slow.' : 'One moment…'}</p>`;
    if (!refused || question) return nothing;
    return this.dialog.alert(step === 'unlock' ? unlockWords(refused, this.wrong) : refused.message);
  }

  /** For a vault whose passphrase is forgotten or whose key is gone. */
  private wayOut() {
    if (this.step !== 'unlock' || !this.dialog.refused) return nothing;
    return html`<button
      class="link aside"
      type="button"
      @click=${() => this.askFirst('setAside')}
    >I can’t unlock it…</button>`;
  }

  private foot() {
    const { step, working, vault } = this;
    const { leftMs } = this.wait;
    if (step === 'stand')
      return html`<div class="foot">
        <button
          class="button"
          type="button"
          @click=${() => this.turn('protect')}
        >Change protection…</button><span class="space"></span>
        <button
          class="button primary"
          type="submit"
          ?disabled=${working}
        >${icon('lock', 14)} Lock now</button>
      </div>`;
    if (step === 'mend')
      return html`<div class="foot">
        <button
          class="button"
          type="button"
          ?disabled=${working}
          @click=${() => this.askFirst('setAside')}
        >Create a new vault…</button><span class="space"></span>
        ${
          vault.backup
            ? html`<button
              class="button primary"
              type="submit"
              ?disabled=${working}
            >Restore the backup</button>`
            : nothing
        }
      </div>`;
    const unlock = vault.protection === 'keychain' ? 'Unlock with the keychain' : 'Unlock';
    const words = { create: 'Create the vault', protect: 'Change', unlock }[step];
    const wait = step === 'unlock' && leftMs > 0;
    return html`<div class="foot"><span class="space"></span>
      <button
        class="button"
        type="button"
        @click=${step === 'protect' ? () => this.turn('stand') : this.dialog.leave}
      >${step === 'protect' ? 'Back' : 'Cancel'}</button>
      <button
        class="button primary"
        type="submit"
        ?disabled=${working || wait || !this.ready}
      >${wait ? `Unlock in ${Math.ceil(leftMs / 1000)} s` : words}</button>
    </div>`;
  }

  private askFirst(about: keyof typeof QUESTIONS): void {
    const { command, ...words } = QUESTIONS[about];
    this.dialog.ask({ ...words, act: () => void this.send(command) });
  }

  /** Whether there is something to send. */
  private get ready(): boolean {
    const { step, vault, kind, typed } = this;
    if (step === 'protect' && vault.protection === 'passphrase' && typed.current === '') return false;
    const typing = step === 'unlock' ? vault.protection !== 'keychain' : kind === 'passphrase';
    return !typing || typed.typed !== '';
  }

  private turn(step: Step): void {
    this.begin(step);
    this.focusFirst();
  }

  private submitted(event: Event): void {
    event.preventDefault();
    if (this.working || this.dialog.question || (this.step === 'unlock' && this.wait.leftMs > 0)) return;
    if (this.step === 'stand' || this.step === 'mend' || this.ready) void this.sendStep();
  }

  private get command(): VaultCommand {
    const { step, kind, vault } = this;
    const { typed, current } = this.typed;
    const protection = kind === 'keychain' ? ({ keychain: true } as const) : { passphrase: typed };
    if (step === 'create') return { type: 'vault.create', protection };
    if (step === 'protect')
      return { type: 'vault.protect', protection, ...(current === '' ? {} : { current }) };
    if (step === 'mend') return { type: 'vault.restoreBackup' };
    if (step === 'stand') return { type: 'vault.lock' };
    return vault.protection === 'keychain'
      ? { type: 'vault.unlock' }
      : { type: 'vault.unlock', passphrase: typed };
  }

  private async sendStep(): Promise<void> {
    const twice = (this.step === 'create' || this.step === 'protect') && this.kind === 'passphrase';
    this.mismatch = twice && this.typed.typed !== this.typed.again;
    if (this.mismatch) {
      await this.updateComplete;
      focusFirstError(this.renderRoot);
      return;
    }
    await this.send(this.command);
  }

  private async send(command: VaultCommand): Promise<void> {
    this.working = true;
    const answer = await this.dialog.send(command);
    if (answer === null) return;
    this.working = false;
    if ('refused' in answer) return this.refuse(command, answer.refused);
    this.wrong = 0;
    // What was typed is gone from here before anything else happens.
    this.begin(stepOf(this.vault));
    // After these there is a next step, which comes with the vault's new state.
    if (command.type === 'vault.setAside' || command.type === 'vault.restoreBackup') this.focusFirst();
    else this.dialog.close();
  }

  private refuse(command: VaultCommand, refused: Refusal): void {
    if (refused.code === 'transaction.open') {
      this.askFirst('rollback');
      return;
    }
    if (command.type === 'vault.unlock') {
      this.wrong++;
      this.typed = NOTHING_TYPED;
      this.wait.begin(refused.retryAfterMs ?? 0);
    }
    if (command.type === 'vault.protect') this.typed = { ...this.typed, current: '' };
    this.focusFirst();
  }

  private left(): void {
    this.restart();
    this.closed();
  }
}

const NOTHING_TYPED: Typed = { current: '', typed: '', again: '' };

const QUESTIONS = {
  setAside: {
    words: 'Set this vault aside and start a new one? Its file is kept under another name.',
    stay: 'Keep it',
    go: 'Set it aside',
    command: { type: 'vault.setAside', unopenable: true },
  },
  rollback: {
    words: 'A connection to production has an open transaction. Locking rolls it back.',
    stay: 'Stay unlocked',
    go: 'Roll back and lock',
    command: { type: 'vault.lock', rollback: true },
  },
} as const;

customElements.define('qt-vault-dialog', QtVaultDialog);
