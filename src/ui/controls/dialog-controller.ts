import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import type { Command, CommandAnswer, Refusal } from '../../events/command.ts';
import { sendCommand } from '../api/command-request.ts';
import { icon } from './icons.ts';

/** An element whose template holds one `<dialog>`. */
type DialogElement = ReactiveControllerHost &
  EventTarget & { readonly renderRoot: ParentNode & { readonly activeElement?: Element | null } };

/** How a dialog differs from a plain one. */
interface DialogOptions {
  /**
   * What gets the focus once the dialog is open, as a selector. Without it, what the browser chooses
   * (`autofocus`).
   */
  readonly focus?: string;
  /** Whether something was typed that closing would lose. The user is then asked first. */
  readonly unsaved?: () => boolean;
  /** What leaving does in place of closing. */
  readonly leave?: () => void;
  /** Called once the dialog is closed, in whichever way. */
  readonly closed?: () => void;
  /** Whether a click beside the dialog leaves it. */
  readonly leavesByClickBeside?: boolean;
}

/** A question in the foot of a dialog, in place of its buttons. Escape is the harmless answer. */
interface FootQuestion {
  readonly words: string;
  /** The harmless answer. */
  readonly stay: string;
  /** The answer that does something. */
  readonly go: string;
  readonly act: () => void;
}

const HARMLESS = '[data-harmless]';

const controllers = new Set<DialogController>();

/** Whether a decision is awaited. Until it is made, the page's keys open nothing above it and change nothing behind it. */
export function awaitsDecision(): boolean {
  return [...controllers].some(({ asks }) => asks);
}

/**
 * The one way in which a dialog opens, closes, gives the focus back, answers Escape, asks before something is
 * lost and reports what the server refused. The browser keeps the focus inside (`showModal`) and returns it
 * to where it was.
 *
 *   closed ──open──→ open ──leave, Escape──→ asking (unsaved) ──stay──→ open
 *     ↑                └──────close──────────┴──go──┐
 *     └─────────────────────────────────────────────┘
 */
export class DialogController implements ReactiveController {
  /** What the server refused last, until it is tried again or the dialog is opened again. */
  refused: Refusal | null = null;
  /** The question in the foot, if one is asked. */
  question: FootQuestion | null = null;
  private element: HTMLDialogElement | null = null;
  private before: Element | null = null;
  /** How often it was opened and closed: the answer to a command of another time is no answer to what is shown. */
  private turns = 0;
  private readonly host: DialogElement;
  private readonly options: DialogOptions;

  constructor(host: DialogElement, options: DialogOptions = {}) {
    this.host = host;
    this.options = options;
    host.addController(this);
  }

  get isOpen(): boolean {
    return this.element?.open ?? false;
  }

  /** Whether the dialog is a question, or one is in its foot. */
  get asks(): boolean {
    return this.isOpen && (this.question !== null || this.element!.matches('[role=alertdialog]'));
  }

  /** Shows the dialog, drawn as the host's properties are now. */
  async open(focus = this.options.focus): Promise<void> {
    this.turns++;
    this.refused = null;
    this.question = null;
    this.host.requestUpdate();
    await this.host.updateComplete;
    if (!this.element) return;
    if (!this.isOpen) this.element.showModal();
    await this.focusDrawn(focus);
  }

  readonly close = (): void => {
    this.element?.close();
  };

  /** Closes at the user's wish: by Escape, the cross or a button. What is unsaved is asked about first. */
  readonly leave = (): void => {
    if (this.question) this.ask(null);
    else if (this.options.leave) this.options.leave();
    else if (this.options.unsaved?.()) this.ask({ ...UNSAVED, act: this.close });
    else this.close();
  };

  /** Asks in the foot, which takes the place of a refusal; null takes the question back. */
  ask(question: FootQuestion | null): void {
    if (question && !this.question) this.before = this.host.renderRoot.activeElement ?? null;
    this.question = question;
    this.refuse(null);
    if (question) void this.focusDrawn(HARMLESS);
    else void this.focusBefore();
  }

  /** Returns the focus to what had it when the question was asked, or else to the first field. */
  private async focusBefore(): Promise<void> {
    await this.host.updateComplete;
    const { before } = this;
    this.before = null;
    if (before?.isConnected) (before as HTMLElement).focus();
    else await this.focusDrawn();
  }

  /** Sends a command and shows its refusal. Resolves with the answer; null where the dialog was closed or opened again since. */
  async send(command: Command, signal?: AbortSignal): Promise<CommandAnswer | null> {
    const { turns } = this;
    this.refuse(null);
    const answer = await sendCommand(this.host, command, signal);
    if (turns !== this.turns) return null;
    if ('refused' in answer && !signal?.aborted) this.refuse(answer.refused);
    return answer;
  }

  /** Shows a refusal, or none any more. */
  refuse(refused: Refusal | null): void {
    this.refused = refused;
    this.host.requestUpdate();
  }

  /**
   * Gives the focus to what a selector names, at first to the first field, once the host has drawn its
   * changes.
   */
  async focusDrawn(selector = this.options.focus): Promise<void> {
    await this.host.updateComplete;
    if (selector !== undefined) this.host.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  /** The cross in the dialog's head, which leaves it. */
  cross(): TemplateResult {
    return html`<button
      class="icon"
      type="button"
      title="Close (Esc)"
      aria-label="Close"
      @click=${this.leave}
    >${icon('close')}</button>`;
  }

  /** The last refusal, in its own words or better ones, and what else is to be said of it. */
  alert(words = this.refused?.message, rest: readonly string[] = []): TemplateResult | typeof nothing {
    if (!this.refused) return nothing;
    return html`<div class="alert" role="alert"><span class="code mono">${this.refused.code}</span>${words}
      ${rest.length > 0 ? html`<ul>${rest.map((line) => html`<li>${line}</li>`)}</ul>` : nothing}</div>`;
  }

  /** The foot: the question that is asked, else what it has otherwise. */
  foot(buttons: () => unknown): unknown {
    if (!this.question) return buttons();
    const { words, stay, go, act } = this.question;
    return html`<div class="foot" role="alertdialog" aria-label=${words}>
      <span class="space">${words}</span>
      <button class="button primary" type="button" data-harmless @click=${this.leave}>${stay}</button>
      <button class="button danger" type="button" @click=${() => this.go(act)}>${go}</button>
    </div>`;
  }

  private go(act: () => void): void {
    this.ask(null);
    act();
  }

  hostUpdated(): void {
    const element = this.host.renderRoot.querySelector('dialog');
    if (element === this.element) return;
    this.element = element;
    element?.addEventListener('keydown', this.key);
    element?.addEventListener('cancel', this.cancelled);
    element?.addEventListener('close', this.closed);
    if (this.options.leavesByClickBeside) element?.addEventListener('click', this.clicked);
  }

  hostConnected(): void {
    controllers.add(this);
  }

  hostDisconnected(): void {
    controllers.delete(this);
    this.element?.close();
  }

  /** Before the browser takes the key, which closes a dialog by a second Escape whatever the page says. */
  private readonly key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
    event.preventDefault();
    this.leave();
  };

  private readonly cancelled = (event: Event): void => {
    if (event.target !== this.element) return;
    event.preventDefault();
    this.leave();
  };

  private readonly closed = (event: Event): void => {
    if (event.target !== this.element || this.isOpen) return;
    this.turns++;
    this.question = null;
    this.refused = null;
    this.host.requestUpdate();
    this.options.closed?.();
  };

  private readonly clicked = (event: Event): void => {
    if (event.target === this.element) this.leave();
  };
}

const UNSAVED = {
  words: 'Close without saving your changes?',
  stay: 'Keep editing',
  go: 'Close without saving',
};
