import { Type } from '@sinclair/typebox';
import { Cell } from './edit.ts';
import { Environment, Target } from './profile.ts';
import { Code, Count, Id, message, type Of, part } from './schema.ts';
import { TransactionOptions } from './transaction.ts';

const commandId = Type.Optional(Id);
const key = Type.Array(Cell, { minItems: 1 });
/** An edit runs in its tab's connection, and so in its transaction where one is open. */
const edit = {
  commandId,
  sessionId: Id,
  tabId: Id,
  namespace: Type.String({ maxLength: 255 }),
  collection: Type.String({ minLength: 1, maxLength: 255 }),
  /** True changes nothing: the answer says which statement would run. */
  preview: Type.Optional(Type.Boolean()),
  manualCommit: Type.Optional(Type.Boolean()),
};

/**
 * What the page or a script may ask for: the body of `POST /api/commands`. Imperative; each may be refused. The same
 * `commandId` twice is one command with one answer.
 */
export const Command = Type.Union([
  message('session.open', { commandId, profileId: Id }),
  /** Development only, behind `--allow-unsaved-profiles`: opens a target that no profile names. */
  message('session.openUnsaved', {
    commandId,
    name: Type.String({ minLength: 1, maxLength: 120 }),
    target: Target,
    environment: Environment,
    password: Type.Optional(Type.String({ maxLength: 4096 })),
  }),
  message('session.close', { commandId, sessionId: Id, rollback: Type.Optional(Type.Boolean()) }),
  message('session.reconnect', { commandId, sessionId: Id }),
  /** `rollback` says that an open transaction's changes may go; without it a tab or session that has one stays open. */
  message('tab.close', { commandId, sessionId: Id, tabId: Id, rollback: Type.Optional(Type.Boolean()) }),
  message('query.submit', {
    commandId,
    sessionId: Id,
    tabId: Id,
    /** One statement or a script of several, split by the engine's lexer and run in order on the tab's connection. */
    text: Type.String({ minLength: 1 }),
    timeoutMs: Type.Optional(Count),
    rowsMax: Type.Optional(Count),
    /** True lifts the fetch-ahead limit from the start. */
    fetchAll: Type.Optional(Type.Boolean()),
    /** True begins a transaction first, where none is open: what is done is kept by `transaction.commit` alone. */
    manualCommit: Type.Optional(Type.Boolean()),
    /** True runs the rest of a script after a statement of it has failed. A cancel stops the rest in any case. */
    goOnAfterError: Type.Optional(Type.Boolean()),
  }),
  message('transaction.begin', {
    commandId,
    sessionId: Id,
    tabId: Id,
    options: Type.Optional(TransactionOptions),
  }),
  message('transaction.commit', { commandId, sessionId: Id, tabId: Id }),
  /** Also acknowledges a transaction that went with its connection. */
  message('transaction.rollback', { commandId, sessionId: Id, tabId: Id }),
  message('row.insert', { ...edit, values: Type.Array(Cell) }),
  message('row.update', { ...edit, key, old: Type.Array(Cell), values: Type.Array(Cell, { minItems: 1 }) }),
  message('row.delete', { ...edit, key, old: Type.Array(Cell) }),
  message('query.cancel', { commandId, queryId: Id }),
  /** Confirms a dangerous statement: the challenge handed out for it, and the profile's name as a person typed it. */
  message('query.confirm', { commandId, queryId: Id, challenge: Id, name: Type.String({ maxLength: 120 }) }),
  /** Lifts the fetch-ahead limit of a running result. */
  message('query.fetchAll', { commandId, queryId: Id }),
]);
export type Command = Of<typeof Command>;

/** The commands that change one row. */
export type RowCommand = Extract<Command, { type: `row.${string}` }>;

export function isRowCommand(command: Command): command is RowCommand {
  return command.type.startsWith('row.');
}

/** The commands that actors take at once. */
export type ActorCommand = Exclude<Command, RowCommand>;

/** Why a command was not taken, with what to do. */
export const Refusal = part({ code: Code, message: Type.String() });
export type Refusal = Of<typeof Refusal>;

/** A command that was taken. The ids are those of the actors it concerns. */
export interface Accepted {
  readonly accepted: true;
  readonly commandId: string;
  readonly sessionId?: string;
  readonly connectionId?: string;
  /** One a statement, in the order of the text. */
  readonly queryIds?: readonly string[];
  /** What an edit's preview would run. */
  readonly preview?: { readonly text: string; readonly params: readonly (string | null)[] };
}

/** The answer to a command. */
export type CommandAnswer = Accepted | { readonly refused: Refusal; readonly commandId?: string };
