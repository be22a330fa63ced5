import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitStatements } from '../../../../src/events/statements.ts';
import { threadMs } from '../../thread-time.ts';

/** How a template's expression begins. */
const OPEN = '$' + '{';

const split = (text: string): string[] =>
  splitStatements('mongodb', text).map(({ start, end }) => text.slice(start, end));

describe('a text of the shell is split', () => {
  it.each<[string, string, string[]]>([
    ['at a semicolon', 'db.a.find(); db.b.find()', ['db.a.find()', 'db.b.find()']],
    ['at the end of a line', 'db.a.find()\ndb.b.find()', ['db.a.find()', 'db.b.find()']],
    ['at every kind of line end', 'a()\rb()\r\nc()\u2028d()', ['a()', 'b()', 'c()', 'd()']],
    [
      'not before a dot',
      'db.a\n  .find()\n\n  .limit(1)\ndb.b.find()',
      ['db.a\n  .find()\n\n  .limit(1)', 'db.b.find()'],
    ],
    ['not after a dot', 'db.\na.find()', ['db.\na.find()']],
    ['not in brackets', 'db.a.find({\n a: [\n1\n]\n})\nb()', ['db.a.find({\n a: [\n1\n]\n})', 'b()']],
    ['not at a semicolon in brackets', 'f({a: 1;\nb})\ng()', ['f({a: 1;\nb})', 'g()']],
    ['not around operators', 'a\n+ b\nc -\nd', ['a\n+ b', 'c -\nd']],
    [
      'over comments',
      'a() // x;\n// .b()\n.c() /* ; \n */ ; /* d */ e()',
      ['a() // x;\n// .b()\n.c()', 'e()'],
    ],
    ['after a comment with a line end in it', 'a() /* \n */ b()', ['a()', 'b()']],
    ['not in strings', 'f("a;\\";\'", \'b;\\\';"\'); g()', ['f("a;\\";\'", \'b;\\\';"\')', 'g()']],
    [
      'not in templates',
      `f(\`a;\n${OPEN}"\`;}"}\n${OPEN}\`;${OPEN}1}\`};\`)\ng()`,
      [`f(\`a;\n${OPEN}"\`;}"}\n${OPEN}\`;${OPEN}1}\`};\`)`, 'g()'],
    ],
    ['not in regular expressions', 'f({a: /[/;"]\\/;\'/i}); g()', ['f({a: /[/;"]\\/;\'/i})', 'g()']],
    ['at a division that is none of them', 'a / b; c / d', ['a / b', 'c / d']],
    [
      'after use and show, whatever follows',
      'use a\nshow dbs\n.x\nuse b;',
      ['use a', 'show dbs', '.x', 'use b'],
    ],
    ['before a bracket that opens', 'a()\n(b)\n[c]', ['a()', '(b)', '[c]']],
    ['not before a division', 'a\n/ 2\n/ b', ['a\n/ 2\n/ b']],
    [
      'after a line that ends in a regular expression',
      'x = /a/\nb()\ny = /[/]/i\nc()',
      ['x = /a/', 'b()', 'y = /[/]/i', 'c()'],
    ],
    ['after a word that a value follows', 'f(typeof /[(]/)\ng()', ['f(typeof /[(]/)', 'g()']],
    ['after and before ++ and --', 'a++\nb--\n++c\n--d\ne +\n+f', ['a++', 'b--', '++c', '--d', 'e +\n+f']],
    ['leaving out what is empty', ';;\n ; // a\n', []],
    ['with an open bracket to the end', 'db.a.find({\ndb.b.find()', ['db.a.find({\ndb.b.find()']],
    ['with an open comment to the end', 'a(); /* b();', ['a()']],
    ['with an open string to its line', 'f("a\n)\ng()', ['f("a\n)', 'g()']],
    ['with brackets that close too often', 'a)\nb()', ['a)', 'b()']],
    ['with a database that has a dash', 'use my-db\ndb.a.find()', ['use my-db', 'db.a.find()']],
  ])('%s', (_name, text, statements) => {
    expect(split(text)).toEqual(statements);
  });

  const part = fc.oneof(
    fc.string({ unit: 'binary' }).map((item) => JSON.stringify(item)),
    fc.constantFrom(
      '/a;[/"]b/i',
      `\`x;\n${OPEN}1}\``,
      "'it\\'s;'",
      '1',
      '{a: 1,\n b: [2]}',
      '/* ;\n */ 1',
      '// ;"\n 1',
    ),
  );
  const statement = fc
    .tuple(
      fc.constantFrom('db.a', 'db["a;b"]', 'db.getCollection("x")\n  .y'),
      fc.array(part, { maxLength: 4 }),
    )
    .map(([of, parts]) => `${of}.find(${parts.join(', ')})`);

  it('into the statements that it was made of', () => {
    const separator = fc.constantFrom(';', '\n', ';\n', '\n\n// x; y\n', ' ; /* ;\n */ ');
    fc.assert(
      fc.property(fc.array(fc.tuple(statement, separator), { maxLength: 6 }), (parts) => {
        const text = parts.map(([one, after]) => one + after).join('');
        expect(split(text)).toEqual(parts.map(([one]) => one));
      }),
      { numRuns: 500 },
    );
  });

  it('into ranges in order, that leave out only blanks, comments and semicolons', () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      '.',
      ',',
      ';',
      '\n',
      ' ',
      '"',
      "'",
      '`',
      '${',
      '}',
      '{',
      '(',
      ')',
      '[',
      ']',
      '/',
      '\\',
      '//',
      '/*',
      '*/',
      'use ',
      '+',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        let from = 0;
        const left: string[] = [];
        for (const { start, end } of splitStatements('mongodb', text)) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(start, end)).toMatch(/^\S/);
          left.push(text.slice(from, start));
          from = end;
        }
        left.push(text.slice(from));
        const blank = /^(?:\s|;|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*$/;
        for (const between of left) expect(between).toMatch(blank);
      }),
      { numRuns: 2000 },
    );
  });

  it('not in a text that goes on behind a backslash, whatever ends its lines', () => {
    for (const end of ['\n', '\r', '\r\n', '\u2028']) {
      const text = `db.a.find({a: "x\\${end}})\\${end};db.a.drop() //"})`;
      expect(splitStatements('mongodb', text), JSON.stringify(end)).toEqual([{ start: 0, end: text.length }]);
    }
  });

  it('in time that grows with its length', () => {
    const text = 'db.a.find({a: "x", b: /y/})\n'.repeat(40_000);
    const startedAt = threadMs();
    expect(splitStatements('mongodb', text).length).toBe(40_000);
    expect(threadMs() - startedAt).toBeLessThan(4000);
  });
});
