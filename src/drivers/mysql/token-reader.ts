import type { Token } from './classify-lexer.ts';

/** Raised where tokens are not what the grammar, as far as it is known here, has there. */
export class NotUnderstood extends Error {}

/** Operators of several characters, the longest first. The lexer gives them one by one. */
const OPERATORS = ['->>', '<=>', '->', '<=', '>=', '<>', '!=', '||', '&&', '<<', '>>'].map((text) => [
  ...text,
]);
const QUERIES = ['SELECT', 'WITH', 'VALUES', 'TABLE'];

/** Goes through tokens one by one. */
export class TokenReader {
  at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  get isDone(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The word or operator that comes next; '' for anything else, and at the end. */
  get is(): string {
    return this.tokens[this.at]?.is ?? '';
  }

  /** The one behind it. */
  get next(): string {
    return this.tokens[this.at + 1]?.is ?? '';
  }

  get kind(): Token['kind'] | null {
    return this.tokens[this.at]?.kind ?? null;
  }

  /** Whether one of these words or operators comes next. */
  isOne(...words: readonly string[]): boolean {
    return words.includes(this.is);
  }

  /** Whether a query begins here, in however many parentheses. */
  get isQuery(): boolean {
    let at = this.at;
    while (this.tokens[at]?.is === '(') at++;
    return QUERIES.includes(this.tokens[at]?.is ?? '');
  }

  /** @throws NotUnderstood at the end */
  take(): Token {
    const token = this.tokens[this.at];
    if (!token) throw new NotUnderstood();
    this.at++;
    return token;
  }

  /** Goes past one of these words, if one comes next. */
  skip(...words: readonly string[]): boolean {
    const found = this.is !== '' && words.includes(this.is);
    if (found) this.at++;
    return found;
  }

  /** One of these words, which has to come next. @throws NotUnderstood */
  word(...words: readonly string[]): string {
    const { is } = this;
    if (!this.skip(...words)) throw new NotUnderstood();
    return is;
  }

  /** A name, in small letters. @throws NotUnderstood */
  name(): string {
    const { kind, text } = this.take();
    if (kind === 'quoted') return text.slice(1, -1).toLowerCase();
    if (kind === 'word') return text.toLowerCase();
    throw new NotUnderstood();
  }

  /** The operator that comes next, of all its characters; a word as it is. */
  operator(): string {
    const found = OPERATORS.find((characters) =>
      characters.every((character, index) => {
        const token = this.tokens[this.at + index];
        return (
          token?.is === character && (index === 0 || token.start === this.tokens[this.at + index - 1]!.end)
        );
      }),
    );
    return found ? found.join('') : this.is;
  }

  skipOperator(operator: string): void {
    this.at += /^\W/.test(operator) ? operator.length : 1;
  }

  /** The place past the parentheses that begin here. @throws NotUnderstood */
  pastBrackets(): number {
    let depth = 0;
    for (let at = this.at; at < this.tokens.length; at++) {
      const { is } = this.tokens[at]!;
      if (is === '(') depth++;
      if (is === ')') depth--;
      if (depth === 0) return at + 1;
    }
    throw new NotUnderstood();
  }

  skipBrackets(): void {
    this.at = this.pastBrackets();
  }

  /** Goes to the first of these words, or the end, that is in no parentheses of its own. */
  toWord(words: ReadonlySet<string>): void {
    for (let before = ''; !this.isDone; ) {
      if (this.is === ')' || (words.has(this.is) && before !== '.')) return;
      before = this.is;
      if (this.is === '(') this.skipBrackets();
      else this.at++;
    }
  }
}
