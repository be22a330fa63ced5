import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyMongodb } from '../../../../src/drivers/mongodb/classify.ts';
import { isFormName } from '../../../../src/drivers/mongodb/statement/extended-json.ts';
import { mongodbStatements } from '../../../safety/corpus.ts';

/** Stages that are no reads. */
const HARMFUL = [
  '{$out: "x"}',
  '{$merge: {into: "x"}}',
  '{$match: {$where: "1"}}',
  '{$project: {a: {$function: {body: "", args: [], lang: "js"}}}}',
  '{$nope: {}}',
  '{$match: {a: {$nope: 1}}}',
  '{"\\u0024out": "x"}',
];
const HARMLESS = ['{$match: {a: 1}}', '{$limit: 1}', '{$group: {_id: "$a", n: {$sum: 1}}}'];
/** Stages that hold another pipeline. */
const HOLDING: readonly ((stages: string) => string)[] = [
  (stages) => `{$facet: {a: [{$limit: 1}], b: [${stages}]}}`,
  (stages) => `{$lookup: {from: "b", as: "c", let: {}, pipeline: [${stages}]}}`,
  (stages) => `{$unionWith: {coll: "b", pipeline: [${stages}]}}`,
  (stages) => `{$rankFusion: {input: {pipelines: {a: [${stages}]}}}}`,
];
/** Filters that hold another filter. */
const FILTERS: readonly ((inner: string) => string)[] = [
  (inner) => `$and: [{a: 1}, {${inner}}]`,
  (inner) => `$or: [{${inner}}]`,
  (inner) => `$nor: [{b: 2}, {${inner}}]`,
  (inner) => `a: {$elemMatch: {${inner}}}`,
  (inner) => `$expr: {$and: [{${inner}}]}`,
  (inner) => `a: {$not: {${inner}}}`,
  (inner) => `a: {b: {${inner}}}`,
];
const RUNS: readonly ((pipeline: string) => string)[] = [
  (pipeline) => `db.a.aggregate([${pipeline}])`,
  (pipeline) => `db.aggregate([${pipeline}], {allowDiskUse: true})`,
  (pipeline) => `db.a.aggregate([${pipeline}]).explain("executionStats")`,
  (pipeline) => `db.runCommand({aggregate: "a", pipeline: [${pipeline}], cursor: {}})`,
  (pipeline) => `db.runCommand({explain: {aggregate: "a", pipeline: [${pipeline}], cursor: {}}})`,
];

describe('MongoDB:', () => {
  it('a stage that is no read stays none inside of others, however deep, and those around it are reads without it', {
    tags: ['slow'],
  }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HARMFUL),
        fc.array(fc.tuple(fc.constantFrom(...HOLDING), fc.constantFrom('', ...HARMLESS)), { maxLength: 12 }),
        fc.constantFrom(...RUNS),
        (harmful, around, run) => {
          const nested = (inner: string): string =>
            run(
              around.reduce((stages, [hold, before]) => `${before && `${before}, `}${hold(stages)}`, inner),
            );
          expect(classifyMongodb(nested(harmful)).verdict).not.toBe('read');
          expect(classifyMongodb(nested('{$limit: 1}')).verdict).toBe('read');
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('an operator that is no read stays none inside of others', { tags: ['slow'] }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom('$where: "1"', '$function: {}', '$nope: 1', 'a: Code("")', '"$\\x6fut": "x"'),
        fc.array(fc.constantFrom(...FILTERS), { maxLength: 15 }),
        fc.constantFrom('find', 'findOne', 'countDocuments', 'count', 'aggregate'),
        (harmful, around, method) => {
          const nested = (inner: string): string => {
            const filter = `{${around.reduce((held, hold) => hold(held), inner)}}`;
            return method === 'aggregate'
              ? `db.a.aggregate([{$match: ${filter}}])`
              : `db.a.${method}(${filter})`;
          };
          expect(classifyMongodb(nested(harmful)).verdict).not.toBe('read');
          expect(classifyMongodb(nested('z: 1')).verdict).toBe('read');
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('comments, white space and quotes around names change no verdict', { tags: ['slow'] }, () => {
    const blank = fc.constantFrom('', ' ', '\n', '\t', '/* $out */', '// }\n', '/* "*/', '\u2028', '\ufeff');
    const statements = mongodbStatements().filter(
      ({ text }) => /^(?:db|session)\./.test(text) && !text.includes(';'),
    );
    expect(statements.length).toBeGreaterThan(200);
    fc.assert(
      fc.property(
        fc.constantFrom(...statements),
        fc.array(blank, { minLength: 1, maxLength: 9 }),
        fc.array(fc.constantFrom('plain', 'double', 'single', 'escaped'), { minLength: 1, maxLength: 7 }),
        ({ text, kind }, blanks, quotes) => {
          let turn = 0;
          const gap = (): string => blanks[turn++ % blanks.length]!;
          const again = parts(text)
            .map((part, at, all) => {
              const isName = /^[a-zA-Z$_][\w$]*$/.test(part) && all[at + 1] === ':';
              return isName
                ? requoted(part, quotes[turn % quotes.length]!) + gap()
                : part + separated(part, gap());
            })
            .join('');
          expect(classifyMongodb(again).verdict, again).toBe(kind);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('a shape shows nothing of names, fields, values and comments', { tags: ['slow'] }, () => {
    const hiding: readonly ((word: string) => string)[] = [
      (word) => `a: "${word}"`,
      (word) => `${word}: 1`,
      (word) => `"${word}": {$gt: '${word}'}`,
      (word) => `a: /${word}/i`,
      (word) => `a: [1, "${word}", {${word}: 1}]`,
      (word) => `a: \`${word}\``,
      (word) => `a: {"$oid": "${'0'.repeat(24)}"} /* ${word} */`,
      (word) => `a: 1 // ${word}\n`,
      (word) => `$${word}: 1`,
      (word) => `a: Code("${word}", {${word}: 1})`,
      (word) => `a: UUID(), "${word}.$id": DBRef("${word}", "${word}")`,
      (word) => `a: "$${word}"`,
    ];
    const texts: readonly ((inner: string) => string)[] = [
      (inner) => `db.a.find({${inner}}).sort({${inner}})`,
      (inner) => `db.a.insertOne({${inner}})`,
      (inner) => `db.a.aggregate([{$match: {${inner}}}, {$group: {_id: {${inner}}}}])`,
      (inner) => `db.runCommand({find: "a", filter: {${inner}}})`,
      (inner) => `db.runCommand({${inner}})`,
    ];
    fc.assert(
      fc.property(
        fc.stringMatching(/^kanari[a-z0-9_]{4,12}$/),
        fc.array(fc.constantFrom(...hiding), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...texts),
        (word, ways, say) => {
          const text = say(ways.map((way) => way(word)).join(', '));
          for (const database of [
            '',
            `.getSiblingDB("${word}")`,
            `.getCollection("${word}")`,
            `.${word}`,
            `["${word}"]`,
          ])
            expect(classifyMongodb(text.replace('db', `db${database}`)).shape ?? '').not.toContain('kanari');
          for (const shell of [`use ${word}`, `/* ${word} */ show dbs`, `// show ${word}\nshow users`])
            expect(classifyMongodb(shell).shape).not.toContain('kanari');
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('never raises, whatever the text', { tags: ['slow'] }, () => {
    const words = fc.constantFrom(
      ...'db . a find aggregate runCommand ( ) { } [ ] : , ; " \' ` $out $where 1 -1 /x/ // /* */ \n use show é new Code => ...'.split(
        ' ',
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(words, { maxLength: 25 }).map((some) => some.join('')),
      fc.array(words, { maxLength: 25 }).map((some) => `db.a.find(${some.join(' ')})`),
    );
    fc.assert(
      fc.property(text, (some) => {
        expect(classifyMongodb(some).statements).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });
});

/** A text's strings, words and signs, without what is between them. */
function parts(text: string): string[] {
  return (
    text.match(
      /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\.)*'|\/\*[\s\S]*?\*\/|\/(?![*/])[^/\n]+\/\w*|(?:[\w$]|\\u\{?\w+\}?)+|\s+|[^\s\w]/g,
    ) ?? []
  );
}

/** What may be put behind a part: not a line's end where the statement would end there. */
function separated(part: string, gap: string): string {
  return /^[{[(,:]$/.test(part) ? gap : '';
}

function requoted(name: string, quotes: string): string {
  if (quotes === 'double') return `"${name}"`;
  if (quotes === 'single') return `'${name}'`;
  // An escaped dollar sign is what tells a document from a form of Extended JSON.
  if (quotes === 'escaped' && !isFormName(name))
    return `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`;
  return name;
}
