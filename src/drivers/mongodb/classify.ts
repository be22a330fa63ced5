import { splitMongodb } from '../../events/engines/mongodb-statements.ts';
import { type Judgement, unknownJudgement } from '../../events/judgement.ts';
import type { StatementRange } from '../../events/statement-range.ts';
import { Findings } from '../findings.ts';
import { CLASSIFY_BYTES_MAX } from '../limits.ts';
import { shapeFrom } from '../shape.ts';
import { countingOf } from './classify-counting.ts';
import { Places } from './classify-places.ts';
import { shapeOf } from './classify-shape.ts';
import { judgeOperation } from './classify-statements.ts';
import { type Understood, understand } from './statement/parse.ts';
import { StatementError } from './statement/syntax.ts';

/** What a statement sends does not depend on the current database, so any name will do. */
const ANY_DATABASE = 'any';
/** With this one a statement that names no database is sent to another. */
const ANOTHER_DATABASE = 'another';

/**
 * What a MongoDB text does, by the very commands that it would send: a statement is a read only where the name of each
 * command, every field of it and every stage and operator in it, however deep, is known to do no more.
 */
export function classifyMongodb(text: string): Judgement {
  const refused = notReadable(text);
  if (refused) return unknownJudgement(refused);
  // What is judged is what is run: the very parts that a text is cut into, also where JavaScript would read it as one.
  const ranges = splitMongodb(text);
  const [only] = ranges;
  if (!only) return new Findings(text).judgement('');
  return ranges.length === 1 ? judgeOne(text, only) : judgeAll(text, ranges);
}

/** One statement, with what may stand around it. */
function judgeOne(text: string, { start, end }: StatementRange): Judgement {
  const part = text.slice(start, end);
  const one = attempt(part);
  if (one instanceof StatementError) return notUnderstood(text, start + one.at, one);
  const judged = judgeOperation(text, new Places(part, one.chain, start), one.operation).judgement(
    shapeOf(part, one),
  );
  const counting = judged.dangers.length > 0 ? countingFor(part, one) : undefined;
  return counting ? { ...judged, counting } : judged;
}

function countingFor(text: string, { operation }: Understood): Judgement['counting'] {
  const other = attempt(text, ANOTHER_DATABASE);
  if (other instanceof StatementError || operation.type !== 'command' || other.operation.type !== 'command')
    return undefined;
  const isCurrent = other.operation.database !== operation.database;
  return countingOf(operation, isCurrent, (counting) => classifyMongodb(counting).verdict === 'read');
}

function notReadable(text: string): string | null {
  if (text.includes('\0')) return 'Has a NUL character, which no statement may have.';
  if (/[\ud800-\udfff]/u.test(text)) return 'Has half a character, which UTF-8 can’t say.';
  if (Buffer.byteLength(text) > CLASSIFY_BYTES_MAX) return 'Is too long to be looked into.';
  return null;
}

function attempt(text: string, database = ANY_DATABASE): Understood | StatementError {
  try {
    return understand(text, database);
  } catch (error) {
    if (error instanceof StatementError) return error;
    throw error;
  }
}

/** Why a text is no statement that would be run. The reader's own words may quote values. */
const REASONS: Readonly<Record<string, string>> = {
  'statement.tooLong': 'Is too long to be looked into',
  'statement.tooDeep': 'Is nested too deeply to be looked into',
  'statement.syntax': 'Is not written as mongosh’s statements are',
};

function notUnderstood(text: string, at: number, error: StatementError): Judgement {
  const findings = new Findings(text);
  findings.statements = 1;
  tellNotUnderstood(findings, at, error);
  return findings.judgement(null);
}

function tellNotUnderstood(findings: Findings, at: number, { code, instead }: StatementError): void {
  const reason = instead
    ? `Is not available here (write ${instead})`
    : (REASONS[code] ?? 'Is not a known call with literals');
  findings.raise('unknown', { at }, reason);
  findings.danger('unknown', { at }, `${reason}.`);
}

/** Several statements are the worst of them. */
function judgeAll(text: string, ranges: readonly StatementRange[]): Judgement {
  const findings = new Findings(text);
  const shapes: (string | null)[] = [];
  let commit: number | null = null;
  for (const { start, end } of ranges) {
    const part = text.slice(start, end);
    const one = attempt(part);
    findings.statements++;
    if (one instanceof StatementError) {
      tellNotUnderstood(findings, start + one.at, one);
      shapes.push(null);
      continue;
    }
    const { operation } = one;
    if (operation.type === 'transaction' && operation.step === 'commit') commit ??= start;
    findings.take(judgeOperation(text, new Places(part, one.chain, start), operation));
    shapes.push(shapeOf(part, one));
  }
  if (commit !== null)
    findings.danger(
      'commitAmongOthers',
      { at: commit },
      'A commit among other statements: what it keeps can’t be rolled back.',
    );
  return findings.judgement(
    shapes.includes(null)
      ? null
      : shapeFrom(shapes.map((shape, index) => ({ gap: index > 0, text: `${shape};` }))),
  );
}
