/** A piece of an expression's text. `word` is a name, a state or a type of event; `unknown` a character that stands nowhere. */
export interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'sign' | 'unknown' | 'end';
  /** As it is written; of a text what its quotes hold. */
  readonly text: string;
  readonly offset: number;
  readonly length: number;
}

const SPACE = /\s+/y;
const PATTERNS: readonly (readonly [kind: Token['kind'], pattern: RegExp])[] = [
  ['number', /\d+(?:\.\d+)?/y],
  ['text', /"(?:[^"\\]|\\["\\])*"|'(?:[^'\\]|\\['\\])*'/y],
  ['word', /[A-Za-z_][\w$:@*/-]*(?:\.[\w$:@*/-]+)*/y],
  ['sign', /!=|<=|>=|[=<>~(),]/y],
  ['unknown', /[\s\S]/y],
];

/** Cuts a text into tokens; the last one is its end. Never fails. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let offset = 0; offset < text.length; ) {
    SPACE.lastIndex = offset;
    if (SPACE.test(text)) {
      offset = SPACE.lastIndex;
      continue;
    }
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = offset;
      const found = pattern.exec(text)?.[0];
      if (found === undefined) continue;
      const content = kind === 'text' ? found.slice(1, -1).replace(/\\(["'\\])/g, '$1') : found;
      tokens.push({ kind, text: content, offset, length: found.length });
      offset += found.length;
      break;
    }
  }
  return [...tokens, { kind: 'end', text: '', offset: text.length, length: 0 }];
}
