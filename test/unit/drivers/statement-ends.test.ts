import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Classify } from '../../../src/drivers/engine-parts.ts';
import { loadClassifier } from '../../../src/drivers/engines.ts';
import { ENGINES, type Engine } from '../../../src/events/engines/engine-name.ts';
import { descriptorOf } from '../../../src/events/engines/index.ts';
import type { StatementFacts } from '../../../src/events/judgement.ts';
import { splitStatements } from '../../../src/events/statements.ts';

const SQL = [
  "select 'a;''; delete from t;'",
  'select 1 /* ; delete from t; */ , 2',
  'select 1 -- ; delete from t;\n , 2',
  'insert into t values (1), (2)',
  'update t set a = 1 where id = 3',
  'delete from t',
  'commit',
];
const MYSQL = [
  ...SQL,
  "select '\\'; delete from t;'",
  'select "a;\\"; delete from t;"',
  'select `a;``\\`',
  'select 1 # ; delete from t;\n , 2',
  'select 1 /*! + 1 */',
  "select x'41', b'1', 1--1",
  'create procedure p() begin if 1 then delete from t; end if; delete from t; end',
  'create trigger x before insert on y for each row begin while 1 do delete from t; end while; end',
];
/** Statements whose parts hold what ends one elsewhere. */
const STATEMENTS: Readonly<Record<Engine, readonly string[]>> = {
  postgres: [
    ...SQL,
    "select E'\\'; delete from t;'",
    'select "a;""; delete from t;"',
    'select $$ ; delete from t; $$',
    'select $a$ ; $$ delete from t; $a$',
    'select /* ; /* ; delete from t; */ ; */ 1',
    'create function f() returns int begin atomic select 1; select case when true then 1 end; end',
    'do $x$ begin perform 1; end $x$',
  ],
  mysql: MYSQL,
  mariadb: MYSQL,
  mongodb: [
    'db.c.find({ a: "; db.c.drop()" })',
    "db.c.insertOne({ a: ';' /* ; db.c.drop() */ })",
    'db.c.find({ a: /;\\/;/ })',
    'db.c\n  .find()\n  .limit(2)',
    'db.c.updateOne({ _id: 1 }, {\n  $set: { a: 1 }\n})',
    'db.c.drop() // ; db.d.drop()',
    "db.c.find({ a: '\\'; db.c.drop()' })",
  ],
};
/** What may begin or end something wherever it stands. */
const PIECES = [
  "'",
  '"',
  '`',
  '$$',
  '/*',
  '*/',
  '--',
  '#',
  '\\',
  ';',
  '\n',
  ' ',
  '(',
  ')',
  'begin ',
  'end ',
  '/*!',
  'e',
  '1',
];

describe.each(ENGINES)('where statements of %s end', (engine) => {
  let classify: Classify;
  beforeAll(async () => {
    classify = await loadClassifier(engine);
  });
  const known = (text: string, facts: StatementFacts) =>
    splitStatements(engine, text, facts).map(({ start, end }) => text.slice(start, end));

  const facts: fc.Arbitrary<StatementFacts> = fc.constantFrom('', 'ANSI_QUOTES').map((sqlMode) => ({
    sqlMode,
    standardConformingStrings: 'on',
    clientEncoding: engine === 'postgres' ? 'UTF8' : 'utf8mb4',
  }));
  const statement = fc.constantFrom(...STATEMENTS[engine]);
  const separator = fc.constantFrom(';', ';\n', ' ; \n\n', ';;\n');
  const script = fc
    .array(fc.tuple(statement, separator), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.flat().join(''));
  const disturbed = fc
    .tuple(script, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...PIECES)), { maxLength: 3 }))
    .map(([text, pieces]) =>
      pieces.reduce((whole, [at, piece]) => {
        const place = at % (whole.length + 1);
        return whole.slice(0, place) + piece + whole.slice(place);
      }, text),
    );

  it('is the same for what splits a script and for what judges it', { tags: ['slow'] }, () => {
    let compared = 0;
    let several = 0;
    fc.assert(
      fc.property(disturbed, facts, (text, settings) => {
        const judged = classify(text, settings);
        // What can't be read with certainty is refused where writing is, however many it may be.
        if (judged.verdict === 'unknown') return;
        const pieces = known(text, settings);
        // A line that begins with a bracket may go on with the one before it: mongosh's text as a whole is then one statement.
        if (!(descriptorOf(engine).documents && judged.statements === 1))
          expect([text, pieces.length]).toEqual([text, judged.statements]);
        for (const piece of pieces) expect([piece, classify(piece, settings).statements]).toEqual([piece, 1]);
        compared++;
        if (pieces.length > 1) several++;
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(80);
    expect(several).toBeGreaterThan(40);
  });
});
