import type { TransactionStatus } from './connection.ts';
import { StateKind } from './state-kind.ts';

/** Kinds that a new connection can be given again without guessing. */
const RESTORABLE: ReadonlySet<StateKind> = new Set(['database', 'searchPath', 'role', 'settings']);

/** Code of a connection that could not be given the state of the one that was lost. */
export const STATE_NOT_RESTORED = 'state.notRestored';

/** What an interrupted tab has lost, beside an own end of each statement. */
export interface LostState {
  readonly kinds: readonly StateKind[];
  /** Whether a transaction was lost with it. */
  readonly transaction: boolean;
}

/** What becomes of a tab whose connection was lost. */
interface StateLoss {
  /** What its next connection is given again. */
  readonly restores: readonly StateKind[];
  /** What nothing gives back; null where that is nothing but a transaction. */
  readonly state: LostState | null;
  /** The tab runs nothing until the user has acknowledged the loss. */
  readonly stops: boolean;
}

/** What is lost with a connection that held this, or on which it could not be set again (STATE_NOT_RESTORED). */
export function stateLoss(
  held: readonly StateKind[],
  transaction: TransactionStatus,
  code: string,
): StateLoss {
  const isRefused = code === STATE_NOT_RESTORED;
  const kinds = held.filter((kind) => isRefused || !RESTORABLE.has(kind));
  const restores = held.filter((kind) => !kinds.includes(kind));
  const hadTransaction = transaction !== 'none';
  const state = isRefused || kinds.length > 0 ? { kinds, transaction: hadTransaction } : null;
  return { restores, state, stops: hadTransaction || state !== null };
}

const WORDS: Readonly<Record<StateKind, string>> = {
  database: 'the current database',
  searchPath: 'search_path',
  role: 'the role',
  settings: 'settings',
  temporaryTables: 'temporary tables',
  preparedStatements: 'prepared statements',
  cursors: 'open cursors',
  locks: 'locks',
  listening: 'LISTEN',
  variables: 'user variables',
  unknown: 'what a routine or the last statement may have set',
};

/** Kinds in words: `search_path, the role and temporary tables`. */
export function stateWords(kinds: readonly StateKind[]): string {
  const words = kinds.map((kind) => WORDS[kind]);
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** What was lost with a tab's connection, as a sentence. */
export function lostStateText({ kinds, transaction }: LostState): string {
  const what = kinds.length > 0 ? stateWords(kinds) : 'the state of its session';
  return transaction
    ? `The connection was lost while a transaction was open, and with it ${what} and, unless a COMMIT was in flight, what was not committed.`
    : `The connection was lost, and with it ${what}.`;
}

/** A setting with the value that the server reported. */
export interface StateSetting {
  readonly kind: StateKind;
  readonly name: string;
  readonly value: string;
}

/** Something that a connection holds, with its names as far as they are known. */
export interface HeldState {
  readonly kind: StateKind;
  readonly names: readonly string[];
  /** The server releases it when a transaction begins: what LOCK TABLES locked. */
  readonly releasedByBegin?: true;
}

/** What a connection holds of its session, as its server last reported it. Survives JSON. Never for the tape. */
export interface SessionState {
  /** The current database; null for none, or where the engine has none. */
  readonly database: string | null;
  /** The schema in which a new table would be made; null where there is none, or while a transaction hides it. */
  readonly schema: string | null;
  /** PostgreSQL: `search_path` as it stands. */
  readonly searchPath: string | null;
  /** The role whose rights count; null where the engine has none. */
  readonly role: string | null;
  /** What the statements of the user have set, in the order in which it is set again. */
  readonly settings: readonly StateSetting[];
  /** Everything that a new connection would lack. */
  readonly held: readonly HeldState[];
  /** It stands in an open transaction and may be rolled back with it: shown, but not what is set again. */
  readonly provisional?: true;
}

/** Of a connection that says nothing of its session. */
export const NO_STATE: SessionState = {
  database: null,
  schema: null,
  searchPath: null,
  role: null,
  settings: [],
  held: [],
};

/** The kinds of what is held, each once, in the vocabulary's order. */
export function kindsOf({ held }: SessionState): StateKind[] {
  const kinds = new Set(held.map(({ kind }) => kind));
  return StateKind.anyOf.map(({ const: kind }) => kind).filter((kind) => kinds.has(kind));
}
