import { Type } from '@sinclair/typebox';
import type { LexicalFacts } from './lexical-facts.ts';
import { Verdict } from './query.ts';
import { Count, type Of, part } from './schema.ts';

/** What is dangerous in a statement where it matters, as in production. */
export const DangerKind = Type.Union([
  /** Something is dropped. */
  Type.Literal('drop'),
  Type.Literal('truncate'),
  /** A definition is changed in a way that loses data or blocks its users. */
  Type.Literal('alter'),
  /** A DELETE or UPDATE has no WHERE. */
  Type.Literal('deleteAll'),
  Type.Literal('updateAll'),
  /** A WHERE is not known to leave any row out. */
  Type.Literal('alwaysTrue'),
  /** Rights, roles and owners. */
  Type.Literal('grant'),
  /** Code runs that the statement does not show: a program, a library, a block, SQL in a string. */
  Type.Literal('codeExecution'),
  /** The server's files are read or written. */
  Type.Literal('fileAccess'),
  /** A lock that others wait for. */
  Type.Literal('lock'),
  /** A table or an index is rewritten while others wait. */
  Type.Literal('rewrite'),
  /** Others are stopped. */
  Type.Literal('terminate'),
  /** A safeguard is switched off. */
  Type.Literal('settings'),
  /** The server itself is changed. */
  Type.Literal('admin'),
  /** What it does can't be determined. */
  Type.Literal('unknown'),
  /** A COMMIT among other statements: what comes before it can't be rolled back. */
  Type.Literal('commitAmongOthers'),
]);
export type DangerKind = Of<typeof DangerKind> & string;

/** One danger, its place and why. */
export const Danger = part({
  kind: DangerKind,
  /** The 1-based character of the statement, as a failure's position is. */
  position: Count,
  /** In characters, where the dangerous part is one word. */
  length: Type.Optional(Count),
  /** A sentence for the user. May quote names, never literals. */
  reason: Type.String(),
});
export type Danger = Of<typeof Danger>;

/** How the rows that a dangerous statement would touch can be counted, or why that is not possible. */
export const Counting = Type.Union([
  /** One statement, proven to read, that gives one number. */
  part({ text: Type.String() }),
  /** A sentence for the user. */
  part({ reason: Type.String() }),
]);
export type Counting = Of<typeof Counting>;

/** What a classifier says of a text. Its words may quote names of the statement, so it is not for the tape as it is. */
export const Judgement = part({
  verdict: Verdict,
  dangers: Type.Array(Danger),
  /** Why it is no read, naming what and where; null for a read. */
  reason: Type.Union([Type.String(), Type.Null()]),
  /** Where that is: the 1-based character of the statement. */
  position: Type.Union([Count, Type.Null()]),
  statements: Count,
  /**
   * It is one statement that only sets how results look or how long things may take, to plain values: a read-only profile lets
   * it keep its effect. Left out for anything else.
   */
  harmlessSetting: Type.Optional(Type.Literal(true)),
  /** Of one dangerous statement; left out where it is of no use. Holds literals: never for the tape. */
  counting: Type.Optional(Counting),
  /** The text without literals and comments; null where that is not certain. The only part of a text for the tape. */
  shape: Type.Union([Type.String(), Type.Null()]),
  /** Functions that the catalogue has to be asked for, quoted as in SQL; with its answer the text is judged again. */
  asks: Type.Array(Type.String()),
});
export type Judgement = Of<typeof Judgement>;

/**
 * The shape for the tape. None where it is not certain what a text is, which may be no statement but a password that was
 * pasted, nor where it is about accounts and the server itself, whose passwords a slip leaves without quotes.
 */
export function recordableShape({ verdict, dangers, shape }: Judgement): string | null {
  const secretive =
    verdict === 'unknown' || verdict === 'admin' || dangers.some(({ kind }) => kind === 'grant');
  return secretive ? null : shape;
}

/**
 * Verdicts from the best to the worst: a text of several statements is the worst of them. `session` is above `read` because
 * it changes what later statements mean; `transaction` above that because it ends what protects them; `admin` is above
 * `ddl` because no transaction takes it back; nothing is worse than not knowing.
 */
export const VERDICT_ORDER: readonly Verdict[] = [
  'read',
  'session',
  'transaction',
  'write',
  'ddl',
  'admin',
  'unknown',
];

/** Whether `a` is worse than `b`. */
export function isWorse(a: Verdict, b: Verdict): boolean {
  return VERDICT_ORDER.indexOf(a) > VERDICT_ORDER.indexOf(b);
}

/** What a connection knows that a text's meaning depends on. Survives JSON. */
export interface StatementFacts extends LexicalFacts {
  /** PostgreSQL: `client_encoding`. MySQL and MariaDB: `character_set_client`. UTF-8 where it is left out. */
  readonly clientEncoding?: string;
  /**
   * PostgreSQL: volatility by function name, quoted as `Judgement.asks` has it: the worst of its overloads, and `v` for
   * an aggregate. An entry for a bare name of pg_catalog says that there is such a function outside of it too,
   * one for `.name` that a VOLATILE one outside of it can be called as a field, `(x).name`.
   * MySQL and MariaDB: `s` for a name of the server's own that no stored function has, `v` for one that a stored function has.
   */
  readonly volatility?: Readonly<Record<string, 'i' | 's' | 'v'>>;
}

/** A judgement that only says that it can't be determined, and why. */
export function unknownJudgement(reason: string, position: number | null = null): Judgement {
  return {
    verdict: 'unknown',
    dangers: [{ kind: 'unknown', position: position ?? 1, reason }],
    reason,
    position,
    statements: 0,
    shape: null,
    asks: [],
  };
}
