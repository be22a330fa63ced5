import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { sendCommand } from '../api/command-request.ts';
import { Clock } from '../controls/clock.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { chipStyles, environmentChip } from '../controls/environment-frame.ts';
import { icon } from '../controls/icons.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { isNamed, timeLeft } from './confirmation-text.ts';
import type { Pending } from './confirmations.ts';
import { dangerLines, dangerStyles, markedStatement, targetFacts } from './danger-statement.ts';
import { RowCount } from './row-count.ts';

const TICK_MS = 250;

/**
 * Asks the user about a dangerous statement before it is sent: one at a time, oldest first. Shows itself
 * while something is pending. One of another page's is shown here, too, as that page may be closed: no key that is pressed while it
 * comes up answers it. Sends `query.confirm` and `query.cancel` up; closing it by any way is the
 * harmless answer.
 */
export class QtDangerDialog extends LitElement {
  static override properties = {
    pending: { attribute: false },
    tabs: { attribute: false },
    typed: { state: true },
    sending: { state: true },
    hint: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    chipStyles,
    dangerStyles,
    css`
      dialog { width: min(720px, calc(100vw - 32px)); border-top-width: 4px; }
      dialog.production { border-color: var(--qt-state-failed); }
      dialog.staging { border-color: var(--qt-state-waiting); }
      .mark { flex: none; display: inline-flex; }
      .production .mark { color: var(--qt-state-failed); }
      .staging .mark { color: var(--qt-state-waiting); }
      .count { margin-left: auto; padding-right: 8px; color: var(--qt-fg-muted); }
      .body { display: flex; flex-direction: column; gap: 12px; }
      h2 { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
      dl { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 0; flex: none; }
      dl div { min-width: 0; }
      dt { font-size: 12px; line-height: 16px; color: var(--qt-fg-muted); }
      dd { margin: 0; overflow-wrap: anywhere; user-select: text; font-weight: 500; }
      .rows { flex: none; }
      div.rows { display: flex; align-items: center; gap: 12px; }
      .answer { display: grid; gap: 4px; flex: none; }
      .answer label b { font-family: var(--qt-font-mono); font-weight: 600; font-size: 12px; user-select: all; overflow-wrap: anywhere; white-space: pre-wrap; }
      .clock { font-variant-numeric: tabular-nums; color: var(--qt-fg-muted); min-width: 15ch; }
      .clock.soon { color: var(--qt-state-waiting); font-weight: 600; }
      .clock.over { color: var(--qt-state-failed); font-weight: 600; }
    `,
  ];

  /** The statements that wait, oldest first. Empty shows nothing. */
  declare pending: readonly Pending[];
  /** The tabs of this page. */
  declare tabs: readonly { readonly tabId: string }[];
  declare protected typed: string;
  declare protected sending: 'run' | 'cancel' | null;
  declare protected hint: string;
  private readonly count = new RowCount(this, (command) => sendCommand(this, command));
  private readonly dialog = new DialogController(this, {
    leave: () => void this.cancel(),
    closed: () => {
      if (this.current) void this.present();
    },
  });

  constructor() {
    super();
    new Clock(this, TICK_MS, () => this.current !== undefined);
    this.pending = [];
    this.tabs = [];
    this.typed = '';
    this.sending = null;
    this.hint = '';
  }

  private get current(): Pending | undefined {
    return this.pending[0];
  }

  /** Whether it was submitted on this page, so that the user expects to be asked. */
  private get own(): boolean {
    return this.tabs.some(({ tabId }) => tabId === this.current?.tabId);
  }

  private get over(): boolean {
    const { words } = this.current ?? {};
    return !words?.challenge || Date.now() >= words.challenge.expiresAt;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('pending')) return;
    if (changed.get('pending')?.[0]?.queryId === this.current?.queryId) return;
    // Another statement: nothing that was typed for the last one counts for it.
    this.typed = '';
    this.sending = null;
    this.dialog.refuse(null);
    this.hint = '';
    this.count.clear();
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { current } = this;
    if (!current) {
      this.dialog.close();
      return;
    }
    const another = changed.has('pending') && changed.get('pending')?.[0]?.queryId !== current.queryId;
    if (another) void this.present();
  }

  /**
   * Brings a statement to the user, what is dangerous in it and the harmless button first. Over whatever else is typed here, the dialog
   * itself has the focus: a space or Enter would press the button.
   */
  private async present(): Promise<void> {
    await this.dialog.open(this.own ? '.harmless' : 'dialog');
    this.renderRoot.querySelector('mark')?.scrollIntoView({ block: 'nearest' });
  }

  protected override render() {
    const { current } = this;
    return html`<dialog
      class=${current?.environment ?? ''} role="alertdialog" tabindex="-1" aria-labelledby="title" aria-describedby="why"
      @keydown=${this.key}
    >${current ? this.form(current) : nothing}</dialog>`;
  }

  private form(current: Pending) {
    const { pending } = this;
    const { environment, profileName } = current;
    const more = pending.length > 1 ? `1 of ${pending.length} waiting` : '';
    const from = this.own ? '' : 'submitted outside this page';
    return html`<form @submit=${this.submitted}>
        <div class="head">
          <span class="mark">${icon('alert', 18)}</span>
          <h2 id="title">Run this on ${escapeInvisible(profileName)}?</h2>
          ${environmentChip(environment, 'long')} <span class="count">${[from, more].filter(Boolean).join(' · ')}</span>
        </div>
        <div class="body">${this.statement(current)} ${targetFacts(current.target)} ${this.answer(current)}</div>
        <div class="foot">
          ${this.clock()} <span class="space"></span>
          <button
            class="button primary harmless"
            type="button"
            ?disabled=${this.sending === 'cancel'}
            @click=${this.dialog.leave}
          >
            ${this.sending === 'cancel' ? 'Cancelling…' : 'Cancel: send nothing'}
          </button>
          <button
            class="button danger run"
            type="submit"
            ?disabled=${!this.mayRun}
          >${this.sending === 'run' ? 'Sending…' : `Run on ${environment}`}</button>
        </div>
      </form>`;
  }

  private get mayRun(): boolean {
    return (
      !this.over &&
      !this.sending &&
      !this.count.isRunning &&
      isNamed(this.typed, this.current?.profileName ?? '')
    );
  }

  private statement({ queryId, words }: Pending) {
    if (!words)
      return html`<p class="note" id="why">The statement’s text is no longer available. Cancel it and run it again.</p>`;
    const { text, params, judgement } = words;
    const dangers = judgement?.dangers ?? [];
    return html`${markedStatement(text, dangers)}
      ${params.length > 0 ? html`<p class="quiet">with ${params.length} ${params.length === 1 ? 'value' : 'values'} bound as parameters</p>` : nothing}
      <ol id="why" aria-label="What is dangerous">${dangerLines(text, dangers, (n) => this.show(n))}</ol>
      ${judgement?.counting ? this.count.line(queryId, judgement.counting, this.sending === null && !this.over) : nothing}`;
  }

  private answer({ profileName }: Pending) {
    const { over, hint } = this;
    const { refused } = this.dialog;
    const problem = refused?.message ?? hint;
    return html`<div class="answer">
      <label for="name">Type <b>${escapeInvisible(profileName)}</b> to run it</label>
      <input
        id="name"
        class="input mono"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="120"
        ?disabled=${over}
        .value=${this.typed}
        aria-describedby="problem"
        aria-invalid=${problem ? 'true' : 'false'}
        @input=${this.type}
      />
      <p id="problem" role="alert" class=${refused ? 'alert' : 'error'} ?hidden=${!problem}>
        ${refused ? html`<span class="code mono">${refused.code}</span>` : nothing}${problem}
      </p>
    </div>`;
  }

  private clock() {
    const challenge = this.current?.words?.challenge;
    if (!challenge) return html`<span class="clock over">can no longer be confirmed</span>`;
    const left = challenge.expiresAt - Date.now();
    if (left <= 0) return html`<span class="clock over" role="status">Too late. Run it again.</span>`;
    const soon = left <= 20_000;
    return html`<span
      class="clock ${soon ? 'soon' : ''}"
      role="timer"
    >${timeLeft(challenge.expiresAt, Date.now())} left to answer</span>`;
  }

  /** Brings a danger's place in the statement into view and selects it. */
  private show(danger: number): void {
    const mark = this.renderRoot.querySelector<HTMLElement>(`mark[data-danger="${danger}"]`);
    if (!mark) return;
    mark.scrollIntoView({ block: 'nearest' });
    getSelection()?.selectAllChildren(mark);
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.dialog.refuse(null);
    this.hint = '';
  }

  /**
   * The keys that ran the statement, held or pressed again, answer nothing; what is typed goes to where the
   * name belongs.
   */
  private key(event: KeyboardEvent): void {
    const { key, repeat, ctrlKey, metaKey, altKey } = event;
    const target = event.composedPath()[0] as HTMLElement;
    if (key === 'Enter' ? repeat || ctrlKey || metaKey : repeat && key === 'Escape') {
      event.preventDefault();
      return;
    }
    const input = this.renderRoot.querySelector<HTMLInputElement>('#name');
    if (!input || ctrlKey || metaKey || altKey) return;
    if (key === 'Enter' && target === input) {
      event.preventDefault();
      this.entered();
    } else if (key.length === 1 && key !== ' ' && target !== input) input.focus();
  }

  /** Enter in the field runs nothing: it goes to the button that does, or says why there is no way. */
  private entered(): void {
    if (this.mayRun) this.renderRoot.querySelector<HTMLElement>('.run')?.focus();
    else if (!this.over && !this.sending)
      this.hint = this.typed ? 'That is not the connection’s name.' : 'Type the name first.';
  }

  private submitted(event: Event): void {
    event.preventDefault();
    if (this.mayRun) void this.run();
  }

  private async run(): Promise<void> {
    const { queryId, words } = this.current!;
    this.sending = 'run';
    this.dialog.refuse(null);
    const challenge = words!.challenge!.id;
    const answer = await sendCommand(this, { type: 'query.confirm', queryId, challenge, name: this.typed });
    // The tape tells that it was confirmed, and the next one comes; until then this button says that it was
    // sent.
    if (!('refused' in answer) || this.current?.queryId !== queryId) return;
    this.sending = null;
    this.dialog.refuse(answer.refused);
    if (answer.refused.code === 'confirmation.name')
      this.renderRoot.querySelector<HTMLElement>('#name')?.focus();
  }

  private async cancel(): Promise<void> {
    const { current } = this;
    if (!current) this.dialog.close();
    if (!current || this.sending === 'cancel') return;
    const { queryId } = current;
    this.sending = 'cancel';
    const answer = await sendCommand(this, { type: 'query.cancel', queryId });
    if (!('refused' in answer) || this.current?.queryId !== queryId) return;
    this.sending = null;
    this.dialog.refuse(answer.refused);
  }
}

customElements.define('qt-danger-dialog', QtDangerDialog);
