import type { Accepted, Command, CommandAnswer, Refusal } from '../../events/command.ts';

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

const UNHEARD: Refusal = {
  code: 'link.lost',
  message: 'Nothing on this page is connected to Querytape. Reload it.',
};

const NEVER = new AbortController().signal;

/** Sends a command up from an element. Resolves with what was accepted, or with the refusal. */
export async function ask(
  from: EventTarget,
  command: Command,
  signal: AbortSignal = NEVER,
): Promise<{ readonly accepted: Accepted } | { readonly refused: Refusal }> {
  const request = new CommandRequest(command, signal);
  from.dispatchEvent(request);
  request.dispatched();
  const answer = await request.answered;
  return 'refused' in answer ? { refused: answer.refused } : { accepted: answer };
}
