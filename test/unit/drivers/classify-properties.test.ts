import fc from 'fast-check';
import pgQuery from 'libpg-query';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifyMysql } from '../../../src/drivers/mysql/classify.ts';
import { tokensOf } from '../../../src/drivers/mysql/classify-lexer.ts';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { Judgement } from '../../../src/events/judgement.ts';
import { corpus } from '../../safety/corpus.ts';

beforeAll(() => loadPostgresParser());

interface Dialect {
  readonly name: string;
  readonly judge: (text: string) => Judgement;
  /** The tokens of a text without its comments; undefined where it can't be read. */
  readonly tokens: (text: string) => string[] | undefined;
  /** What may stand between two tokens. */
  readonly blanks: readonly string[];
  readonly statements: readonly { sql: string; mustNotBeRead: boolean }[];
  /** Queries that are none, for the inside of others. */
  readonly notReads: readonly string[];
  /** Where a word may be hidden from what may be shown. */
  readonly hiding: readonly ((word: string) => string)[];
}

const plain = (engine: 'postgres' | 'mariadb') =>
  corpus(engine).filter(({ pre, sqlMode }) => !pre && !sqlMode);

/** A value that lacks its quotes, which is a name to a lexer. */
const BARE: readonly ((word: string) => string)[] = [
  (word) => `a = ${word}`,
  (word) => `a IN (1, ${word})`,
  (word) => `a LIKE ${word}`,
  (word) => `a NOT BETWEEN ${word} AND ${word}`,
  (word) => `lower(${word})`,
  (word) => `coalesce(a, (${word}))`,
  (word) => `a + ${word}`,
  (word) => `CASE a WHEN 1 THEN ${word} ELSE ${word} END`,
  (word) => `a IN (SELECT b FROM u WHERE c = ${word})`,
  (word) => `a = (${word}.b)`,
];

const DIALECTS: readonly Dialect[] = [
  {
    name: 'PostgreSQL',
    judge: (text) => classifyPostgres(text),
    tokens(text) {
      try {
        const { tokens } = pgQuery.scanSync(text);
        return tokens.filter(({ tokenName }) => !tokenName.endsWith('COMMENT')).map((token) => token.text);
      } catch {
        return undefined;
      }
    },
    blanks: [
      ' ',
      '\n',
      '\t',
      '\r\n',
      '\f',
      '/**/',
      '/* a */',
      '/* /* ; */ SELECT */',
      '-- a\n',
      "--'\n",
      '/*"*/',
    ],
    statements: plain('postgres'),
    notReads: [
      "SELECT nextval('s')",
      'SELECT 1 FROM t FOR UPDATE',
      'WITH d AS (DELETE FROM t RETURNING 1) SELECT 1 FROM d',
      'SELECT mine()',
    ],
    hiding: [
      (word) => `'${word}'`,
      (word) => `'a''${word}'`,
      (word) => `E'\\'${word}'`,
      (word) => `U&'\\0061${word}'`,
      (word) => `N'${word}'`,
      (word) => `$$${word}$$`,
      (word) => `$a$'$$${word}$a$`,
      (word) => `1 -- ${word}\n`,
      (word) => `1 /* ${word} */`,
      (word) => `1 /* /* */ ${word} */`,
      (word) => `"${word} b"`,
      (word) => `"a""${word}"`,
      (word) => `U&"${word}"`,
      (word) => `a = "${word}"`,
      (word) => `a AS "${word}"`,
      (word) => `“${word}”`,
      (word) => `date '${word}'`,
      ...BARE,
    ],
  },
  {
    name: 'MariaDB',
    judge: (text) => classifyMysql('mariadb', text, { sqlMode: '' }),
    tokens(text) {
      try {
        const { tokens, comments } = tokensOf(text, { sqlMode: '' });
        return comments === 0 ? tokens.map((token) => token.text) : undefined;
      } catch {
        return undefined;
      }
    },
    blanks: [' ', '\n', '\t', '\r', '/**/', '/* a */', "/* ' */", '# a\n', "-- '\n", '--\n', '/* /* */'],
    statements: plain('mariadb'),
    notReads: [
      'SELECT NEXT VALUE FOR s',
      'SELECT 1 FROM t FOR UPDATE',
      "SELECT GET_LOCK('a', 1)",
      'SELECT mine()',
      'SELECT @a := 1',
    ],
    hiding: [
      (word) => `'${word}'`,
      (word) => `"${word}"`,
      (word) => `'a''${word}'`,
      (word) => `'\\'${word}'`,
      (word) => `"\\"${word}"`,
      (word) => `N'${word}'`,
      (word) => `_utf8mb4'${word}'`,
      (word) => `1 -- ${word}\n`,
      (word) => `1 # ${word}\n`,
      (word) => `1 /* ${word} */`,
      (word) => `1 /*! + '${word}' */`,
      (word) => `1 /*+ ${word} */`,
      (word) => `\`${word} b\``,
      (word) => `\`a\`\`${word}\``,
      (word) => `a = \`${word}\``,
      (word) => `a AS \`${word}\``,
      (word) => `@'${word}'`,
      (word) => `“${word}”`,
      ...BARE,
    ],
  },
];

const WRAPS: readonly ((query: string) => string)[] = [
  (query) => `SELECT (${query})`,
  (query) => `SELECT * FROM (${query}) x`,
  (query) => `WITH a AS (${query}) SELECT * FROM a`,
  (query) => `SELECT 1 FROM u WHERE EXISTS (${query})`,
  (query) => `SELECT 1 FROM u WHERE a IN (${query}) AND b = 1`,
  (query) => `SELECT CASE WHEN a THEN (${query}) ELSE 1 END FROM u`,
  (query) => `(${query})`,
];

/** Upper and lower case by turns of `flips`; literals stay as they are. */
function recased(token: string, flips: readonly boolean[]): string {
  if (!/^[a-z_]+$/i.test(token)) return token;
  return [...token]
    .map((char, at) => (flips[at % flips.length] ? char.toUpperCase() : char.toLowerCase()))
    .join('');
}

describe.each(DIALECTS)('$name:', ({ judge, tokens, blanks, statements, notReads, hiding }) => {
  it('white space, comments and case between tokens make no read of what is none', { tags: ['slow'] }, () => {
    const split = statements
      .filter(({ mustNotBeRead }) => mustNotBeRead)
      .map(({ sql }) => tokens(sql))
      .filter((found) => found !== undefined);
    expect(split.length).toBeGreaterThan(120);
    const blank = fc
      .array(fc.constantFrom(...blanks), { minLength: 1, maxLength: 3 })
      .map((some) => some.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom(...split),
        fc.array(blank, { minLength: 1, maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
        (parts, gaps, flips) => {
          const text = parts.map((part, at) => gaps[at % gaps.length] + recased(part, flips)).join('');
          expect(judge(text).verdict).not.toBe('read');
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('a write behind any beginning of a read, or before any end of it, is seen', { tags: ['slow'] }, () => {
    for (const { sql } of statements.filter(({ mustNotBeRead }) => !mustNotBeRead)) {
      for (let cut = 0; cut <= sql.length; cut++) {
        expect(judge(`${sql.slice(0, cut)}\n; DELETE FROM t`).verdict, sql).not.toBe('read');
        expect(judge(`DELETE FROM t; ${sql.slice(cut)}`).verdict, sql).not.toBe('read');
      }
    }
  });

  it('what is no read stays none inside of others, however deep', { tags: ['slow'] }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...notReads),
        fc.array(fc.constantFrom(...WRAPS), { maxLength: 10 }),
        (query, wraps) => {
          const text = wraps.reduce((inner, wrap) => wrap(inner), query);
          expect(judge(text).verdict).not.toBe('read');
          const read = wraps.reduce((inner, wrap) => wrap(inner), 'SELECT 1 FROM t');
          expect(judge(read).verdict).toBe('read');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('a shape shows nothing of literals, comments and names in odd quotes', { tags: ['slow'] }, () => {
    const word = fc.stringMatching(/^kanari[a-z0-9_]{4,12}$/);
    fc.assert(
      fc.property(
        word,
        fc.array(fc.constantFrom(...hiding), { minLength: 1, maxLength: 6 }),
        (canary, ways) => {
          const text = `SELECT ${ways.map((way) => way(canary)).join(', ')} FROM t WHERE b = ${ways[0]!(canary)}`;
          expect(judge(text).shape ?? '').not.toContain('kanari');
        },
      ),
      { numRuns: 1500 },
    );
    expect(judge("SELECT a FROM t WHERE b = 'kanari'").shape).toBe('SELECT a FROM t WHERE b = ?');
  });

  it('never raises, whatever the text', () => {
    const words = fc.constantFrom(
      ...'SELECT DELETE FROM t ( ) \' " ` ; -- /* */ /*! # \\ $$ := @ 1 , . = \n é'.split(' '),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(words, { maxLength: 25 }).map((some) => some.join(' ')),
      fc.array(words, { maxLength: 25 }).map((some) => some.join('')),
    );
    fc.assert(
      fc.property(text, (some) => {
        expect(judge(some).statements).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});
