import { SHAPE_SOURCE_UNITS_MAX } from '../limits.ts';
import { hiddenNames, type WordToken } from '../operands.ts';
import { HIDDEN_NAME, LITERAL, mayShowBare, mayShowQuoted, shapeFrom } from '../shape.ts';
import type { Token } from './classify-lexer.ts';

/** The statement's shape: literals are `?`, comments are gone, names that may hold a value are hidden. Null on any doubt. */
export function shapeOf(text: string, tokens: readonly Token[], sqlModeKnown: boolean): string | null {
  if (text.length > SHAPE_SOURCE_UNITS_MAX) return null;
  if (tokens.some(({ comment }) => comment >= 0)) return null;
  // Where a string with a backslash ends is the sql_mode's matter.
  if (!sqlModeKnown && text.includes('\\')) return null;
  const settings = new SettingValues();
  const hiding = hiddenNames(tokens.map(wordOf));
  return shapeFrom(
    tokens.map((token, index) => {
      const before = tokens[index - 1];
      const hidden = settings.hides(token);
      return {
        gap: before !== undefined && token.start > before.end,
        text: hidden ? LITERAL : shownText(token, hiding[index]!, before?.text, tokens[index + 1]?.text),
      };
    }),
  );
}

function shownText(
  { kind, text }: Token,
  hidden: boolean,
  before: string | undefined,
  after: string | undefined,
): string {
  switch (kind) {
    case 'operator':
      return text;
    case 'string':
    case 'number':
      return LITERAL;
    case 'quoted':
      // Backticks are for names only, but a value may be pasted into them all the same.
      return !hidden && mayShowQuoted(text.slice(1, -1), before, after) ? text : HIDDEN_NAME;
    case 'variable':
      return /^@@?[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : '@?';
    default:
      return !hidden && mayShowBare(text) ? text : LITERAL;
  }
}

/** What a word is to those who look for values: the grammar's own, or a name. */
function wordOf({ kind, is, text }: Token): WordToken {
  switch (kind) {
    case 'word':
      return { kind: KEYWORDS.has(is) ? 'keyword' : 'name', is };
    case 'quoted':
      return { kind: 'name', is: `"${text.slice(1, -1).toUpperCase()}` };
    case 'operator':
      return { kind: 'operator', is };
    default:
      return { kind: 'literal', is: '' };
  }
}

/** Words that shape a statement. Most are reserved, so that no name or value can be one without quotes. */
const KEYWORDS: ReadonlySet<string> = new Set(
  `ADD ALL ALTER ANALYZE AND ANY AS ASC BEGIN BETWEEN BINARY BOOLEAN BY CALL CASE CHANGE CHARACTER CHECK COLLATE COLUMN COLUMNS COMMENT
   COMMIT CONSTRAINT CONVERT CREATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DEFAULT DELETE DESC DESCRIBE
   DISTINCT DISTINCTROW DIV DO DROP DUAL DUPLICATE ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXPLAIN FALSE FOR FORCE FOREIGN FROM FULLTEXT
   GRANT GROUP HANDLER HAVING IDENTIFIED IF IGNORE IMMEDIATE IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY KILL LATERAL LEFT
   LIKE LIMIT LOAD LOCK LOCKED LOW_PRIORITY MATCH AGAINST MEMBER MOD MODE MODIFY NATURAL NOT NOWAIT NULL OF OFFSET ON OR ORDER OUTER
   OUTFILE OVER PARTITION PASSWORD PREPARE PRIMARY PROCEDURE PURGE RECURSIVE REFERENCES REGEXP RENAME REPLACE RESTRICT RETURNING REVOKE
   RIGHT RLIKE ROLLBACK ROW ROWS SELECT SEPARATOR SET SHARE SHOW SKIP SOME SOUNDS SPATIAL START STRAIGHT_JOIN TABLE TABLES TEMPORARY THEN
   TO TRANSACTION TRIGGER TRUE TRUNCATE UNION UNIQUE UNKNOWN UNLOCK UPDATE USE USING VALUE VALUES VIEW WHEN WHERE WINDOW WITH XOR`.split(
    /\s+/,
  ),
);

/** A setting's value may be a bare word: `SET x = secret`. So may a password by mistake: `IDENTIFIED BY secret`. */
class SettingValues {
  private first: string | null = null;
  private value = false;

  hides({ is, kind }: Token): boolean {
    if (is === ';') {
      this.first = null;
      this.value = false;
      return false;
    }
    this.first ??= is;
    const hidden = this.value && kind !== 'operator';
    if (is === ',') this.value = false;
    if (is === 'IDENTIFIED' || (this.first === 'SET' && (is === '=' || is === ':='))) this.value = true;
    return hidden;
  }
}
