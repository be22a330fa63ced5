import pgQuery from 'libpg-query';
import { type Judgement, type StatementFacts, unknownJudgement } from '../../events/judgement.ts';
import { Findings, type Place } from '../findings.ts';
import { CLASSIFY_BYTES_MAX } from '../limits.ts';
import { countingOf } from './classify-counting.ts';
import type { TreeNode } from './classify-node.ts';
import { isHarmlessSetting } from './classify-settings.ts';
import { shapeOf } from './classify-shape.ts';
import { commits, judgeStatement } from './classify-statements.ts';
import { TooDeep, Tree } from './classify-tree.ts';

const { loadModule, parseSync, SqlError } = pgQuery;

/** Loads the parser. Has to have settled before `classifyPostgres` is called. */
export const loadPostgresParser = loadModule;

/**
 * What a PostgreSQL text does, by the server's own grammar (libpg-query 18). The parser reads UTF-8 with
 * standard_conforming_strings on; where the connection does not, nothing is certain.
 * @throws anything but a syntax error that the parser raises: its memory is not to be trusted any more
 */
export function classifyPostgres(text: string, facts: StatementFacts = {}): Judgement {
  const refused = notReadable(text, facts);
  if (refused) return unknownJudgement(refused);
  if (text.trim() === '') return new Findings(text).judgement('');
  const unitsAt = byteOffsets(text);
  let statements: readonly RawStatement[];
  try {
    statements = (parseSync(text).stmts ?? []) as readonly RawStatement[];
  } catch (error) {
    if (error instanceof SqlError) return notParsed(text, error, unitsAt);
    throw error;
  }
  const findings = new Findings(text);
  findings.statements = statements.length;
  const tree = new Tree(findings, facts, unitsAt);
  try {
    for (const statement of statements) judge(tree, text, statement, unitsAt);
  } catch (error) {
    if (error instanceof TooDeep) return unknownJudgement('Is nested too deeply to be looked into.');
    throw error;
  }
  if (statements.length > 1) tellCommits(findings, text, statements, unitsAt);
  const judgement = findings.judgement(shapeOf(text));
  const [only] = statements;
  if (statements.length !== 1 || judgement.dangers.length === 0) return judgement;
  const isRead = (counted: string): boolean => classifyPostgres(counted, facts).verdict === 'read';
  const counting = countingOf(only!.stmt ?? {}, { text, unitsAt, isRead });
  return counting ? { ...judgement, counting } : judgement;
}

interface RawStatement {
  readonly stmt?: TreeNode;
  /** In bytes; left out where it is 0. */
  readonly stmt_location?: number;
}

function judge(tree: Tree, text: string, { stmt, stmt_location }: RawStatement, unitsAt: Offsets): void {
  const { findings } = tree;
  const place: Place = { at: firstToken(text, unitsAt(stmt_location ?? 0)) };
  const own = new Findings(text);
  judgeStatement(new Tree(own, tree.facts, unitsAt), stmt ?? {}, {
    place,
    strict: true,
    planOnly: false,
    runs: true,
    names: new Map(),
  });
  if (own.verdict === 'unknown' && !own.hasDangerFrom(place))
    own.danger('unknown', place, 'What this does can’t be determined.');
  if (own.verdict === 'admin' && !own.hasDangerFrom(place)) own.danger('admin', place, 'Changes the server.');
  own.onlySets = isHarmlessSetting(stmt ?? {});
  findings.take(own);
}

function tellCommits(
  findings: Findings,
  text: string,
  statements: readonly RawStatement[],
  unitsAt: Offsets,
): void {
  const found = statements.find(({ stmt }) => commits(stmt ?? {}));
  if (!found) return;
  const place = { at: firstToken(text, unitsAt(found.stmt_location ?? 0)) };
  findings.danger(
    'commitAmongOthers',
    place,
    'A COMMIT among other statements: what it keeps can’t be rolled back.',
  );
}

function notReadable(text: string, facts: StatementFacts): string | null {
  if (text.includes('\0')) return 'Has a NUL character, which no statement may have.';
  if (/[\ud800-\udfff]/u.test(text)) return 'Has half a character, which UTF-8 can’t say.';
  if (Buffer.byteLength(text) > CLASSIFY_BYTES_MAX) return 'Is too long to be looked into.';
  if ((facts.standardConformingStrings ?? 'on') !== 'on')
    return 'standard_conforming_strings is off, so where a string ends is not certain.';
  // Under SQL_ASCII the bytes are taken as they are, and no byte of a longer character is one of ASCII's in UTF-8.
  if (!/^(?:utf-?8|sql_ascii)$/i.test(facts.clientEncoding ?? 'UTF8'))
    return 'client_encoding is not UTF8, so where a string ends is not certain.';
  return null;
}

function notParsed(
  text: string,
  error: Error & { sqlDetails?: { cursorPosition?: number } },
  unitsAt: Offsets,
): Judgement {
  const findings = new Findings(text);
  const place = { at: Math.min(unitsAt(error.sqlDetails?.cursorPosition ?? 0), text.length) };
  const deep = /memory exhausted|stack depth/.test(error.message);
  const reason = deep ? 'Is nested too deeply to be parsed' : 'Is not valid PostgreSQL';
  findings.raise('unknown', place, reason);
  findings.danger('unknown', place, `${reason}.`);
  return findings.judgement(null);
}

type Offsets = (byte: number) => number;

/** From an offset in UTF-8 bytes, as the parser counts, to UTF-16 units. */
function byteOffsets(text: string): Offsets {
  const bytes = Buffer.byteLength(text);
  if (bytes === text.length) return (byte) => byte;
  const units = new Uint32Array(bytes + 1);
  let byte = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!;
    const end = byte + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4);
    units.fill(at, byte, end);
    byte = end;
    at += code < 0x1_0000 ? 1 : 2;
  }
  units[bytes] = text.length;
  return (asked) => units[Math.min(asked, bytes)]!;
}

/** Past the white space and comments before a statement. */
function firstToken(text: string, from: number): number {
  let at = from;
  for (;;) {
    const blank = /[\s;]*(?:--[^\r\n]*)?/y;
    blank.lastIndex = at;
    const next = at + (blank.exec(text)?.[0].length ?? 0);
    const past = text.startsWith('/*', next) ? blockComment(text, next) : next;
    if (past === at) return at;
    at = past;
  }
}

function blockComment(text: string, from: number): number {
  let depth = 0;
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}
