import type { TransactionStatus } from '../events/connection.ts';
import type { FailureText } from '../events/failure.ts';
import { type Connection, DriverError, type Execution, type ExecutionEnd } from './driver.ts';

/** Makes a failure with the engine's own advice for its code. */
type FailureTextOf = (code: string, message: string, source?: 'connection' | 'client') => FailureText;

/** What is said of a connection's end, whatever its engine. */
export interface LifeWords {
  readonly closed: FailureText;
  readonly closedHere: FailureText;
  readonly abandoned: FailureText;
  readonly aborted: FailureText;
  readonly noSign: FailureText;
  readonly busy: FailureText;
}

/** The same with an engine's advice. */
export function lifeWords(failureText: FailureTextOf): LifeWords {
  return {
    closed: failureText('connection.closed', 'The server closed the connection without a word.'),
    closedHere: failureText('connection.closedHere', 'The connection was closed here.', 'client'),
    abandoned: failureText(
      'cancel.abandoned',
      'The connection was given up: the server stopped nothing.',
      'client',
    ),
    aborted: failureText('connect.aborted', 'The connection was not made in time.', 'client'),
    noSign: failureText('ping.timeout', 'The server gave no sign of life.'),
    busy: { code: 'connection.busy', source: 'client', message: 'A statement runs on this connection.' },
  };
}

/** A statement that its connection's end ends. */
interface RunningStatement {
  readonly ended: Promise<ExecutionEnd>;
  readonly query: { lose(failure: FailureText): void };
}

/** Why one connection ends, and what learns of it: first its statement, and its owner once, unless it was asked to go. */
export class ConnectionLife {
  /** Why it goes, if it goes now. */
  lastWords: FailureText | null = null;
  /** It is open: from here on its end is a loss. */
  opened = false;
  private leaving = false;
  private gone = false;

  constructor(
    private readonly words: LifeWords,
    private readonly onLost: (failure: FailureText) => void,
  ) {}

  get isGone(): boolean {
    return this.gone;
  }

  /** Why it ended, or would if it ended now. */
  get failure(): FailureText {
    return this.lastWords ?? this.words.closed;
  }

  /** A reason for its end, unless there is one. */
  goesBy(failure: FailureText): void {
    this.lastWords ??= failure;
  }

  /** It was asked to go, so its end is no loss. */
  leave(): void {
    this.leaving = true;
    this.goesBy(this.words.closedHere);
  }

  /** Its socket has closed. */
  end(running: RunningStatement | null): void {
    if (this.gone) return;
    this.gone = true;
    const { failure } = this;
    this.lastWords = failure;
    const tell = (): void => {
      if (this.opened && !this.leaving) this.onLost(failure);
    };
    // A statement's own end comes first: it says what became of it.
    running?.query.lose(failure);
    if (running) void running.ended.then(tell);
    else tell();
  }
}

/**
 * Opens a connection that was made, or destroys it.
 * @throws DriverError, which says that it was aborted where the signal ended it
 */
export async function opened<T extends Pick<Connection, 'destroy'> & { open(): Promise<void> }>(
  connection: T,
  signal: AbortSignal,
  { aborted }: LifeWords,
  driverError: (error: unknown) => DriverError,
): Promise<T> {
  const abort = (): void => connection.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await connection.open();
    signal.throwIfAborted();
    return connection;
  } catch (error) {
    connection.destroy();
    throw signal.aborted ? new DriverError(aborted, { cause: error }) : driverError(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Asks for a sign of life, and gives the connection up where the signal comes first. @throws DriverError */
export async function signOfLife(
  signal: AbortSignal,
  { noSign }: LifeWords,
  {
    ask,
    giveUp,
    failureOf,
  }: {
    readonly ask: () => Promise<unknown>;
    readonly giveUp: (failure: FailureText) => void;
    readonly failureOf: (error: unknown) => FailureText;
  },
): Promise<void> {
  const late = (): void => giveUp(noSign);
  if (signal.aborted) {
    late();
    throw new DriverError(noSign);
  }
  signal.addEventListener('abort', late, { once: true });
  try {
    await ask();
  } catch (error) {
    throw new DriverError(signal.aborted ? noSign : failureOf(error), { cause: error });
  } finally {
    signal.removeEventListener('abort', late);
  }
}

/** A statement that was not sent, as it can't be. */
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
