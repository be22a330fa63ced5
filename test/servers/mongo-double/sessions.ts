import type { Doc } from './bson.ts';
import { numeric } from './bson.ts';
import { CommandError } from './command-error.ts';
import type { Cursors } from './cursors.ts';
import type { Operations, RunningOperation } from './operations.ts';
import { type Storage, Transaction } from './storage.ts';

/** The session of a command in hexadecimal; empty for none. */
export function sessionId(command: Doc): string {
  const lsid = command.get('lsid');
  const id = lsid instanceof Map ? lsid.get('id') : undefined;
  return id ? (id as { toString(encoding: 'hex'): string }).toString('hex') : '';
}

/** Sessions and the transactions in them. */
export class Sessions {
  private readonly transactions = new Map<string, Transaction>();

  constructor(
    private readonly storage: Storage,
    private readonly isReplicated: boolean,
  ) {}

  /** The transaction that a command is in; begins it with its first command. @throws CommandError as the server does */
  transactionOf(command: Doc): Transaction | null {
    if (command.get('autocommit') !== false) return null;
    if (!this.isReplicated)
      throw new CommandError(
        20,
        'IllegalOperation',
        'Transaction numbers are only allowed on a replica set member or mongos',
      );
    const session = sessionId(command);
    const number = BigInt(numeric(command.get('txnNumber')) ?? 0);
    const known = this.transactions.get(session);
    if (command.get('startTransaction') === true) {
      if (known && known.number >= number)
        throw new CommandError(
          225,
          'TransactionTooOld',
          `Cannot start transaction ${number}: ${known.number} has started.`,
        );
      known?.end();
      const begun = new Transaction(number, this.storage.clock);
      this.transactions.set(session, begun);
      return begun;
    }
    if (!known?.isOpen || known.number !== number)
      throw new CommandError(
        251,
        'NoSuchTransaction',
        `Given transaction number ${number} does not match any in-progress transactions.`,
        ['TransientTransactionError'],
      );
    return known;
  }

  end(session: string): void {
    this.transactions.get(session)?.end();
  }

  /** Ends what a session has: its transaction, its cursors, what runs in it. */
  kill(session: string, operations: Operations, cursors: Cursors, by: RunningOperation): void {
    this.end(session);
    cursors.endSession(session);
    for (const operation of operations.running.values())
      if (operation.session === session && operation !== by) operation.kill();
  }
}
