import { Type } from '@sinclair/typebox';
import { Environment, Target } from './profile.ts';
import { Code, Count, Id, message, type Of, part } from './schema.ts';

const commandId = Type.Optional(Id);

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
  message('session.close', { commandId, sessionId: Id }),
  message('session.reconnect', { commandId, sessionId: Id }),
  message('tab.close', { commandId, sessionId: Id, tabId: Id }),
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
  }),
  message('query.cancel', { commandId, queryId: Id }),
  /** Lifts the fetch-ahead limit of a running result. */
  message('query.fetchAll', { commandId, queryId: Id }),
]);
export type Command = Of<typeof Command>;

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
}

/** The answer to a command. */
export type CommandAnswer = Accepted | { readonly refused: Refusal; readonly commandId?: string };
