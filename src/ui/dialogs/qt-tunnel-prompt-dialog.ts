import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Command } from '../../events/command.ts';
import type { PromptAnswer, PromptQuestion } from '../../events/prompt.ts';
import { sendCommand } from '../api/command-request.ts';
import { Clock } from '../controls/clock.ts';
import { dialogStyles } from '../controls/dialog.css.ts';
import { DialogController } from '../controls/dialog-controller.ts';
import { textField } from '../controls/form-fields.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { timeLeft } from './confirmation-text.ts';
import { seenKey, seenKeyStyles } from './seen-key.ts';
import type { TunnelPrompt } from './tunnel-prompts.ts';

const TICK_MS = 250;

type Question<T extends PromptQuestion['type']> = Extract<PromptQuestion, { type: T }>;

/**
 * Asks the user what a tunnel wants to know, one question at a time, oldest first: whether a host key is trusted, a passphrase, or what
 * an SSH server asks. Shows itself while something is open. Sends `prompt.answer` and `prompt.dismiss` up; closing it in any way is the
 * harmless answer.
 */
export class QtTunnelPromptDialog extends LitElement {
  static override properties = {
    prompts: { attribute: false },
    texts: { state: true },
    sending: { state: true },
  };
  static override styles = [
    shared,
    dialogStyles,
    seenKeyStyles,
    css`
      dialog { width: min(600px, calc(100vw - 32px)); }
      .body { display: flex; flex-direction: column; gap: 10px; }
      .fields { margin: 0; }
      .key { display: flex; gap: 18px; align-items: start; flex-wrap: wrap; }
      dl { flex: 1 1 260px; }
      .words { white-space: pre-wrap; overflow-wrap: anywhere; user-select: text; max-height: 160px; overflow: auto; }
      .from { border-left: 3px solid var(--qt-border-strong); padding-left: 10px; }
      ul { margin: 2px 0 0; padding-left: 18px; }
      li { overflow-wrap: anywhere; user-select: text; }
      .clock { font-variant-numeric: tabular-nums; color: var(--qt-fg-muted); }
    `,
  ];

  /** The open questions, oldest first. Empty shows nothing. */
  declare prompts: readonly TunnelPrompt[];
  declare protected texts: readonly string[];
  declare protected sending: boolean;
  private readonly dialog = new DialogController(this, {
    leave: () => void this.dismiss(),
    closed: () => {
      if (this.current) void this.present();
    },
  });

  constructor() {
    super();
    new Clock(this, TICK_MS, () => this.current !== undefined);
    this.prompts = [];
    this.texts = [];
    this.sending = false;
  }

  private get current(): TunnelPrompt | undefined {
    return this.prompts[0];
  }

  private isAnother(changed: PropertyValues<this>): boolean {
    return changed.has('prompts') && changed.get('prompts')?.[0]?.promptId !== this.current?.promptId;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!this.isAnother(changed)) return;
    // Nothing that was typed for the last question counts for this one.
    this.texts = [];
    this.sending = false;
    this.dialog.refuse(null);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!this.current) {
      this.dialog.close();
      return;
    }
    if (this.isAnother(changed)) void this.present();
  }

  private async present(): Promise<void> {
    await this.dialog.open(this.current?.question.type === 'hostKey' ? '[data-harmless]' : 'input');
  }

  protected override render() {
    const { current } = this;
    return html`<dialog aria-labelledby="title">${current ? this.form(current) : nothing}</dialog>`;
  }

  private form(prompt: TunnelPrompt) {
    const { question, expiresAt, hops, profileName } = prompt;
    const over = Date.now() >= expiresAt;
    const of = hops > 1 ? `Hop ${question.hop + 1} of ${hops}` : 'SSH server';
    return html`<form novalidate @submit=${this.submitted}>
      <div class="head">
        <h2 id="title">${TITLES[question.type](question as never)}</h2>
        ${this.dialog.cross()}
      </div>
      <div class="body">
        <p class="quiet">${profileName === null ? 'For the test of a connection' : html`To open ${escapeInvisible(profileName)}`} · ${of}</p>
        ${question.type === 'hostKey' ? hostKey(question) : this.fields(question)}
        ${this.dialog.alert()}
      </div>
      <div class="foot">
        <span class="space clock">${over ? 'The time to answer is over.' : `${timeLeft(expiresAt, Date.now())} left to answer`}</span>
        <button
          class="button ${question.type === 'hostKey' ? 'primary' : ''}"
          type="button"
          data-harmless
          @click=${this.dialog.leave}
        >${question.type === 'hostKey' ? 'Do not trust' : 'Cancel'}</button>
        <button
          class="button ${question.type === 'hostKey' ? '' : 'primary'}"
          type="submit"
          ?disabled=${over || this.sending}
        >${question.type === 'hostKey' ? 'Trust and remember' : 'Continue'}</button>
      </div>
    </form>`;
  }

  private fields(question: Question<'passphrase' | 'secondFactor'>) {
    const asked = question.type === 'passphrase' ? [{ text: 'Passphrase', echo: false }] : question.prompts;
    return html`
      ${question.type === 'passphrase' ? html`<p class="words mono">${escapeInvisible(question.keyFile)}</p>` : nothing}
      ${
        question.type === 'secondFactor' && question.name + question.instructions !== ''
          ? html`<div class="from"><p class="hint">The server says</p>${serverText(question.name)}${serverText(question.instructions)}</div>`
          : nothing
      }
      <div class="fields">${asked.map(({ text, echo }, at) =>
        textField({
          path: `texts.${at}`,
          label: escapeInvisible(text.trim()) || `Answer ${at + 1}`,
          value: this.texts[at] ?? '',
          span: 6,
          mono: true,
          max: 16_384,
          type: echo ? 'text' : 'password',
          typed: (value) => {
            this.texts = Array.from(asked, (_, i) => (i === at ? value : (this.texts[i] ?? '')));
          },
        }),
      )}</div>
      <p class="hint">Used once, and stored nowhere.</p>`;
  }

  private readonly submitted = (event: Event): void => {
    event.preventDefault();
    if (!this.current || this.sending || Date.now() >= this.current.expiresAt) return;
    void this.answer(this.current);
  };

  private async answer({ promptId, challenge, question }: TunnelPrompt): Promise<void> {
    const count = question.type === 'secondFactor' ? question.prompts.length : 1;
    const texts = Array.from({ length: count }, (_, at) => this.texts[at] ?? '');
    const answer: PromptAnswer =
      question.type === 'hostKey'
        ? { kind: 'hostKey', challenge, trusted: true }
        : { kind: question.type, challenge, texts };
    this.sending = true;
    this.texts = [];
    await this.sendFor(promptId, { type: 'prompt.answer', promptId, answer });
  }

  /** The harmless answer: nothing is sent to the server. */
  private async dismiss(): Promise<void> {
    const { current } = this;
    this.texts = [];
    if (!current) this.dialog.close();
    else await this.sendFor(current.promptId, { type: 'prompt.dismiss', promptId: current.promptId });
  }

  /** Sends a command about a question, and shows its refusal while that is the question that is asked. */
  private async sendFor(promptId: string, command: Command): Promise<void> {
    this.dialog.refuse(null);
    const answered = await sendCommand(this, command);
    if (!('refused' in answered) || this.current?.promptId !== promptId) return;
    this.sending = false;
    this.dialog.refuse(answered.refused);
  }
}

const TITLES: { readonly [T in PromptQuestion['type']]: (question: Question<T>) => string } = {
  hostKey: ({ host }) => `Trust ${escapeInvisible(host)}?`,
  passphrase: () => 'Passphrase of a key file',
  secondFactor: ({ host }) => `${escapeInvisible(host)} asks`,
};

/** A server's text as text, with what can't be seen in it shown. */
function serverText(text: string) {
  if (text.trim() === '') return nothing;
  return html`<p class="words" tabindex="0">${escapeInvisible(text.trim())}</p>`;
}

function hostKey(question: Question<'hostKey'>) {
  const { others } = question;
  return html`
    <p>No known_hosts file has this key. Compare the fingerprint with what the server’s administrator gives you; an impostor could receive everything that is sent otherwise. Nothing secret has been sent yet.</p>
    <div class="key">
      ${seenKey(
        question,
        html`<dt>Other keys that are known for it</dt>
        <dd>${others.length === 0 ? 'none' : html`<ul>${others.map((known) => html`<li><span class="mono">${escapeInvisible(known.keyType)} ${escapeInvisible(known.fingerprint)}</span> <span class="quiet">${escapeInvisible(known.file)}, line ${known.line}</span></li>`)}</ul>`}</dd>`,
      )}
    </div>`;
}

customElements.define('qt-tunnel-prompt-dialog', QtTunnelPromptDialog);
