import type { MysqlKind } from './mysql-lexer.ts';

/** A token as the grammar sees it: `is` is a word in upper case or an operator, and empty for the others. */
interface BodyToken {
  readonly kind: MysqlKind;
  readonly is: string;
}

const ROUTINES = new Set(['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT']);
/** What begins a statement of several. MariaDB takes these outside of routines too. */
const COMPOUND = new Set(['BEGIN', 'IF', 'CASE', 'LOOP', 'WHILE', 'REPEAT', 'FOR']);
/** Words between CREATE or ALTER and the routine. */
const CREATE_WORDS = new Set(['OR', 'REPLACE', 'DEFINER', 'AGGREGATE', 'CURRENT_USER', 'CURRENT_ROLE']);
/** What may stand between a procedure's parameters and its body; the word behind LANGUAGE may be any. */
const CHARACTERISTICS = new Set(
  'AS COMMENT CONTAINS DATA DEFINER DETERMINISTIC INVOKER LANGUAGE MODIFIES NO NOT READS SECURITY SQL USING'.split(
    ' ',
  ),
);
/** What begins a function's body of one statement. Its type's words are too many to list. */
const SIMPLE = new Set('CALL DELETE DO INSERT REPLACE RETURN SELECT SET SIGNAL UPDATE WITH'.split(' '));
/** Words behind which an expression goes on with an operand, so that END there is a name. */
const BEFORE_OPERAND = new Set(
  'AND BETWEEN BY CASE DISTINCT DIV ELSE ELSEIF FROM HAVING IF IN INTERVAL IS LIKE MOD NOT ON OR REGEXP RETURN RLIKE SELECT SET THEN UNTIL WHEN WHERE WHILE XOR'.split(
    ' ',
  ),
);

/** An open block, and whether a condition or a list is being read that ends with THEN, DO or END. */
interface Block {
  readonly word: string;
  readonly condition: boolean;
  /** The block that it stands in. */
  readonly outer: Block | null;
}

type Handler = 'none' | 'declare' | 'condition' | 'afterCondition';

/**
 * Follows a statement of MySQL's or MariaDB's by its syntax, so that the semicolons of a routine's body end nothing (MySQL manual,
 * "Compound Statements"; MariaDB documentation, "Programmatic & Compound Statements"). A keyword counts only where the grammar has
 * it: blocks open where a statement may begin, and END, THEN, DO and ELSE are looked for in the block that is open. So columns and
 * variables may be named `begin` and `end`, and a CASE, IF or FOR UPDATE in an expression opens nothing.
 *
 *   head → characteristics → body ⇄ blocks → done
 *     └ no routine ───────────────────────────┘
 */
export class StatementBody {
  private part: 'first' | 'create' | 'head' | 'body' | 'done' = 'first';
  private routine = '';
  private creates = false;
  private parentheses = 0;
  /** A PROCEDURE or FUNCTION has had its parameters, an EVENT its schedule's ON, a TRIGGER its FOR EACH. */
  private headed = false;
  /** The innermost open block. */
  private block: Block | null = null;
  /** A statement of the body may begin here. */
  private atStart = false;
  private handler: Handler = 'none';
  /** CASE … END of expressions, in the condition that is being read. */
  private cases = 0;
  private previous: BodyToken = { kind: 'blank', is: '' };
  /** The block before the word that a label may turn out to be; undefined behind any other word. */
  private beforeLabel: Block | null | undefined;

  /** Whether a `;` here ends the statement. */
  mayEnd(): boolean {
    return this.block === null;
  }

  /** What a routine or library does in another language may stand here: `AS $$ … $$`. */
  mayBeDollarQuoted(): boolean {
    return this.creates && this.previous.is === 'AS';
  }

  /** Takes the next token; blanks and comments are none. */
  take(token: BodyToken): void {
    const isName = this.previous.is === '.';
    if (token.is === '(') this.parentheses++;
    else if (token.is === ')' && this.parentheses > 0) this.parentheses--;
    if (!isName) this.follow(token);
    this.previous = token;
  }

  private follow(token: BodyToken): void {
    if (this.part === 'first') this.first(token);
    else if (this.part === 'create') this.create(token);
    else if (this.part === 'head') this.head(token);
    else if (this.part === 'body') this.body(token);
  }

  private first({ kind, is }: BodyToken): void {
    const { previous } = this;
    if (previous.kind === 'blank') {
      this.creates = is === 'CREATE';
      if (is === 'CREATE' || is === 'ALTER') this.part = 'create';
      else if (is !== 'BEGIN' && COMPOUND.has(is)) this.begin({ kind, is });
      else if (kind !== 'word' && kind !== 'quoted') this.part = 'done';
      return;
    }
    // BEGIN begins a transaction where NOT ATOMIC does not follow.
    if (previous.is === 'BEGIN' && is === 'NOT') this.begin({ kind: 'word', is: 'BEGIN' });
    else if (is === ':') this.begin(null);
    else this.part = 'done';
  }

  /** Between CREATE and what is created: `OR REPLACE`, `DEFINER = user@host`, `AGGREGATE`. */
  private create({ kind, is }: BodyToken): void {
    const { previous } = this;
    if (ROUTINES.has(is) && previous.is !== '=' && previous.is !== '@') {
      this.routine = is;
      this.part = 'head';
      this.parentheses = 0;
      // ALTER EVENT may leave its schedule as it is.
      this.headed = is === 'EVENT' && !this.creates;
      return;
    }
    const isDefiner = previous.is === '=' || previous.is === '@' || kind !== 'word';
    if (!isDefiner && !CREATE_WORDS.has(is)) this.part = 'done';
  }

  /** Behind `PROCEDURE`: its name, its parameters and what is said of it, until the body begins. */
  private head(token: BodyToken): void {
    const { is, kind } = token;
    if (this.parentheses > 0 || kind !== 'word') {
      const hasParameters = this.routine === 'PROCEDURE' || this.routine === 'FUNCTION';
      if (is === ')' && this.parentheses === 0 && hasParameters) this.headed = true;
      if (is === ':' && this.headed) this.begin(null);
      return;
    }
    const isName = ROUTINES.has(this.previous.is);
    if (isName) return;
    if (!this.headed) this.headed = this.endsHead(token);
    else if (this.routine === 'FUNCTION') this.function(token);
    else if (this.routine === 'EVENT') {
      if (is === 'DO') this.begin(null);
    } else if (!this.isCharacteristic(token)) this.begin(token);
  }

  /** Behind `ON SCHEDULE` and `FOR EACH ROW` a body may come. */
  private endsHead({ is }: BodyToken): boolean {
    if (this.routine === 'EVENT') return is === 'SCHEDULE' && this.previous.is === 'ON';
    return this.routine === 'TRIGGER' && is === 'ROW' && this.previous.is === 'EACH';
  }

  private isCharacteristic(token: BodyToken): boolean {
    if (this.routine === 'TRIGGER') return this.isBeside(token);
    return CHARACTERISTICS.has(token.is) || this.previous.is === 'LANGUAGE';
  }

  private function(token: BodyToken): void {
    const before = this.previous.is;
    if (COMPOUND.has(token.is)) this.begin(token);
    // RETURNS SET('a') and CHARACTER SET are of the type.
    else if (SIMPLE.has(token.is) && before !== 'RETURNS' && before !== 'CHARACTER') this.part = 'done';
  }

  /** `FOLLOWS other` and `PRECEDES other` stand before a trigger's body. */
  private isBeside({ is }: BodyToken): boolean {
    const sides = ['FOLLOWS', 'PRECEDES'];
    return sides.includes(is) || sides.includes(this.previous.is);
  }

  /** The body begins with this token, or with the next one. */
  private begin(token: BodyToken | null): void {
    this.part = 'body';
    this.parentheses = 0;
    this.atStart = true;
    if (token) this.body(token);
  }

  private body(token: BodyToken): void {
    const { is } = token;
    if (is === ';') {
      if (this.block === null) this.part = 'done';
      this.atStart = true;
      this.handler = 'none';
      return;
    }
    if (is === ':' && this.beforeLabel !== undefined) {
      this.block = this.beforeLabel;
      this.beforeLabel = undefined;
      this.atStart = true;
      return;
    }
    this.beforeLabel = undefined;
    if (this.handler !== 'none' && this.declaration(token)) return;
    if (this.atStart) this.start(token);
    else if (this.block?.condition) this.condition(token);
    else if (this.block === null) this.part = 'done';
  }

  /** The first word of a statement in the body. */
  private start({ kind, is }: BodyToken): void {
    if (kind === 'word' || kind === 'quoted') this.beforeLabel = this.block;
    this.atStart = false;
    const top = this.block;
    switch (is) {
      case 'BEGIN':
      case 'LOOP':
      case 'REPEAT':
        this.open(is, false);
        this.atStart = true;
        return;
      case 'IF':
      case 'CASE':
      case 'WHILE':
      case 'FOR':
        this.open(is, true);
        return;
      case 'END':
        this.block = top?.outer ?? null;
        return;
      case 'ELSEIF':
        if (top?.word === 'IF') this.restart(top);
        return;
      case 'WHEN':
        if (top?.word === 'CASE') this.restart(top);
        return;
      case 'UNTIL':
        if (top?.word === 'REPEAT') this.restart(top);
        return;
      case 'ELSE':
        this.atStart = top?.word === 'IF' || top?.word === 'CASE';
        return;
      case 'NOT':
      case 'ATOMIC':
        // BEGIN NOT ATOMIC
        this.atStart = this.previous.is === 'BEGIN' || this.previous.is === 'NOT';
        return;
      case 'DECLARE':
        this.handler = 'declare';
        return;
      default:
    }
  }

  private open(word: string, condition: boolean): void {
    this.block = { word, condition, outer: this.block };
    this.cases = 0;
  }

  private restart(block: Block): void {
    this.block = { ...block, condition: true };
    this.cases = 0;
  }

  /** In the condition of IF, CASE, WHILE, FOR and UNTIL: until the word that ends it. */
  private condition({ is }: BodyToken): void {
    const top = this.block!;
    if (is === 'CASE') {
      this.cases++;
      return;
    }
    if (is === 'END') {
      if (this.expectsOperand()) return;
      if (this.cases > 0) this.cases--;
      else if (top.word === 'REPEAT') this.block = top.outer;
      return;
    }
    if (this.cases > 0) return;
    const ends = top.word === 'WHILE' || top.word === 'FOR' ? 'DO' : top.word === 'REPEAT' ? '' : 'THEN';
    if (is !== ends || this.expectsOperand()) return;
    this.block = { ...top, condition: false };
    this.atStart = true;
  }

  /** An operand of an expression comes next, so a word there is a name. */
  private expectsOperand(): boolean {
    const { kind, is } = this.previous;
    if (kind === 'word') return BEFORE_OPERAND.has(is);
    return kind === 'operator' && is !== ')';
  }

  /**
   * `DECLARE … HANDLER FOR condition, … statement`: what follows the last condition is a statement. False where this token begins it.
   */
  private declaration({ is }: BodyToken): boolean {
    switch (this.handler) {
      case 'declare':
        if (is === 'FOR' && this.previous.is === 'HANDLER') this.handler = 'condition';
        else if (!['CONTINUE', 'EXIT', 'UNDO', 'HANDLER'].includes(is)) this.handler = 'none';
        return true;
      case 'condition':
        if (is !== 'SQLSTATE' && is !== 'VALUE' && is !== 'NOT') this.handler = 'afterCondition';
        return true;
      default:
        this.handler = is === ',' ? 'condition' : 'none';
        this.atStart = is !== ',';
        return is === ',';
    }
  }
}
