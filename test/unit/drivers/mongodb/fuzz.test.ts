import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyMongodb } from '../../../../src/drivers/mongodb/classify.ts';
import {
  COLLECTION_METHODS,
  DATABASE_METHODS,
  SESSION_METHODS,
} from '../../../../src/drivers/mongodb/statement/methods.ts';
import type { Operation } from '../../../../src/drivers/mongodb/statement/operation.ts';
import { parseStatement } from '../../../../src/drivers/mongodb/statement/parse.ts';
import { StatementError } from '../../../../src/drivers/mongodb/statement/syntax.ts';

const CURSOR_METHODS =
  'sort limit skip project projection collation min max hint comment maxTimeMS batchSize allowDiskUse returnKey showRecordId allowPartialResults noCursorTimeout readConcern count size explain toArray pretty'.split(
    ' ',
  );
const METHODS = [
  ...new Set([
    ...COLLECTION_METHODS.keys(),
    ...DATABASE_METHODS.keys(),
    ...SESSION_METHODS.keys(),
    ...CURSOR_METHODS,
    ...['getSiblingDB', 'getCollection', 'length', 'forEach', 'constructor', '__proto__', 'toString'],
  ]),
];
const ARGUMENTS = [
  '',
  'null',
  'undefined',
  'true',
  '-1',
  '0.5',
  '1e10',
  '1e400',
  '"text"',
  '""',
  '[]',
  '[{}]',
  '[null]',
  '{}',
  '{a: 1}',
  '{$set: {a: 1}}',
  '{explain: 1, cursor: 1, limit: -1.5, projection: 1, ordered: 1}',
  'ObjectId()',
  'MinKey',
  '...x',
  '() => 1',
];

/** The operation, or null for a refusal in a sentence with a place in the text; any other error fails the test. */
function parsed(text: string): Operation | null {
  try {
    return parseStatement(text, 'shop');
  } catch (error) {
    expect(error, text).toBeInstanceOf(StatementError);
    const { message, at, code } = error as StatementError;
    expect(message, text).toMatch(/^\S.*[.?|)]$/su);
    expect(code, text).not.toBe('statement.defect');
    expect(at >= 0 && at <= text.length, text).toBe(true);
    return null;
  }
}

describe('the reader of statements', () => {
  it('refuses a method that is not called, wherever it stands', () => {
    for (const method of METHODS)
      for (const text of [
        `db.${method}`,
        `db.c.${method}`,
        `db.c.find().${method}`,
        `db.c.aggregate([]).${method}`,
        `db.c.findOne().${method}`,
        `db.c.explain().${method}`,
        `db.c.explain().find().${method}`,
        `db.getSiblingDB("d").${method}`,
        `db.getCollection("c").${method}`,
        `session.${method}`,
      ])
        expect(parsed(text), text).toBeNull();
  });

  it('takes or refuses every method in every position with every kind of argument', {
    tags: ['slow'],
  }, () => {
    for (const method of METHODS)
      for (const one of ARGUMENTS)
        for (const given of new Set([one, `{}, ${one}`, `${one}, ${one}`, `{}, {}, ${one}`]))
          for (const text of [
            `db.${method}(${given})`,
            `db.c.${method}(${given})`,
            `db.c.find().${method}(${given})`,
            `db.c.aggregate([]).${method}(${given})`,
            `db.c.explain().${method}(${given})`,
            `session.${method}(${given})`,
          ])
            parsed(text);
  });

  it('takes or refuses chains of any methods, and the classifier judges each', {
    tags: ['slow'],
  }, () => {
    const link = fc.record({
      method: fc.constantFrom(...METHODS),
      given: fc.option(fc.array(fc.constantFrom(...ARGUMENTS), { maxLength: 4 }), { freq: 4 }),
    });
    const chain = fc.array(link, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom('db', 'db.c', 'session', 'use', 'show'), chain, (root, links) => {
        const text =
          root +
          links.map(({ method, given }) => `.${method}${given ? `(${given.join(', ')})` : ''}`).join('');
        parsed(text);
        expect(classifyMongodb(text).statements).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes or refuses any text', () => {
    const word = fc.constantFrom(
      ...METHODS,
      ...ARGUMENTS,
      'db',
      '.',
      '(',
      ')',
      '[0]',
      '`',
      '/',
      '"',
      ';',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(word, { maxLength: 30 }).map((all) => all.join('')),
        ),
        (text) => {
          parsed(text);
        },
      ),
      { numRuns: 2000 },
    );
  }, 60_000);
});
