import { SHAPE_SOURCE_UNITS_MAX } from '../../events/limits.ts';
import { HIDDEN_NAME, LITERAL, mayShowBare, mayShowQuoted, shapeFrom } from '../shape.ts';
import type { Token } from './classify-lexer.ts';

/** The statement's shape: literals are `?`, comments are gone, names that may hold a value are hidden. Null on any doubt. */
export function shapeOf(text: string, tokens: readonly Token[], sqlModeKnown: boolean): string | null {
  if (text.length > SHAPE_SOURCE_UNITS_MAX) return null;
  if (tokens.some(({ comment }) => comment >= 0)) return null;
  // Where a string with a backslash ends is the sql_mode's matter.
  if (!sqlModeKnown && text.includes('\\')) return null;
  const settings = new SettingValues();
  return shapeFrom(
    tokens.map((token, index) => {
      const before = tokens[index - 1];
      const hidden = settings.hides(token);
      return {
        gap: before !== undefined && token.start > before.end,
        text: hidden ? LITERAL : shownText(token, before?.text, tokens[index + 1]?.text),
      };
    }),
  );
}

function shownText({ kind, text }: Token, before: string | undefined, after: string | undefined): string {
  switch (kind) {
    case 'operator':
      return text;
    case 'string':
    case 'number':
      return LITERAL;
    case 'quoted':
      // Backticks are for names only, but a value may be pasted into them all the same.
      return mayShowQuoted(text.slice(1, -1), before, after) ? text : HIDDEN_NAME;
    case 'variable':
      return /^@@?[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : '@?';
    default:
      return mayShowBare(text) && !mayBeValue(before, after) ? text : LITERAL;
  }
}

/** Whether a bare word stands where a value does. No grammar is asked, so one that lacks its quotes is no error yet. */
function mayBeValue(before: string | undefined, after: string | undefined): boolean {
  return (before === '=' || before === ':=') && after !== '.' && after !== '(';
}

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
