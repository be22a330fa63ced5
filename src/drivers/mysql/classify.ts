import { sqlModeOf } from '../../events/engines/mysql-sql-mode.ts';
import { type Judgement, type StatementFacts, unknownJudgement } from '../../events/judgement.ts';
import { Findings } from '../findings.ts';
import { CLASSIFY_BYTES_MAX } from '../limits.ts';
import { countingOf } from './classify-counting.ts';
import { type Gate, placeOf } from './classify-gate.ts';
import { Doubt, type Token, tokensOf } from './classify-lexer.ts';
import { isHarmlessSetting } from './classify-settings.ts';
import { shapeOf } from './classify-shape.ts';
import { statementsOf } from './classify-split.ts';
import { judgeStatement } from './classify-statements.ts';
import { productOf } from './product.ts';
import { isWideByTree } from './second-reading.ts';

/**
 * What a MySQL or MariaDB text does, by its tokens: a statement is a read only where every token of it is known to be no
 * more. Executable comments are judged with and without what they hold; the worst of all readings counts.
 */
export function classifyMysql(
  named: 'mysql' | 'mariadb',
  text: string,
  facts: StatementFacts = {},
): Judgement {
  const engine = productOf(named, facts);
  const refused = notReadable(text, facts);
  if (refused) return unknownJudgement(refused);
  const mode = sqlModeOf(facts.sqlMode ?? '');
  const findings = new Findings(text);
  try {
    const { tokens, comments } = tokensOf(text, facts);
    const readings = readingsOf(tokens, comments);
    for (const reading of readings) judgeReading({ engine, mode, findings, facts }, text, reading);
    findings.onlySets = comments === 0 && statementsOf(tokens).every(isHarmlessSetting);
    if (comments === 0) for (const statement of statementsOf(tokens)) readAgain(engine, findings, statement);
    const judged = findings.judgement(shapeOf(text, tokens, facts.sqlMode !== undefined));
    const plain = comments === 0 && judged.verdict !== 'read';
    const [only] = plain && judged.statements === 1 ? statementsOf(tokens) : [];
    const isRead = (counted: string): boolean => classifyMysql(engine, counted, facts).verdict === 'read';
    const counting = only && countingOf(only, { text, isRead });
    return counting ? { ...judged, counting } : judged;
  } catch (error) {
    if (!(error instanceof Doubt)) throw error;
    const doubted = new Findings(text);
    doubted.raise('unknown', error.place, error.message);
    doubted.danger('unknown', error.place, `${error.message}.`);
    return doubted.judgement(null);
  }
}

/** Has an UPDATE or DELETE that no danger was found in read by a second reader. */
function readAgain(engine: 'mysql' | 'mariadb', findings: Findings, statement: readonly Token[]): void {
  const [first] = statement;
  if (!first || (first.is !== 'UPDATE' && first.is !== 'DELETE')) return;
  const place = placeOf(first);
  if (findings.hasDangerFrom(place) || !isWideByTree(engine, withoutStrings(statement))) return;
  findings.danger(
    'alwaysTrue',
    place,
    `${first.is} may mean every row: read in another way, its WHERE needs no column.`,
  );
}

/**
 * A statement without its comments, and with each string as `'s'`: the second reader does not know sql_mode, nor every escape, and so
 * would look for the end of a string elsewhere.
 */
function withoutStrings(statement: readonly Token[]): string {
  let text = '';
  let end = statement[0]!.start;
  for (const token of statement) {
    if (token.start > end) text += ' ';
    text += token.kind === 'string' ? "'s'" : token.text;
    end = token.end;
  }
  return text;
}

function judgeReading(gate: Gate, text: string, tokens: readonly Token[]): void {
  const { findings } = gate;
  const statements = statementsOf(tokens);
  findings.statements = Math.max(findings.statements, statements.length);
  for (const statement of statements) {
    const own = new Findings(text);
    judgeStatement({ ...gate, findings: own }, statement);
    const place = placeOf(statement[0]!);
    if (own.verdict === 'unknown' && !own.hasDangerFrom(place))
      own.danger('unknown', own.reasonPlace ?? place, 'What this does can’t be determined.');
    findings.take(own);
  }
  const commit = statements.find(([first]) => first?.is === 'COMMIT');
  if (commit && statements.length > 1)
    findings.danger(
      'commitAmongOthers',
      placeOf(commit[0]!),
      'A COMMIT among other statements: what it keeps can’t be rolled back.',
    );
}

/** Every way the text may be read: each executable comment with and without what it holds. */
function readingsOf(tokens: readonly Token[], comments: number): Token[][] {
  return Array.from({ length: 2 ** comments }, (_, without) =>
    tokens.filter(({ comment }) => comment < 0 || (without & (1 << comment)) === 0),
  );
}

/** Character sets in which no byte of a character can be taken for a quote or a backslash. */
const SAFE_CHARSETS = /^(?:utf8|utf8mb3|utf8mb4|utf-8|ascii|latin1|binary)$/i;

function notReadable(text: string, facts: StatementFacts): string | null {
  if (text.includes('\0')) return 'Has a NUL character, which no statement may have.';
  if (/[\ud800-\udfff]/u.test(text)) return 'Has half a character, which UTF-8 can’t say.';
  if (Buffer.byteLength(text) > CLASSIFY_BYTES_MAX) return 'Is too long to be looked into.';
  if (!SAFE_CHARSETS.test(facts.clientEncoding ?? 'utf8mb4'))
    return 'character_set_client is not UTF-8, so where a string ends is not certain.';
  if (sqlModeOf(facts.sqlMode ?? '').oracle) return 'sql_mode is ORACLE, whose grammar is not known here.';
  return null;
}
