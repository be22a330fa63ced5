import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASK_EXAMPLES } from '../../../../src/events/ask/examples.ts';
import { type Expression, expressionText, type FieldName } from '../../../../src/events/ask/expression.ts';
import { FIELDS, SUBJECTS, type Subject } from '../../../../src/events/ask/fields.ts';
import { parseExpression } from '../../../../src/events/ask/parse.ts';
import { ASK_DEPTH_MAX, ASK_UNITS_MAX } from '../../../../src/events/limits.ts';

const read = (text: string): Expression => {
  const parsed = parseExpression(text);
  if ('problem' in parsed) throw new Error(`${text}: ${JSON.stringify(parsed.problem)}`);
  return parsed.expression;
};
const wrong = (text: string) => {
  const parsed = parseExpression(text);
  if ('expression' in parsed) throw new Error(`${text} was read`);
  return parsed.problem;
};
const where = (text: string): string => {
  const { offset, length } = wrong(text);
  return text.slice(offset, offset + length);
};

/** Comparisons of every field, then nested. */
const names: FieldName[] = SUBJECTS.filter((one) => one !== 'actor').flatMap((subject) =>
  Object.keys(FIELDS[subject]).map((field) => ({ subject, field })),
);
const kindOf = ({ subject, field }: FieldName) => FIELDS[subject as Subject][field]!;
const comparison: fc.Arbitrary<Expression> = fc
  .constantFrom(...names)
  .chain((left): fc.Arbitrary<Expression> => {
    const { kind, values } = kindOf(left);
    if (kind === 'flag')
      return fc.record({
        kind: fc.constant('compare' as const),
        left: fc.constant(left),
        comparator: fc.constantFrom('=' as const, '!=' as const),
        right: fc.record({ literal: fc.constantFrom(true, false, null) }),
      });
    if (kind === 'text')
      return fc.record({
        kind: fc.constant('compare' as const),
        left: fc.constant(left),
        comparator: fc.constantFrom('=' as const, '!=' as const, '~' as const),
        right: fc.record({
          literal: values ? fc.constantFrom(...values, null) : fc.oneof(fc.string(), fc.constant(null)),
        }),
      });
    const alike = names.filter((other) => kindOf(other).kind === kind);
    return fc.record({
      kind: fc.constant('compare' as const),
      left: fc.constant(left),
      comparator: fc.constantFrom(
        '=' as const,
        '!=' as const,
        '<' as const,
        '<=' as const,
        '>' as const,
        '>=' as const,
      ),
      right: fc.oneof(
        fc.record({ literal: fc.constant(null) }),
        fc.constantFrom(...alike),
        ...(kind === 'number' ? [fc.record({ literal: fc.nat() })] : []),
      ),
    });
  });
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    comparison,
    fc.record({ kind: fc.constant('not' as const), of: tie('expression') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

describe('an expression', () => {
  it('gives a name without a subject to the one that was named last', () => {
    expect(expressionText(read('connection.transaction = open and idle > 60 s'))).toBe(
      '(connection.transaction = "open") and (connection.idle > 60000)',
    );
    expect(expressionText(read('firstRow > 1.5 s'))).toBe('query.firstRow > 1500');
    expect(where('state = ready')).toBe('state');
    expect(wrong('state = ready').possible).toEqual([
      'query.state',
      'connection.state',
      'session.state',
      'actor.state',
      'event.state',
    ]);
  });

  it('reads units, lists, words for signs, and flags', () => {
    expect(expressionText(read('query.bytes >= 10 MiB'))).toBe(`query.bytes >= ${10 * 2 ** 20}`);
    expect(expressionText(read('query.running > query.timeout'))).toBe('query.running > query.timeout');
    expect(expressionText(read('query.verdict in (write, ddl)'))).toBe(
      '(query.verdict = "write") or (query.verdict = "ddl")',
    );
    expect(expressionText(read('session.environment is not production or readOnly'))).toBe(
      '(session.environment != "production") or (session.readOnly = yes)',
    );
    expect(read('a-b.c = 1'.replace('a-b.c', 'query.rows'))).toEqual(read('query.rows is 1'));
  });

  it('lets and bind closer than or, and not closest', () => {
    expect(expressionText(read('event.ignored or event.seq > 3 and not event.seq > 9'))).toBe(
      '(event.ignored = yes) or ((event.seq > 3) and (not (event.seq > 9)))',
    );
  });

  it.each([
    ['', '', 'query.…'],
    ['query', 'query', 'query.…'],
    ['query.stat = x', 'query.stat', 'state'],
    ['sesion.state = x', 'sesion.state', 'session'],
    ['query.rows ~ 3', '~', '>='],
    ['query.firstRow > 5', '', 'ms'],
    ['query.firstRow > 5 weeks', 'weeks', 'min'],
    ['query.rows > 5 s', 's', 'and'],
    ['connection.transaction = opened', 'opened', 'open'],
    ['session.readOnly = maybe', 'maybe', 'yes'],
    ['(query.rows > 5', '', ')'],
    ['query.rows > 5 )', ')', 'and'],
    ['query.rows > 5 query.rows', 'query.rows', 'and'],
    ['query.rows > "5"', '"5"', 'a number'],
    ['query.state = "cancelling', '"', 'a word'],
    ['query.rows > 5 and', '', 'not'],
    ['query.rows; 1', ';', '='],
  ])('names the place and what is possible: %s', (text, place, possible) => {
    expect(where(text)).toBe(place);
    expect(wrong(text).possible).toContain(possible);
  });

  it('is bounded in length and depth', () => {
    expect(wrong(' '.repeat(ASK_UNITS_MAX + 1))).toMatchObject({ offset: ASK_UNITS_MAX, length: 1 });
    const nested = (depth: number) => `${'('.repeat(depth)}event.ignored${')'.repeat(depth)}`;
    expect(read(nested(ASK_DEPTH_MAX - 1))).toEqual(read('event.ignored'));
    expect(wrong(nested(ASK_DEPTH_MAX)).message).toContain('Nested deeper');
    expect(wrong('not '.repeat(200)).message).toContain('Nested deeper');
  });

  it('has no subject that stands for any actor beside one of a session', () => {
    expect(wrong('actor.state = ready and query.rows > 1').message).toContain('alone');
    expect(read('actor.kind = tab and event.ignored')).toBeTruthy();
  });

  it('is read again from its own text, whatever it is', () => {
    fc.assert(
      fc.property(expression, (one) => {
        const text = expressionText(one);
        fc.pre(text.length <= ASK_UNITS_MAX);
        expect(expressionText(read(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('is read or refused with a place inside the text, whatever is written', () => {
    const words = [
      'query.rows',
      'state',
      '>',
      '=',
      '60',
      's',
      '(',
      ')',
      'and',
      'or',
      'not',
      '"x',
      "'y'",
      '\u{1f600}',
      'in',
      ',',
    ];
    const texts = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseExpression(text);
        if ('expression' in parsed) return;
        const { offset, length, message } = parsed.problem;
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset + length).toBeLessThanOrEqual(text.length);
        expect(message).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });

  it('is understood in every example that is offered', () => {
    for (const example of ASK_EXAMPLES) expect(read(example.expression), example.finds).toBeTruthy();
  });
});
