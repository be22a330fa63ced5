import pgQuery, { type ScanToken } from 'libpg-query';
import { SHAPE_SOURCE_UNITS_MAX } from '../limits.ts';
import { hiddenNames, type WordToken } from '../operands.ts';
import { HIDDEN_NAME, LITERAL, mayShowBare, mayShowQuoted, type ShapeToken, shapeFrom } from '../shape.ts';

/**
 * The statement's shape by the server's own lexer: literals are `?`, comments are gone, identifiers that may hold a value
 * are hidden. Null on any doubt. Expects a text that has been parsed.
 */
export function shapeOf(text: string): string | null {
  if (text.length > SHAPE_SOURCE_UNITS_MAX) return null;
  let scanned: ScanToken[];
  try {
    scanned = pgQuery.scanSync(text).tokens;
  } catch {
    return null;
  }
  const tokens = scanned.filter(({ tokenName }) => !/^(SQL|C)_COMMENT$/.test(tokenName));
  const shown: ShapeToken[] = [];
  const settings = new SettingValues();
  const hiding = hiddenNames(tokens.map(wordOf));
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1];
    const hidden = settings.hides(token);
    const text = hidden ? LITERAL : shownText(token, hiding[index]!, before?.text, tokens[index + 1]?.text);
    if (text === null) return null;
    shown.push({ gap: before !== undefined && token.start > before.end, text });
  }
  return shapeFrom(shown);
}

/** What a token is shown as; null where it is not known what it is. */
function shownText(
  { text, tokenName, keywordName }: ScanToken,
  hidden: boolean,
  before?: string,
  after?: string,
): string | null {
  if (/^[ui]?&?["]/i.test(text)) {
    const plain = !hidden && text.startsWith('"') && mayShowQuoted(text.slice(1, -1), before, after);
    return plain ? text : HIDDEN_NAME;
  }
  if (/^(?:[ebxn]|u&)?'/i.test(text) || /^\$[^0-9]/.test(text)) return LITERAL;
  if (hidden) return LITERAL;
  if (tokenName === 'PARAM') return /^\$[0-9]+$/.test(text) ? text : null;
  if (/^[.]?[0-9]/.test(text)) return LITERAL;
  if (keywordName !== 'NO_KEYWORD') {
    if (!/^[A-Za-z_]+$/.test(text)) return null;
    return keywordName === 'RESERVED_KEYWORD' ? text.toUpperCase() : text;
  }
  if (tokenName === 'IDENT') return mayShowBare(text) ? text : HIDDEN_NAME;
  return /^[-+*/<>=~!@#%^&|`?.,;:()[\]{}]+$/.test(text) ? text : null;
}

/** What a token is to those who look for values without quotes: a keyword that may be a name is one but where it shapes a statement. */
function wordOf({ text, tokenName, keywordName }: ScanToken): WordToken {
  if (/^[ui]?&?["]/i.test(text)) return { kind: 'name', is: `"${text.slice(1, -1).toUpperCase()}` };
  if (keywordName !== 'NO_KEYWORD') {
    const is = text.toUpperCase();
    return { kind: keywordName === 'UNRESERVED_KEYWORD' && !SHAPING.has(is) ? 'name' : 'keyword', is };
  }
  if (tokenName === 'IDENT') return { kind: 'name', is: text.toUpperCase() };
  return /^[-+*/<>=~!@#%^&|`?.,;:()[\]{}]+$/.test(text)
    ? { kind: 'operator', is: text }
    : { kind: 'literal', is: '' };
}

const SHAPING: ReadonlySet<string> = new Set(
  `ADD ALTER AT BEGIN BY CALL COLUMN COLUMNS COMMENT COMMIT CONFLICT COPY DELETE DROP ESCAPE EXECUTE EXPLAIN FILTER FIRST FOLLOWING IF
   INDEX INSERT KEY LAST LOCKED MATCHED MATERIALIZED MERGE NEXT NOTHING NOWAIT NULLS OF ONLY OVER PARTITION PASSWORD PRECEDING PREPARE
   RANGE RECURSIVE RENAME REPLACE RETURNS ROLLBACK ROWS SET SHARE SHOW SKIP SOURCE TEMPORARY TIES TRUNCATE UNBOUNDED UNCOMMITTED UNKNOWN UNLOGGED
   UPDATE VALUE VIEW WITHIN WITHOUT ZONE`.split(/\s+/),
);

/** A setting's value is a literal without quotes: `SET x = secret`, `ALTER ROLE r SET x TO secret`. */
class SettingValues {
  private first: string | null = null;
  private set = false;
  private value = false;

  hides({ text }: ScanToken): boolean {
    const word = text.toUpperCase();
    if (word === ';') {
      this.first = null;
      this.set = false;
      this.value = false;
      return false;
    }
    this.first ??= word;
    if (!['SET', 'ALTER', 'CREATE'].includes(this.first)) return false;
    if (this.value) return !/^[,();=]$/.test(text);
    if (word === 'SET') this.set = true;
    else if (this.set && (word === 'TO' || word === '=')) this.value = true;
    return false;
  }
}
