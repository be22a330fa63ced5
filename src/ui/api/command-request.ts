import type { Command, CommandAnswer, Refusal } from '../../events/command.ts';

/**
 * Asks whoever talks to the server to send a command, and to say what came of it. Goes up through the page like any event;
 * the one who hears it calls `answer`.
 */
export class CommandRequest extends Event {
  static readonly type = 'qt-command';
  /** Resolves with the answer; as refused where nobody heard the request. */
  readonly answered: Promise<CommandAnswer>;
  private settle!: (answer: CommandAnswer | Promise<CommandAnswer>) => void;
  private heard = false;

  constructor(
    readonly command: Command,
    /** Aborted when nobody waits for the answer any more. */
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

/** Sends a command and resolves with the answer, a refusal included. */
export type SendCommand = (command: Command) => Promise<CommandAnswer>;

const UNHEARD: Refusal = {
  code: 'link.lost',
  message: 'This page has lost Querytape. Reload it.',
};

const NEVER = new AbortController().signal;

/**
 * Sends a command from an element: the event goes up to the one who talks to the server, and asks the user for a password or the
 * vault where the command turns out to need it. Resolves with the answer, a refusal included.
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
