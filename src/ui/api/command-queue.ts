import type { Command, CommandAnswer } from '../../events/command.ts';
import { post, Refused, request } from './request.ts';

const NOT_ANSWERED =
  'Querytape did not answer, so it is not known whether it accepted the command. If it did, the tape shows it once the link is back.';

/**
 * Commands that the program answers at once. One that waits for a disk, a server or a key holds up no other.
 */
function isAnsweredAtOnce({ type }: Command): boolean {
  return (
    /^(?:session|tab|transaction|query)\./.test(type) && type !== 'query.count' && type !== 'query.blockers'
  );
}

/**
 * The commands of one page, in the order in which they were given: a browser has several sockets, on which a
 * later one could overtake. Each leaves once those before it that are answered at once have their answers.
 */
export class CommandQueue {
  private before: Promise<unknown> = Promise.resolve();
  private readonly path: string;

  /** @param pageId names the page that sends them */
  constructor(pageId: string) {
    this.path = `/api/commands?page=${pageId}`;
  }

  /** Sends a command once. One that got no answer is not sent again: it may have been accepted. */
  send(command: Command): Promise<CommandAnswer> {
    const whole = { commandId: `cmd-${crypto.randomUUID()}`, ...command };
    const answered = this.before.then(() => this.submit(whole));
    if (isAnsweredAtOnce(command)) this.before = answered;
    return answered;
  }

  /** Sends a command while the page is closing, and waits for no answer. */
  sendAtLast(command: Command): void {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(command),
    };
    // A browser lets 64 KiB outlive the page; a longer one may still be in time.
    void request(this.path, { ...init, keepalive: true })
      .catch(() => request(this.path, init))
      .catch(() => undefined);
  }

  private async submit(command: Command): Promise<CommandAnswer> {
    try {
      return await post<CommandAnswer>(this.path, command);
    } catch (error) {
      if (error instanceof Refused) return { refused: { code: error.code, message: error.message } };
      return { refused: { code: 'link.lost', message: NOT_ANSWERED } };
    }
  }
}
