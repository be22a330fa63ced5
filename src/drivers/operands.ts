/** A token as far as it decides whether a name may be shown. */
export interface WordToken {
  /** `keyword`: a word that no name and no value can be without quotes. */
  readonly kind: 'keyword' | 'name' | 'operator' | 'literal';
  /** A word in upper case, an operator; nothing for a literal. */
  readonly is: string;
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** What words are that stand somewhere. */
type Mode =
  /** Names of tables, columns, types. */
  | 'names'
  /** What is selected: a name first, operands behind operators. */
  | 'list'
  /** Conditions and assignments: a name is what stands on the left of an operator. */
  | 'expression'
  /** Values. */
  | 'operands';

const CLAUSES: Readonly<Record<string, Mode>> = {
  SELECT: 'list',
  RETURNING: 'list',
  FROM: 'names',
  JOIN: 'names',
  INTO: 'names',
  UPDATE: 'names',
  DELETE: 'names',
  INSERT: 'names',
  WITH: 'names',
  MERGE: 'names',
  TABLE: 'names',
  BY: 'names',
  USING: 'names',
  WHERE: 'expression',
  HAVING: 'expression',
  WHEN: 'expression',
  SET: 'expression',
  VALUES: 'operands',
  VALUE: 'operands',
  LIMIT: 'operands',
  OFFSET: 'operands',
  CALL: 'operands',
  DO: 'operands',
  KILL: 'operands',
};
/** Statements that read or write rows: their ON is a condition, not the place of a definition. */
const QUERIES = words('SELECT INSERT UPDATE DELETE WITH REPLACE MERGE EXPLAIN ANALYZE DESCRIBE DESC (');
/** Words that a value follows, wherever they stand. */
const BEFORE_VALUE = words(
  `LIKE ILIKE RLIKE REGEXP SIMILAR BETWEEN ESCAPE THEN ELSE DEFAULT COMMENT AGAINST IMMEDIATE IN IDENTIFIED PASSWORD`,
);
/** Words that follow the left side of a comparison. */
const AFTER_COLUMN = words(
  'IS IN LIKE ILIKE RLIKE REGEXP SIMILAR BETWEEN NOT COLLATE ISNULL NOTNULL SOUNDS MEMBER',
);
/** What a condition, or one more assignment, begins behind. */
const BEFORE_CONDITION = words('WHERE AND OR NOT ON HAVING SET WHEN XOR , ( && || UPDATE');
const CONNECTIVES = words('AND OR XOR NOT WHEN && ||');
/** Behind these, or behind a name behind these, parentheses hold names. */
const BEFORE_NAMES = words(
  `INTO TABLE INDEX KEY ON REFERENCES WITH RECURSIVE EXISTS VIEW UNIQUE COPY INSERT REPLACE ONLY USING PARTITION CONFLICT SET OF COLUMNS
   COLUMN FULLTEXT SPATIAL IGNORE FORCE PRIMARY ANALYZE VACUUM AS`,
);
const ITSELF = words(
  'INDEX KEY UNIQUE USING PARTITION CONFLICT SET OF COLUMNS COLUMN FULLTEXT SPATIAL PRIMARY',
);

/** Names have up to four parts: catalogue, schema, table, column. */
const PATH_TOKENS_MAX = 6;

interface Frame {
  mode: Mode;
  /** A query of its own: its FROM names tables. */
  isQuery: boolean;
  /** Its BETWEEN waits for its AND. */
  isBetween: boolean;
  /** Where that AND stands; -1 before any. */
  endOfBetween: number;
}

/**
 * Which names of a text have to be hidden from those that may read a shape: all that stand where a value may, as a text that lacks its
 * quotes is a name to a lexer. True for those; anything but a name is false.
 */
export function hiddenNames(tokens: readonly WordToken[]): boolean[] {
  const known = new Set<string>();
  new Places(tokens, known).all();
  return new Places(tokens, known).all();
}

class Places {
  private frames: Frame[] = [startOfStatement()];
  private first = '';

  constructor(
    private readonly tokens: readonly WordToken[],
    /** Tables and aliases: a name that one of them qualifies is a column. */
    private readonly known: Set<string>,
  ) {}

  all(): boolean[] {
    return this.tokens.map((token, at) => {
      this.first ||= token.is;
      const hidden = token.kind === 'name' && !this.mayShow(at);
      this.enter(at);
      return hidden;
    });
  }

  private get frame(): Frame {
    return this.frames.at(-1)!;
  }

  private is(at: number): string {
    return this.tokens[at]?.is ?? '';
  }

  private mayShow(at: number): boolean {
    const { mode } = this.frame;
    const [start, end] = this.path(at);
    const [before, after] = [this.is(start - 1), this.is(end + 1)];
    const name = this.is(at);
    // Called, or a table with its columns.
    if (after === '(' && at === end) return true;
    if (before === '::' || before === 'COLLATE') return true;
    const isValue = this.isBehindOperator(start);
    if (mode === 'names' && !isValue) {
      this.known.add(name);
      return true;
    }
    if (mode === 'list' && !isValue && !CONNECTIVES.has(before)) return true;
    if (start < end && this.known.has(this.is(start))) return true;
    if (mode === 'operands' || isValue || !BEFORE_CONDITION.has(before) || this.frame.isBetween) return false;
    return AFTER_COLUMN.has(after) || (isOperator(after) && !/^[,;()[\].]$/.test(after));
  }

  /** The first and last token of the dotted name that a token is a part of. */
  private path(at: number): [number, number] {
    let [start, end] = [at, at];
    while (this.is(start - 1) === '.' && at - start < PATH_TOKENS_MAX) start -= 2;
    while (this.is(end + 1) === '.' && end - at < PATH_TOKENS_MAX) end += 2;
    return [start, end];
  }

  private isBehindOperator(start: number): boolean {
    const before = this.tokens[start - 1];
    if (!before) return false;
    if (BEFORE_VALUE.has(before.is) || start - 1 === this.frame.endOfBetween) return true;
    if (before.is === 'FROM') return this.first === 'PREPARE' || this.isOfDistinct(start - 1);
    return before.kind === 'operator' && isOperator(before.is) && !/^[,;()[\].]$/.test(before.is);
  }

  /** IS DISTINCT FROM, which is no FROM. */
  private isOfDistinct(at: number): boolean {
    return this.is(at - 1) === 'DISTINCT' && ['IS', 'NOT'].includes(this.is(at - 2));
  }

  private enter(at: number): void {
    const { kind, is } = this.tokens[at]!;
    const { frame } = this;
    if (is === ';') {
      this.frames = [startOfStatement()];
      this.first = '';
    } else if (is === '(' || is === '[') {
      const mode = is === '[' ? 'operands' : this.opened(at);
      this.frames.push({ ...startOfStatement(), mode, isQuery: false });
    } else if (is === ')' || is === ']') {
      if (this.frames.length > 1) this.frames.pop();
    } else if (kind === 'keyword' && this.is(at - 1) !== '.') {
      this.clause(at, is, frame);
    }
  }

  private clause(at: number, is: string, frame: Frame): void {
    if (is === 'BETWEEN') frame.isBetween = true;
    if (is === 'AND' && frame.isBetween) {
      frame.isBetween = false;
      frame.endOfBetween = at;
    }
    // In a definition they are followed by names.
    if (is === 'ON' && QUERIES.has(this.first)) frame.mode = 'expression';
    if (is === 'ON' || (is === 'SET' && !QUERIES.has(this.first))) return;
    if (!Object.hasOwn(CLAUSES, is) || (is === 'FROM' && this.isOfDistinct(at))) return;
    if (STARTS.has(is) && (this.is(at - 1) === '(' || is === 'SELECT')) frame.isQuery = true;
    // A function's own FROM and USING change nothing in it.
    if (!frame.isQuery && is !== 'VALUES' && is !== 'BY') return;
    if (is === 'USING' && this.first === 'EXECUTE') {
      frame.mode = 'operands';
      return;
    }
    const isUpsert = is === 'UPDATE' && ['KEY', 'DO'].includes(this.is(at - 1));
    frame.mode = isUpsert ? 'expression' : CLAUSES[is]!;
    frame.isBetween = false;
  }

  /** What parentheses hold. */
  private opened(at: number): Mode {
    const { mode } = this.frame;
    const before = this.tokens[at - 1];
    if (!before || before.is === ',' || before.is === '(') return mode;
    if (before.is === 'FROM' || before.is === 'JOIN') return 'names';
    if (before.kind === 'operator') return before.is === ')' ? 'operands' : this.behindOperator(before.is);
    if (ITSELF.has(before.is)) return 'names';
    if (before.is === 'CHECK') return 'expression';
    if (before.kind === 'keyword')
      return BEFORE_CONDITION.has(before.is) || before.is === 'AS' ? 'expression' : 'operands';
    const [start] = this.path(at - 1);
    return BEFORE_NAMES.has(this.is(start - 1)) ? 'names' : 'operands';
  }

  private behindOperator(operator: string): Mode {
    return operator === '&&' || operator === '||' || operator === '!' ? 'expression' : 'operands';
  }
}

/** What a query in parentheses begins with. */
const STARTS = words('SELECT DELETE UPDATE INSERT TABLE WITH MERGE VALUES');

function isOperator(is: string): boolean {
  return is !== '' && !/[\p{L}\p{N}_$]/u.test(is);
}

function startOfStatement(): Frame {
  return { mode: 'names', isQuery: true, isBetween: false, endOfBetween: -1 };
}
