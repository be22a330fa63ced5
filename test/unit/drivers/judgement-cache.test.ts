import { afterAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/drivers/classifier.ts';
import { JudgementCache } from '../../../src/drivers/judgement-cache.ts';
import { JUDGEMENT_TEXT_UNITS_MAX } from '../../../src/drivers/limits.ts';
import { ENGINES } from '../../../src/events/engines/engine-name.ts';
import { type Judgement, type StatementFacts, unknownJudgement } from '../../../src/events/judgement.ts';

const READ: Judgement = { ...unknownJudgement(''), verdict: 'read', dangers: [], reason: null };

/** Every fact that a judgement depends on, with another value for each: the compiler demands a new fact here. */
const OTHER_FACTS: Required<StatementFacts> = {
  standardConformingStrings: 'off',
  sqlMode: 'NO_BACKSLASH_ESCAPES',
  flavour: 'MariaDB',
  version: '10.11.6',
  clientEncoding: 'SJIS',
  volatility: { mine: 'v' },
};

describe('the judgement cache', () => {
  it('keeps texts, engines and each fact of a connection apart', () => {
    const cache = new JudgementCache();
    const keys = [
      ...ENGINES.map((engine) => cache.keyOf(engine, 'SELECT 1', {})),
      cache.keyOf('postgres', 'SELECT 2', {}),
      cache.keyOf('postgres', 'SELECT 1 ', {}),
      ...Object.entries(OTHER_FACTS).map(([name, value]) =>
        cache.keyOf('postgres', 'SELECT 1', { [name]: value }),
      ),
      cache.keyOf('postgres', 'SELECT 1', { volatility: { mine: 's' } }),
      cache.keyOf('postgres', 'SELECT 1', { volatility: { other: 'v' } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(cache.keyOf('postgres', 'SELECT 1', {})).toBe(keys[ENGINES.indexOf('postgres')]);
  });

  it('keeps texts apart that UTF-8 would write alike', () => {
    const cache = new JudgementCache();
    expect(cache.keyOf('postgres', 'SELECT \ud800', {})).not.toBe(
      cache.keyOf('postgres', 'SELECT \ud801', {}),
    );
  });

  it('takes no part of a text for a fact', () => {
    const cache = new JudgementCache();
    const inText = cache.keyOf('mysql', `${JSON.stringify({ sqlMode: 'ANSI' })}\0SELECT 1`, {});
    expect(inText).not.toBe(cache.keyOf('mysql', 'SELECT 1', { sqlMode: 'ANSI' }));
  });

  it('forgets what was used longest ago, beyond a number and beyond a size', () => {
    const three = new JudgementCache(3);
    for (const key of ['a', 'b', 'c']) three.put(key, READ);
    three.get('a');
    three.put('d', READ);
    expect(['a', 'b', 'c', 'd'].filter((key) => three.get(key))).toEqual(['a', 'c', 'd']);

    const small = new JudgementCache(1000, 4096);
    const long = { ...READ, reason: 'x'.repeat(500) };
    for (let i = 0; i < 50; i++) small.put(`k${i}`, long);
    expect(small.size).toBeLessThanOrEqual(3);
    expect(small.get('k49')).toBe(long);
    small.put('huge', { ...READ, reason: 'x'.repeat(5000) });
    expect(small.get('huge')).toBeUndefined();
    expect(small.get('k49')).toBe(long);
  });

  it('stores no literals, and no text that is long', () => {
    const cache = new JudgementCache();
    cache.put('a', { ...READ, counting: { text: "SELECT count(*) FROM t WHERE a = 'secret'" } });
    expect(cache.get('a')).toBeUndefined();
    expect(cache.keyOf('postgres', 'x'.repeat(JUDGEMENT_TEXT_UNITS_MAX + 1), {})).toBeNull();
    const key = cache.keyOf('postgres', "SELECT 'secret'", {})!;
    expect(key).toHaveLength(44);
  });
});

describe('a classifier that remembers', () => {
  const classifier = new Classifier();
  afterAll(() => classifier.close());
  const judge = (engine: 'postgres' | 'mysql' | 'mariadb', text: string, facts?: StatementFacts) =>
    classifier.classify(engine, text, facts);

  it('gives the same judgement of the same text under the same facts', { tags: ['slow'] }, async () => {
    const first = await judge('postgres', 'SELECT a FROM t');
    expect(await judge('postgres', 'SELECT a FROM t')).toBe(first);
    expect(await judge('postgres', 'SELECT a FROM t', {})).toBe(first);
  });

  // Each text is judged under the first facts, then under facts that differ in one, then under the first again.
  it.each([
    ['postgres', "SELECT '\\'; DELETE FROM t; --'", {}, { standardConformingStrings: 'off' }],
    ['mysql', "SELECT '\\'; DELETE FROM t; -- '", { sqlMode: '' }, { sqlMode: 'NO_BACKSLASH_ESCAPES' }],
    ['mysql', 'SELECT 1', {}, { clientEncoding: 'sjis' }],
    ['postgres', 'SELECT 1', {}, { clientEncoding: 'SJIS' }],
    ['postgres', 'SELECT mine()', { volatility: { mine: 's' } }, { volatility: { mine: 'v' } }],
    ['mysql', 'SELECT 1', {}, { sqlMode: 'ORACLE' }],
  ] as const)(
    'judges %s again when a fact has changed (%#)',
    { tags: ['slow'] },
    async (engine, text, facts, others) => {
      const before = await judge(engine, text, facts);
      const changed = await judge(engine, text, others);
      expect(changed.verdict).not.toBe(before.verdict);
      expect(await judge(engine, text, facts)).toBe(before);
      expect(await judge(engine, text, others)).toBe(changed);
    },
  );

  it('asks the catalogue again for a function, whose answer makes another judgement', {
    tags: ['slow'],
  }, async () => {
    const asks = await judge('postgres', 'SELECT fresh()');
    expect(asks.asks).toEqual(['fresh']);
    expect((await judge('postgres', 'SELECT fresh()', { volatility: { fresh: 's' } })).verdict).toBe('read');
    expect((await judge('postgres', 'SELECT fresh()')).asks).toEqual(['fresh']);
  });
});
