import { describe, expect, it } from 'vitest';
import { classifyMongodb } from '../../../../src/drivers/mongodb/classify.ts';
import type { Verdict } from '../../../../src/events/query.ts';
import { type MongodbWord, mongodbStatements, mongodbWords } from '../../../safety/corpus.ts';

const judged = (text: string): Verdict => classifyMongodb(text).verdict;

/** What a method needs to be one that is understood. */
const GIVEN: Readonly<Record<string, string>> = {
  distinct: '"a"',
  estimatedDocumentCount: '',
  insertMany: '[{}]',
  bulkWrite: '[{insertOne: {document: {}}}]',
  updateOne: '{}, {$set: {a: 1}}',
  updateMany: '{}, {$set: {a: 1}}',
  findOneAndUpdate: '{}, {$set: {a: 1}}',
  replaceOne: '{}, {}',
  findOneAndReplace: '{}, {}',
  dropIndex: '"a_1"',
  runCommand: '{nope: 1}',
};

/** The texts that say a word of the manual's, each of which it has to be judged by. */
function textsOf({ level, name }: MongodbWord): string[] {
  switch (level) {
    case 'command': {
      const more = name === 'aggregate' ? ', pipeline: [], cursor: {}' : '';
      return [
        `db.runCommand({${JSON.stringify(name)}: "c"${more}})`,
        `db.adminCommand({'${name}': "c"${more}})`,
      ];
    }
    case 'stage': {
      const stage = `{${name}: {}}`;
      return [
        `db.c.aggregate([${stage}])`,
        `db.c.aggregate([{$match: {}}, {$facet: {a: [{$unionWith: {coll: "b", pipeline: [${stage}]}}]}}])`,
        `db.runCommand({aggregate: "c", pipeline: [{$lookup: {from: "b", pipeline: [${stage}], as: "x"}}], cursor: {}})`,
      ];
    }
    case 'operator':
      return [`db.c.find({${name}: 1})`, `db.c.aggregate([{$match: {$or: [{a: {${name}: 1}}]}}])`];
    case 'value':
      return ['db.c.find({a: Code("x", {})})', 'db.c.updateOne({}, {$set: {a: {$code: "x", $scope: {}}}})'];
    case 'method': {
      const of = ['runCommand', 'dropDatabase', 'listCollections'].includes(name) ? 'db' : 'db.c';
      return [`${of}.${name}(${GIVEN[name] ?? (/^(drop|stats|list)/.test(name) ? '' : '{}')})`];
    }
  }
}

const CLASSES: Readonly<Record<MongodbWord['class'], Verdict>> = {
  read: 'read',
  write: 'write',
  ddl: 'ddl',
  admin: 'admin',
  unknown: 'unknown',
  'session-control': 'session',
  'transaction-control': 'transaction',
};

describe('the words of MongoDB’s manual', () => {
  const words = mongodbWords();

  it('none that does more than read is a read, wherever it stands', () => {
    const wrong = words
      .filter((word) => word.class !== 'read')
      .flatMap((word) => textsOf(word).filter((text) => judged(text) === 'read'));
    expect(wrong).toEqual([]);
    expect(words.filter((word) => word.class !== 'read').length).toBeGreaterThan(80);
  });

  it('nearly all that read are reads', () => {
    const texts = words.filter((word) => word.class === 'read').flatMap(textsOf);
    const admitted = texts.filter((text) => judged(text) === 'read');
    const share = admitted.length / texts.length;
    process.stdout.write(
      `MongoDB, words: ${admitted.length} of ${texts.length} harmless statements are reads (${(share * 100).toFixed(1)} %)\n`,
    );
    expect(share).toBeGreaterThanOrEqual(0.95);
  });

  it('those that are understood are of their class', () => {
    const others = words
      .flatMap((word) => textsOf(word).map((text) => [text, judged(text), CLASSES[word.class]] as const))
      .filter(([, verdict, expected]) => verdict !== expected && verdict !== 'unknown');
    // A mapReduce that is not told to give its output back writes it; applyOps is worse than a write.
    const known = /\b(?:mapReduce|applyOps)\b/;
    expect(others.filter(([text]) => !known.test(text))).toEqual([]);
  });
});

describe('statements as they are typed', () => {
  const statements = mongodbStatements();

  it('takes nothing for a read that is none', () => {
    const harmful = statements.filter(({ mustNotBeRead }) => mustNotBeRead);
    expect(harmful.filter(({ text }) => judged(text) === 'read')).toEqual([]);
    expect(harmful.length).toBeGreaterThan(200);
  });

  it('takes nearly all that is harmless for a read', () => {
    const harmless = statements.filter(({ mustNotBeRead }) => !mustNotBeRead);
    const admitted = harmless.filter(({ text }) => judged(text) === 'read');
    const share = admitted.length / harmless.length;
    process.stdout.write(
      `MongoDB: ${admitted.length} of ${harmless.length} harmless statements are reads (${(share * 100).toFixed(1)} %)\n`,
    );
    expect(share).toBeGreaterThanOrEqual(0.95);
  });

  it('judges each as what it is', () => {
    const wrong = statements
      .map(({ text, kind }) => ({ text, kind, verdict: judged(text) }))
      .filter(({ kind, verdict }) => kind !== verdict);
    expect(wrong).toEqual([]);
  });

  it('says why of all that is no read, and of what is unknown or admin a danger, with a place in the text', () => {
    for (const { text } of statements) {
      const { verdict, reason, position, dangers } = classifyMongodb(text);
      expect(reason === null, text).toBe(verdict === 'read');
      expect(position === null, text).toBe(verdict === 'read');
      if (verdict === 'unknown' || verdict === 'admin') expect(dangers.length, text).toBeGreaterThan(0);
      for (const danger of dangers) {
        expect(danger.position, text).toBeGreaterThanOrEqual(1);
        expect(danger.position, text).toBeLessThanOrEqual([...text].length + 1);
        expect(danger.reason, text).toMatch(/^\S.*\.$/su);
      }
    }
  });
});
