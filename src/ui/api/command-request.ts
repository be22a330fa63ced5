import type { Command, CommandAnswer, Refusal } from '../../events/command.ts';

/**
 * Requests that a command is sent, and its answer. Bubbles through the page like any event;
 * the listener that sends it calls `answer`.
 */
export class CommandRequest extends Event {
  static readonly type = 'qt-command';
  /** Resolves with the answer; with a refusal if no element took the request. */
  readonly answered: Promise<CommandAnswer>;
  private settle!: (answer: CommandAnswer | Promise<CommandAnswer>) => void;
  private heard = false;

  constructor(
    readonly command: Command,
    /** Aborted when the answer is no longer needed. */
    readonly signal: AbortSignal,
  ) {
    super(CommandRequest.type, { bubbles: true, composed: true });
    this.answered = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  answer(answer: CommandAnswer | Promise<CommandAnswer>): void {
    this.heard = true;
    this.stopPropagation();
    this.settle(answer);
  }

  /** To be called once the event has been everywhere. */
  dispatched(): void {
    if (!this.heard) this.settle({ refused: UNHEARD });
  }
}

declare global {
  interface HTMLElementEventMap {
    'qt-command': CommandRequest;
  }
}

/** The id of a command that is sent once more after the vault was opened: by its first one it would get its first answer again. */
export function idOfRetry(commandId: string): string {
  return `${commandId}.retry`;
}

/** Sends a command and resolves with the answer, a refusal included. */
export type SendCommand = (command: Command) => Promise<CommandAnswer>;

const UNHEARD: Refusal = {
  code: 'link.lost',
  message: 'This page has lost Querytape. Reload it.',
};

const NEVER = new AbortController().signal;

/**
 * Sends a command from an element: the event bubbles to the dialog host, which asks the user for a password
 * or the vault where the command turns out to need it. Resolves with the answer, a refusal included.
 */
export async function sendCommand(
  from: EventTarget,
  command: Command,
  signal: AbortSignal = NEVER,
): Promise<CommandAnswer> {
  const request = new CommandRequest(command, signal);
  from.dispatchEvent(request);
  request.dispatched();
  return request.answered;
}
