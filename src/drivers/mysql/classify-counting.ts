import type { Counting } from '../../events/judgement.ts';
import type { Token } from './classify-lexer.ts';
import { depthsOf } from './classify-split.ts';

/** What the statement that counts is made with. */
export interface CountingNeeds {
  readonly text: string;
  /** Whether a text is proven to read. */
  readonly isRead: (text: string) => boolean;
}

/**
 * The statement that counts the rows which a statement would touch, of the same parts of the text: of one table, by the words that
 * the grammar has there; the meaning of anything else is not known. Expects no executable comments.
 */
export function countingOf(tokens: readonly Token[], { text, isRead }: CountingNeeds): Counting | undefined {
  const rule = COUNTED[tokens[0]?.is ?? ''];
  const counted = rule?.(new Reader(text, tokens));
  if (!counted || 'reason' in counted) return counted;
  return isRead(counted.text)
    ? counted
    : { reason: 'Which rows it finds can’t be determined without running more than a read.' };
}

const COUNTED: Readonly<Record<string, (reader: Reader) => Counting | undefined>> = {
  DELETE(reader) {
    reader.skip('LOW_PRIORITY', 'QUICK', 'IGNORE');
    if (!reader.skip('FROM')) return SEVERAL;
    const table = reader.table();
    return table === null ? NOT_SURE : reader.filtered(table);
  },
  UPDATE(reader) {
    reader.skip('LOW_PRIORITY', 'IGNORE');
    const table = reader.table();
    if (table === null) return NOT_SURE;
    if (!reader.skip('SET')) return SEVERAL;
    reader.toClause();
    return reader.filtered(table);
  },
  TRUNCATE(reader) {
    reader.skip('TABLE');
    return reader.whole();
  },
  DROP(reader) {
    if (!reader.skip('TABLE')) return undefined;
    if (reader.skip('IF') && !reader.skip('EXISTS')) return NOT_SURE;
    return reader.whole();
  },
};

const SEVERAL: Counting = { reason: 'It is written for several tables, whose rows are found together.' };
const NOT_SURE: Counting = { reason: 'Which rows it finds can’t be determined with certainty.' };

const CLAUSES = ['WHERE', 'ORDER', 'LIMIT', 'RETURNING'];
/** May follow a table's name without being its alias. */
const AFTER_TABLE = [...CLAUSES, 'SET', 'PARTITION', 'FOR', 'USING', 'USE', 'IGNORE', 'FORCE', 'JOIN'];

/** Goes through a statement from its second token on. */
class Reader {
  private at = 1;
  private readonly depths: readonly number[];

  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
  ) {
    this.depths = depthsOf(tokens);
  }

  /** Goes past words that may stand here. Returns whether one did. */
  skip(...words: readonly string[]): boolean {
    const from = this.at;
    while (words.includes(this.is)) this.at++;
    return this.at > from;
  }

  /** Goes past a table's name and its alias. Returns them as they stand, or null. */
  table(): string | null {
    const from = this.at;
    if (!this.qualifiedName()) return null;
    const named = this.is === 'AS';
    if (named) this.at++;
    if (named || !AFTER_TABLE.includes(this.is)) {
      const aliased = this.name();
      if (named && !aliased) return null;
    }
    return this.slice(from, this.at);
  }

  /** Goes to the WHERE, or what stands in its place. A word after a dot is a name. */
  toClause(): void {
    while (this.at < this.tokens.length && !this.isClause(CLAUSES)) this.at++;
  }

  /** The rows that WHERE, ORDER BY and LIMIT leave of a table. */
  filtered(table: string): Counting {
    let where = '';
    if (this.skip('WHERE')) {
      const from = this.at;
      this.toClause();
      where = `\nWHERE ${this.slice(from, this.at)}`;
    }
    if (this.is === 'ORDER') {
      // Which rows a LIMIT leaves depends on it, how many does not.
      this.at++;
      this.toClause();
    }
    const limit = this.skip('LIMIT') ? this.tokens[this.at++] : null;
    if (limit !== null && (limit?.kind !== 'number' || !/^\d+$/.test(limit.text))) return NOT_SURE;
    if (this.at < this.tokens.length && this.is !== 'RETURNING') return SEVERAL;
    if (limit === null) return { text: `SELECT COUNT(*) FROM ${table}${where}` };
    return {
      text: `SELECT COUNT(*) FROM (SELECT 1 FROM ${table}${where}\nLIMIT ${limit.text}) querytape_counted`,
    };
  }

  /** All rows of the one table that is named up to the end. */
  whole(): Counting {
    const from = this.at;
    if (!this.qualifiedName() || this.at < this.tokens.length)
      return { reason: 'It is not about one table alone.' };
    return { text: `SELECT COUNT(*) FROM ${this.slice(from, this.at)}` };
  }

  private get is(): string {
    return this.tokens[this.at]?.is ?? '';
  }

  private isClause(words: readonly string[]): boolean {
    return this.depths[this.at] === 0 && words.includes(this.is) && this.tokens[this.at - 1]?.is !== '.';
  }

  private qualifiedName(): boolean {
    return this.name() && (!this.skip('.') || this.name());
  }

  private name(): boolean {
    const { kind } = this.tokens[this.at] ?? {};
    const isName = kind === 'word' || kind === 'quoted';
    if (isName) this.at++;
    return isName;
  }

  private slice(from: number, to: number): string {
    return from < to ? this.text.slice(this.tokens[from]!.start, this.tokens[to - 1]!.end) : '';
  }
}
