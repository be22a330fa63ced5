import { Type } from '@sinclair/typebox';
import { draftFields } from './draft.ts';
import { Cell, returning } from './edit.ts';
import { HostKeyClash } from './host-key-clash.ts';
import { SECRET_UNITS_MAX } from './limits.ts';
import type { BlockersAnswer } from './lock-wait.ts';
import { Environment, SecretName, Target } from './profile.ts';
import { PromptAnswer } from './prompt.ts';
import { Code, Count, Id, message, type Of, part } from './schema.ts';
import { TransactionOptions } from './transaction.ts';

const commandId = Type.Optional(Id);
/** The lease that the session ends with; without one it lives until it is closed. */
const leaseId = Type.Optional(Id);
const secret = Type.String({ maxLength: SECRET_UNITS_MAX });
/** What the vault's key is to be kept by. */
const protection = Type.Union([part({ passphrase: secret }), part({ keychain: Type.Literal(true) })]);
/** A profile as it was typed: checked field by field, so that the refusal can name all that is wrong. */
const typedProfile = {
  commandId,
  /** The profile that is changed, or whose kept secrets stand in for those left out; a new one without it. */
  profileId: Type.Optional(Id),
  draft: Type.Unknown(),
  /** A secret left out stays as it is; null forgets it. None ever comes back. */
  secrets: Type.Optional(Type.Record(SecretName, Type.Union([secret, Type.Null()]), { maxProperties: 16 })),
  /** The import that the draft came from: its secrets stand in for those left out. */
  importId: Type.Optional(Id),
};

/** Where profiles can be taken from: a URL or DSN, or another program's file. */
export const ImportSource = Type.Union([
  Type.Literal('url'),
  Type.Literal('pgpass'),
  Type.Literal('pg_service'),
  Type.Literal('my.cnf'),
  Type.Literal('dbgate'),
  Type.Literal('beekeeper'),
  Type.Literal('dbeaver'),
  Type.Literal('querytape'),
]);
export type ImportSource = Of<typeof ImportSource> & string;

const key = Type.Array(Cell);
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
 * What the page or a script may ask for: the body of `POST /api/commands`. What is empty, too long or out of range is refused by
 * the rule that it breaks, with that rule's code; a schema here says only which fields there are. Imperative; each may be refused. The same
 * `commandId` twice is one command with one answer.
 */
export const Command = Type.Union([
  /** Makes the vault, empty and unlocked. */
  message('vault.create', { commandId, protection }),
  message('vault.unlock', { commandId, passphrase: Type.Optional(secret) }),
  /** Forgets every secret and closes the sessions in production; `rollback` as in `session.close`. */
  message('vault.lock', { commandId, rollback: Type.Optional(Type.Boolean()) }),
  /** Changes what keeps the vault's key. `current` is the passphrase, where there is one. */
  message('vault.protect', { commandId, protection, current: Type.Optional(secret) }),
  /** Puts the backup in the place of a vault that can't be read, which keeps a name of its own. */
  message('vault.restoreBackup', { commandId }),
  /** Gives a vault that can't be read or opened another name, so that a new one can be made. */
  message('vault.setAside', {
    commandId,
    /** True says that a vault which can be read can't be opened any more: its passphrase or its key is lost. */
    unopenable: Type.Optional(Type.Boolean()),
  }),
  message('profile.save', typedProfile),
  /** Saves every draft of an import that can be saved, as it is. */
  message('profile.saveImported', { commandId, importIds: Type.Array(Id, { minItems: 1, maxItems: 1000 }) }),
  message('profile.duplicate', { commandId, profileId: Id }),
  message('profile.delete', { commandId, profileId: Id }),
  /** Connects once and says what was reached. */
  message('profile.test', typedProfile),
  /** Stops a test by the id of its command. One that has ended is left as it is. */
  message('profile.stopTest', { commandId, testCommandId: Id }),
  /** Reads a text, or the usual file where there is none, into drafts. Nothing is saved or connected. */
  message('profile.import', {
    commandId,
    source: ImportSource,
    text: Type.Optional(Type.String()),
  }),
  /** Saves the whole policy. */
  message('policy.save', { commandId, policy: Type.Unknown() }),
  /** Takes statements out of the history; their texts are removed from its files. */
  message('history.delete', { commandId, queryIds: Type.Array(Id, { minItems: 1, maxItems: 1000 }) }),
  /** Removes the whole history at once, whether it can be read or not. */
  message('history.purge', { commandId }),
  /** Keeps the text of an open tab. Of two pages the last writer wins, a tab at a time. */
  message('draft.save', {
    commandId,
    ...draftFields,
    text: Type.String(),
    title: Type.Optional(Type.String()),
  }),
  message('draft.delete', { commandId, tabId: Id }),
  message('session.open', {
    commandId,
    profileId: Id,
    /** For a profile that asks each time: used while the session lives, and never stored. */
    password: Type.Optional(secret),
    leaseId,
  }),
  /** Development only, behind `--allow-unsaved-profiles`: opens a target that no profile names. */
  message('session.openUnsaved', {
    commandId,
    name: Type.String({ minLength: 1, maxLength: 120 }),
    target: Target,
    environment: Environment,
    password: Type.Optional(secret),
    leaseId,
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
    text: Type.String(),
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
  /** Also acknowledges a transaction that was lost with its connection. */
  message('transaction.rollback', { commandId, sessionId: Id, tabId: Id }),
  message('row.insert', { ...edit, values: Type.Array(Cell), returning }),
  message('row.update', {
    ...edit,
    key,
    old: Type.Array(Cell),
    values: Type.Array(Cell),
    returning,
  }),
  message('row.delete', { ...edit, key, old: Type.Array(Cell) }),
  message('query.cancel', { commandId, queryId: Id }),
  /** Asks the server who blocks a statement that runs, by a connection of its own. */
  message('query.blockers', { commandId, queryId: Id }),
  /** Confirms a dangerous statement: the challenge handed out for it, and the profile's name as the user typed it. */
  message('query.confirm', { commandId, queryId: Id, challenge: Id, name: Type.String() }),
  /** Answers an open question. Secrets in an answer go to whoever asked, and nowhere else. */
  message('prompt.answer', { commandId, promptId: Id, answer: PromptAnswer }),
  /** Leaves a question without an answer: the statement that asks it is not sent. */
  message('prompt.dismiss', { commandId, promptId: Id }),
  /** Counts the rows that a statement which waits for its confirmation would touch. */
  message('query.count', { commandId, queryId: Id }),
  /** Asks the server again what became of an orphan. Its profile must be open. */
  message('orphan.check', { commandId, orphanId: Id }),
  /** Ends an orphan's server process, if it is still the same one. */
  message('orphan.cancel', { commandId, orphanId: Id }),
  /** Takes an orphan off the list. Nothing is sent to its server. */
  message('orphan.dismiss', { commandId, orphanId: Id }),
  /** Lifts the fetch-ahead limit of a running result. */
  message('query.fetchAll', { commandId, queryId: Id }),
]);
export type Command = Of<typeof Command>;

/** The commands that change one row. */
export type RowCommand = Extract<Command, { type: `row.${string}` }>;

/** The commands that change the configuration: the vault, its profiles, the policy. */
export type ConfigCommand = Extract<
  Command,
  { type: `vault.${string}` | `profile.${string}` | 'policy.save' }
>;

/** Those of them that the store carries out. */
export type StoreCommand = Exclude<ConfigCommand, { type: 'profile.test' | 'profile.stopTest' }>;

/** The commands that store and delete the texts of open tabs. */
export type DraftCommand = Extract<Command, { type: `draft.${string}` }>;

/** The commands that actors take at once; the others wait for a server or a disk. */
export type ActorCommand = Exclude<
  Command,
  RowCommand | ConfigCommand | DraftCommand | { type: 'query.count' | 'query.blockers' | `history.${string}` }
>;

/** Why a command was not taken, with what to do. */
export const Refusal = part({
  code: Code,
  message: Type.String(),
  /** Everything that is wrong with what was sent, each at its field: `target.port`. */
  errors: Type.Optional(Type.Array(part({ field: Type.String(), code: Code, message: Type.String() }))),
  /** Both keys, where the test of a connection found another key than the known one. */
  hostKeys: Type.Optional(HostKeyClash),
  /** Milliseconds until the same may be asked again with a chance. */
  retryAfterMs: Type.Optional(Count),
});
export type Refusal = Of<typeof Refusal>;

/** What a test of a connection found. */
export interface Reached {
  readonly flavour: string;
  readonly version: string;
  readonly encrypted: boolean;
  /** Who the server says we are; empty where it asks for no user. */
  readonly user: string;
  /** A standby or secondary, which takes no writes; null where the server does not say. */
  readonly replica: boolean | null;
  /** Whether the role may write anywhere; null where that can't be determined. */
  readonly canWrite: boolean | null;
  readonly afterMs: number;
  /** What is to be known of this role or server, in sentences. */
  readonly warnings: readonly string[];
}

/** What an import read: drafts, and what could not be taken. The secrets stay with the program under the `importId`. */
export interface ImportedProfiles {
  readonly drafts: readonly {
    readonly draft: unknown;
    readonly importId: string;
    /** The names of its secrets. */
    readonly secrets: readonly string[];
    readonly notTaken: readonly NotTaken[];
  }[];
  readonly notTaken: readonly NotTaken[];
}

export interface NotTaken {
  readonly what: string;
  readonly why: string;
}

/** A command that was taken. The ids are those of the actors it concerns. */
export interface Accepted {
  readonly accepted: true;
  readonly commandId: string;
  readonly sessionId?: string;
  readonly connectionId?: string;
  readonly orphanId?: string;
  /** One a statement, in the order of the text. */
  readonly queryIds?: readonly string[];
  readonly profileId?: string;
  readonly reached?: Reached;
  readonly imported?: ImportedProfiles;
  /** How many profiles of an import were saved. */
  readonly saved?: number;
  /** Rows that a statement would touch, exact, in digits; `inTransaction` where the tab's own changes so far are seen. */
  readonly counted?: { readonly rows: string; readonly inTransaction: boolean };
  /** Who blocks a statement. */
  readonly blockers?: BlockersAnswer;
  /** Statements that were taken out of the history. */
  readonly entries?: number;
  /** What an edit's preview would run. */
  readonly preview?: { readonly text: string; readonly params: readonly (string | null)[] };
}

/** The answer to a command. */
export type CommandAnswer = Accepted | { readonly refused: Refusal; readonly commandId?: string };
