import type { Capabilities } from '../events/capabilities.ts';
import type { CataloguePage, CatalogueRequest, ColumnInfo, TakenBy } from '../events/catalogue.ts';
import type { Server, ServerProcess, TransactionStatus } from '../events/connection.ts';
import type { RowChange } from '../events/edit.ts';
import type { Engine } from '../events/engines/engine-name.ts';
import type { FailureText } from '../events/failure.ts';
import { boundedFailure } from '../events/failure-bounds.ts';
import type { StatementFacts } from '../events/judgement.ts';
import type { LexicalFacts } from '../events/lexical-facts.ts';
import { OWN_ROWS_BYTES_MAX } from '../events/limits.ts';
import type { SeenWait } from '../events/lock-wait.ts';
import type { Target } from '../events/profile.ts';
import type { AfterCancel } from '../events/query.ts';
import type { Column, RowEncoding } from '../events/result.ts';
import type { SessionState } from '../events/session-state.ts';
import type { TransactionStep } from '../events/transaction.ts';

/**
 * What every engine does, in one shape. A driver knows its wire and its catalogue; it knows no actor, tape or page.
 * Nothing here rejects with anything but a `DriverError`.
 */
export interface Driver {
  readonly engine: Engine;
  /** What the engine can do at best; a server may do less and says so in `Connection.server`. */
  readonly capabilities: Capabilities;
  /** A row may have fields that the catalogue does not list, as documents do. */
  readonly openFields?: true;
  /**
   * Opens one server connection.
   * @throws DriverError with an SQLSTATE-like or errno code and advice; `signal` aborts the dialling.
   */
  connect(target: Target, options: ConnectOptions): Promise<Connection>;
  /**
   * Asks by a connection of its own what has become of a server process that `Server.process` named, such as one of an earlier run
   * of the program. Left out where the engine can't say; a server that can't leaves `Capabilities.probe` out.
   * @throws DriverError `process.unknown` where the process can't be distinguished from others, `process.hidden` where the role may not see it,
   *   `process.otherServer` where another server answers than the one that it is of
   */
  probe?(target: Target, process: ServerProcess, options: SideOptions): Promise<Probe>;
  /**
   * Asks by a connection of its own who blocks what such a process runs, directly and through others. It reads only, and waits for no
   * lock that a statement of a user's takes.
   * @throws DriverError as `probe`, `process.gone` where it is not there, `locks.hidden` where the role may not see who holds locks
   */
  blockers?(target: Target, process: ServerProcess, options: SideOptions): Promise<SeenWait>;
  /**
   * Ends that process, or what it runs where the server ends no connections, if it is still the same one. `notDone`: it was gone.
   * @throws DriverError as `probe`, and where the server refuses
   */
  terminate?(target: Target, process: ServerProcess, options: SideOptions): Promise<Termination>;
  /** The statement that answers a catalogue request, and how to read its rows. It must not wait for another's locks. */
  catalogue(request: CatalogueRequest): CatalogueStatement<CataloguePage>;
  /** How the server says that a namespace or a collection does not exist, so that absence never reads as emptiness. */
  readonly absence: {
    /** Asks whether it exists. Used where the answer to a catalogue request has no rows. */
    presence(place: CataloguePlace): CatalogueStatement<boolean>;
    /** Codes of the server's own errors that say so. */
    readonly codes: readonly string[];
  };
  /** Codes of the server's own errors for a lock that was not released in time. */
  readonly lockedCodes: readonly string[];
  /** Asks the catalogue for functions that a judgement asks for (`StatementFacts.volatility`), where the engine has them. */
  volatility?(
    names: readonly string[],
    facts: LexicalFacts,
  ): CatalogueStatement<NonNullable<StatementFacts['volatility']>>;
  /** Asks who a connection is to its server, and what it may do there. The connection serves for nothing else. @throws DriverError */
  role(ask: Ask): Promise<Role>;
  /** The statements of a step, in order. Only what the server's capabilities have is asked for. */
  transaction(step: TransactionStep): readonly string[];
  /**
   * What encloses each statement on a read-only connection, so that the server refuses to write and the statement can't leave
   * it: the second wall. Left out where the server has none.
   */
  readonly readOnlyEnclosure?: {
    readonly before: readonly string[];
    readonly after: readonly string[];
    /** Instead of `after`, where a harmless setting is to keep its effect: ends with the wall in place again. */
    readonly keepSetting: readonly string[];
  };
  /** Codes of notices by which the server says that a rollback could not take everything back. */
  readonly notUndone?: readonly string[];
  /** What undoes and keeps a part of an open transaction, where the engine has savepoints. */
  readonly savepoint?: { readonly set: string; readonly release: string; readonly rollback: string };
  /**
   * Why a statement can never run, known from its text alone, and where in UTF-16 units; null where the server has to be asked.
   * Left out where only the server knows.
   */
  refusal?(text: string): { readonly message: string; readonly at: number } | null;
  /**
   * What makes a change, by the columns of its collection and by what may take it (`catalogue`, `columns`). It changes the one
   * row of the key, and only where every old value is still there.
   * @throws DriverError `edit.*` for a change that can't be made, with the reason
   */
  edit(change: RowChange, columns: readonly ColumnInfo[], takenBy?: TakenBy): Edit;
}

/** `notDone`: the process was certainly not asked to go. `unknown`: it may have been. */
export type Termination = 'done' | 'notDone' | 'unknown';

/** What a connection of its own to look at a server process needs. */
export type SideOptions = Pick<
  ConnectOptions,
  'password' | 'tlsPassphrase' | 'signal' | 'applicationName' | 'route'
>;

/** What has become of a server process. Its text may hold values: it goes to the user, never on the tape. */
export type Probe =
  | { readonly type: 'gone' }
  | { readonly type: 'idle' }
  /** It holds a transaction open and runs nothing. */
  | { readonly type: 'inTransaction' }
  | { readonly type: 'running'; readonly text: string; readonly forMs: number | null };

/** A statement with the values that it leaves open. */
export interface Statement {
  readonly text: string;
  readonly params: Params;
}

/**
 * The statements of a change, in the order in which they run, within one transaction or savepoint where the engine has them:
 *
 *   find → text → readBack
 *
 * The result of the edit is one row, as the change left it, with the columns of `RowChange.returning`: given by `text` itself
 * (RETURNING), or by `readBack`. Triggers and defaults thus show in the cells, and the next edit of the row starts from what the
 * server has. An edit without a result is one whose row is not known; the page then says so.
 *
 * A change that touches no row is a conflict: the row was changed or deleted by others. Where a trigger or a rule may take the
 * change (`mayBeTaken`), it is not: `find` has locked the row before, so a row that was found and not touched, or an insert that
 * touched none, was taken. What the trigger or rule did is committed, and the edit completes with the notice `edit.taken`.
 * Nor is it where `findForbidden` gives the row: it is as it was seen, and row-level security lets the user read it only.
 */
export interface Edit extends Statement {
  readonly find?: Statement;
  readonly mayBeTaken?: 'trigger' | 'rule';
  readonly readBack?: Statement;
  readonly findForbidden?: Statement;
}

/** Runs a statement of ours and gives its rows as text. */
export type Ask = (text: string) => Promise<{
  readonly rows: readonly (readonly (string | null)[])[];
  readonly columns: readonly Column[];
}>;

/** Who a connection is to its server. */
export interface Role {
  /** The server's own word; empty where it wants no sign-in. */
  readonly user: string;
  /** A standby or secondary, or a server that takes no writes; null where it does not say. */
  readonly replica: boolean | null;
  /** Whether it may write anywhere; null where that is not known. */
  readonly canWrite: boolean | null;
  /** What is to be known of it, in sentences. */
  readonly warnings: readonly string[];
}

/** A way to a server: what is dialled, apart from the host that the target names. */
export interface Route {
  /** A host, or the folder of a Unix-domain socket. */
  readonly host: string;
  readonly port: number;
  /** The name that the server's certificate has to carry, and that is asked for by SNI. */
  readonly tlsServerName: string;
}

export interface ConnectOptions {
  /** Called when a server is dialled: also for the side connection of a cancel that escalates. Never kept. */
  readonly password: () => string | undefined;
  /** What opens the private key of the client's certificate, where that is encrypted. Called as the password is. */
  readonly tlsPassphrase?: () => string | undefined;
  readonly signal: AbortSignal;
  /** Shown by the server in its list of processes. */
  readonly applicationName: string;
  /** Where to dial instead of the target's own address, such as a tunnel's end; for the side connections of a cancel too. */
  readonly route?: Route;
  /** The server is to refuse writing on it, as far as it can. */
  readonly readOnly: boolean;
  /**
   * What the last connection of the same tab held. It is set again before `connect` resolves, which fails with
   * STATE_NOT_RESTORED where database, schema or role are not the same afterwards by the server's word.
   */
  readonly restore?: SessionState;
  /** Called whenever `Connection.state` has changed, before the `Execution.ended` of what changed it. */
  readonly onState?: (state: SessionState) => void;
  /** The connection went without being asked to. Called at most once, never after `close`. */
  readonly onLost: (failure: FailureText) => void;
}

/** The values that a statement leaves open, in order, as text; null is NULL. */
export type Params = readonly (string | null)[];

/** One server connection. Runs one statement at a time. */
export interface Connection {
  readonly server: Server;
  /** The transaction as the protocol last said it. */
  readonly transaction: TransactionStatus;
  /** False where any statement begins a transaction that stays open; left out where the server has no such setting. */
  readonly autocommits?: boolean;
  /**
   * Reading the catalogue on it now would begin a transaction, or use up what the user has set for the next one alone. Left out where it
   * never does.
   */
  readonly catalogueDisturbs?: boolean;
  /** What the meaning of a text depends on, as the server last said it. */
  readonly facts: StatementFacts;
  /** What it holds of its session, as the server last reported it. */
  readonly state: SessionState;
  /**
   * Settings by which values are printed now, where a text does not say by itself which value it is; each as SET takes it. Left out
   * where there are no such settings, or they are not known.
   */
  readonly printing?: readonly string[];
  /** Starts one statement. Must not be called before the last `Execution.ended` has settled. */
  execute(text: string, sink: RowSink, params?: Params, hints?: ExecuteHints): Execution;
  /** Asks the server for a sign of life. @throws DriverError */
  ping(signal: AbortSignal): Promise<void>;
  /** Says goodbye and closes; bounded, and destroys the socket at the end. Never rejects. */
  close(): Promise<void>;
  /** Drops the socket now. */
  destroy(): void;
}

/** What is known of a statement before it runs. */
export interface ExecuteHints {
  /** The engine's grammar proves that it only reads. */
  readonly reads: boolean;
  /**
   * Rows that are wanted, where stopping the statement by a cancel would do harm; 0 is all. A protocol that can end a statement
   * that reads without an error after so many rows does so. One row more is asked for, which shows that there are more.
   */
  readonly rowsMax: number;
  /** The data lines that its `COPY … FROM STDIN` reads. */
  readonly copyData?: string;
  /** It is a statement of ours, and this, in bytes, is more than there can be to answer. A driver may end the connection beyond it. */
  readonly answerBytesMax?: number;
}

/** Nothing is known of a statement. */
export const NO_HINTS: ExecuteHints = { reads: false, rowsMax: 0 };

/** A statement of ours whose answer is a few words. */
export const OUR_HINTS: ExecuteHints = { ...NO_HINTS, answerBytesMax: OWN_ROWS_BYTES_MAX };

/** Where rows go. A driver calls `columns` once for each result set, then `rows` any number of times. */
export interface RowSink {
  columns(columns: readonly Column[], encoding: RowEncoding): void;
  /** Documents have fields that were not seen before: columns that follow those said so far. Comes before their rows. */
  moreColumns(columns: readonly Column[]): void;
  /** The columns of the last result again, with what was not known when they were first said. Comes before the end. */
  columnsLearned(columns: readonly Column[]): void;
  /**
   * Takes whole rows as the server sent them. The bytes are lent: the driver overwrites them after the call, unless they are
   * given (`isGiven`), which saves copying a huge row. False asks the driver to stop reading from the server until
   * `Execution.resume` is called.
   */
  rows(bytes: Uint8Array, count: number, isGiven?: boolean): boolean;
  notice(notice: FailureText): void;
}

/** A running statement. */
export interface Execution {
  /**
   * Settles once the statement has ended **and** every cancel channel opened for it has closed, so that what runs next
   * on the connection is safe. Never rejects.
   */
  readonly ended: Promise<ExecutionEnd>;
  /** Reads on after a sink said false. Does nothing otherwise. */
  resume(): void;
  /**
   * No more rows are wanted of a statement that only reads. A protocol that can end it without an error does so; elsewhere its
   * rows are handed over as before.
   */
  enough(): void;
  /** Asks the server to stop, again and again, then harder; bounded. The second call does nothing. */
  cancel(observer: CancelObserver): void;
}

/** Receives what a cancel does, as it does it. */
export interface CancelObserver {
  sent(attempt: number): void;
  /** The server took the request. `afterMs` is counted from `Execution.cancel`. */
  acknowledged(attempt: number, afterMs: number): void;
  /** A request did not reach the statement, with the reason and what can be done. Once per reason. */
  refused?(failure: FailureText): void;
  /** `terminate`: the server process is asked to go. `abandon`: the connection is given up without its word. */
  escalated(step: 'terminate' | 'abandon'): void;
}

/** How a statement ended. */
export type ExecutionEnd = {
  /** Time from sending to the server's last word, less the time reading was stopped by the sink, in milliseconds. */
  readonly serverMs: number;
  readonly pausedMs: number;
  readonly transaction: TransactionStatus;
  /** False when the connection must not be used again. */
  readonly usable: boolean;
} & (
  | {
      readonly type: 'completed';
      readonly command: string;
      readonly rowsAffected: number | null;
      /** What a cancel did, where one was asked for. */
      readonly afterCancel?: AfterCancel;
      /** Rows came after the cancel, and were thrown away. */
      readonly rowsDiscarded?: boolean;
    }
  | {
      readonly type: 'failed';
      readonly failure: FailureText;
      /** The server says that it stopped the statement because it was asked to. */
      readonly stopped: boolean;
      /** From `cancel` to the server's word, where a cancel was asked for. */
      readonly confirmedAfterMs?: number;
      /** The server had closed the cursor before its rows were read. */
      readonly cursorLost?: boolean;
    }
  | {
      readonly type: 'lost';
      /** `notRun`: provably never reached the server. */
      readonly ran: 'notRun' | 'mayHaveCompleted';
      readonly failure: FailureText;
    }
);

/** What a catalogue request is about: a namespace, or a collection in it. */
export interface CataloguePlace {
  readonly namespace: string;
  readonly collection: string | null;
}

/** A statement of ours that reads the catalogue. */
export interface CatalogueStatement<T = CataloguePage> {
  readonly text: string;
  /** Makes the answer from the rows' text; `columns` are the result's. */
  read(rows: readonly (readonly (string | null)[])[], columns: readonly Column[]): T;
  /** The statement that gives the answer instead, derived from the rows of this one; null where these are enough. */
  readonly next?: (
    rows: readonly (readonly (string | null)[])[],
    columns: readonly Column[],
  ) => CatalogueStatement<T> | null;
  /** The answer where the server refuses the statement. Left out, its refusal is the answer. */
  readonly refused?: () => T;
}

/** The one error a driver throws. Its words are bounded. */
export class DriverError extends Error {
  readonly failure: FailureText;
  constructor(failure: FailureText, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'DriverError';
    this.failure = boundedFailure(failure);
  }
}
