import type { TransactionStatus } from '../events/connection.ts';
import type { FailureText } from '../events/failure.ts';
import { stoppable } from './deadline.ts';
import { type Connection, DriverError, type Execution, type ExecutionEnd } from './driver.ts';
import type { FailureTextOf } from './failures.ts';

/** What is reported of a connection's end, in any engine. */
interface LifeWords {
  readonly closed: FailureText;
  readonly closedHere: FailureText;
  readonly aborted: FailureText;
  readonly noSign: FailureText;
  readonly busy: FailureText;
}

/** The same with an engine's advice. */
export function lifeWords(failureText: FailureTextOf): LifeWords {
  return {
    closed: failureText('connection.closed', 'The server closed the connection without a word.'),
    closedHere: failureText('connection.closedHere', 'The connection was closed here.', 'client'),
    aborted: failureText('connect.aborted', 'The connection was not made in time.', 'client'),
    noSign: failureText('ping.timeout', 'The server gave no sign of life.'),
    busy: { code: 'connection.busy', source: 'client', message: 'A statement runs on this connection.' },
  };
}

/** A statement that runs on a connection. */
interface RunningStatement {
  readonly ended: Promise<ExecutionEnd>;
  /** Ends it with its connection, unless it learns of that end by itself. */
  lose?(failure: FailureText): void;
}

/** The one statement of a connection, why the connection ends, and the report of its loss: after the statement's end, and once. */
export class ConnectionLife<Statement extends RunningStatement> {
  /** Why it ends, if it ends now. */
  lastWords: FailureText | null = null;
  /** It is open: from here on its end is a loss. */
  opened = false;
  private statement: Statement | null = null;
  private leaving = false;
  private gone = false;

  constructor(
    private readonly words: LifeWords,
    private readonly onLost: (failure: FailureText) => void,
  ) {}

  get isGone(): boolean {
    return this.gone;
  }

  /** The statement that runs. */
  get running(): Statement | null {
    return this.statement;
  }

  /** Why it ended, or would if it ended now. */
  get failure(): FailureText {
    return this.lastWords ?? this.words.closed;
  }

  /** Takes the connection for a statement until that has ended. */
  runs(statement: Statement): void {
    this.statement = statement;
    void statement.ended.then(() => {
      this.statement = null;
    });
  }

  /** @throws DriverError `connection.busy` while a statement runs */
  mustBeIdle(): void {
    if (this.statement) throw new DriverError(this.words.busy);
  }

  /** A reason for its end, unless there is one. */
  endsBy(failure: FailureText): void {
    this.lastWords ??= failure;
  }

  /** Its end was requested here, so it is not a loss. */
  leave(): void {
    this.leaving = true;
    this.endsBy(this.words.closedHere);
  }

  /** Its socket has closed. */
  end(): void {
    if (this.gone) return;
    this.gone = true;
    const { failure, statement } = this;
    this.lastWords = failure;
    const report = (): void => {
      if (this.opened && !this.leaving) this.onLost(failure);
    };
    // A statement's own end comes first: it says what became of it.
    statement?.lose?.(failure);
    if (statement) void statement.ended.then(report);
    else report();
  }

  /**
   * Requests a sign of life, and gives the connection up where the signal comes first.
   * @throws DriverError `connection.busy`, `ping.timeout`, or what the connection ended by
   */
  async signOfLife(signal: AbortSignal, { goneBy, ask, giveUp, failureOf }: SignOfLife): Promise<void> {
    this.mustBeIdle();
    if (goneBy) throw new DriverError(goneBy);
    const { noSign } = this.words;
    const late = (): void => giveUp(noSign);
    if (signal.aborted) late();
    try {
      await stoppable(signal, late, ask);
    } catch (error) {
      throw new DriverError(signal.aborted ? noSign : failureOf(error), { cause: error });
    }
  }
}

/** How a connection gives a sign of life. */
interface SignOfLife {
  /** Why it has ended, if it has. */
  readonly goneBy: FailureText | null;
  ask(): Promise<unknown>;
  giveUp(failure: FailureText): void;
  failureOf(error: unknown): FailureText;
}

/**
 * Makes a connection and opens it; a connection that does not open is destroyed.
 * @throws DriverError, `connect.aborted` where the signal ended it
 */
export async function opened<Dialling, T extends Pick<Connection, 'destroy'> & { open(): Promise<void> }>(
  signal: AbortSignal,
  { aborted }: LifeWords,
  driverError: (error: unknown) => DriverError,
  dialling: Promise<Dialling>,
  make: (dialling: Dialling) => T,
): Promise<T> {
  let connection: T | undefined;
  const destroy = (): void => connection?.destroy();
  try {
    const found = await dialling;
    return await stoppable(signal, destroy, async () => {
      connection = make(found);
      await connection.open();
      signal.throwIfAborted();
      return connection;
    });
  } catch (error) {
    destroy();
    throw signal.aborted ? new DriverError(aborted, { cause: error }) : driverError(error);
  }
}

/** A statement that can't be sent. */
export function unsent(failure: FailureText, transaction: TransactionStatus): Execution {
  return {
    ended: Promise.resolve({
      type: 'failed',
      failure,
      stopped: false,
      serverMs: 0,
      pausedMs: 0,
      transaction,
      usable: true,
    }),
    resume() {},
    enough() {},
    cancel() {},
  };
}
