import { judgeCalls, placeOf } from './classify-gate.ts';
import type { Token } from './classify-lexer.ts';
import { admin, always, list, type Rule } from './classify-rule.ts';
import { depthsOf } from './classify-split.ts';

const ROLES = list('USER ROLE');

/** Definitions that hold code, and when it runs. */
const HIDING: Readonly<Record<string, string>> = {
  TRIGGER: 'A trigger runs its body with every later write to its table.',
  EVENT: 'An event runs its body by the clock, whoever is there.',
};

const create: Rule = (gate, tokens) => {
  const { findings } = gate;
  const place = placeOf(tokens[0]!);
  const what = `${tokens[0]!.is} changes a definition`;
  const kind = kindOf(tokens);
  always('ddl', what, ROLES.includes(kind) ? 'grant' : undefined)(gate, tokens);
  const replaces = tokens[1]?.is === 'OR' && tokens[2]?.is === 'REPLACE';
  if (replaces && REPLACED_WHOLE.includes(kind))
    findings.danger(
      'drop',
      place,
      `OR REPLACE drops the ${kind.toLowerCase()} that is there, with all that it holds.`,
    );
  else if (replaces && kind !== 'VIEW')
    findings.danger('alter', place, 'OR REPLACE changes what others use from then on.');
  if (HIDING[kind]) findings.danger('codeExecution', place, HIDING[kind]);
  const library = tokens.find(({ is }) => is === 'SONAME');
  if (library) findings.danger('codeExecution', placeOf(library), 'SONAME loads a library into the server.');
  // CREATE TABLE … SELECT runs its query at once.
  if (kind === 'TABLE' && tokens.some(({ is }) => is === 'SELECT' || is === 'WITH'))
    judgeCalls(gate, callsOf(tokens), true);
};

const REPLACED_WHOLE = list('TABLE DATABASE SCHEMA SEQUENCE USER ROLE');

/** What kind of thing is defined: the word before its name. */
function kindOf(tokens: readonly Token[]): string {
  const skipped = list('OR REPLACE TEMPORARY UNIQUE FULLTEXT SPATIAL AGGREGATE ONLINE OFFLINE IGNORE UNDO');
  const word = tokens.slice(1).find(({ is }) => !skipped.includes(is));
  if (word?.is !== 'DEFINER' && word?.is !== 'ALGORITHM' && word?.is !== 'SQL') return word?.is ?? '';
  const kinds = list('VIEW TRIGGER EVENT PROCEDURE FUNCTION PACKAGE');
  return tokens.find(({ is }) => kinds.includes(is))?.is ?? '';
}

/** The query of a CREATE TABLE … SELECT: columns before it look like calls. */
function callsOf(tokens: readonly Token[]): readonly Token[] {
  const at = tokens.findIndex(({ is }) => is === 'SELECT' || is === 'WITH');
  return tokens.slice(at);
}

const LOSING = list(
  `DROP MODIFY CHANGE ENGINE DISCARD IMPORT TRUNCATE EXCHANGE REORGANIZE COALESCE REMOVE CONVERT ROW_FORMAT TABLESPACE ORDER RENAME
   FORCE REBUILD REPAIR OPTIMIZE COPY EXCLUSIVE DISABLE AUTO_INCREMENT BY ENCRYPTION SECONDARY_UNLOAD`,
);

const alter: Rule = (gate, tokens) => {
  const kind = kindOf(tokens);
  const place = placeOf(tokens[0]!);
  if (kind === 'INSTANCE') return admin('ALTER INSTANCE')(gate, tokens);
  create(gate, tokens);
  const why = ALTERED[kind];
  if (why) return gate.findings.danger('alter', place, why);
  const depths = depthsOf(tokens);
  const losing = tokens.find(({ is }, index) => index > 1 && depths[index] === 0 && LOSING.includes(is));
  if (losing)
    gate.findings.danger(
      'alter',
      placeOf(losing),
      losing.is === 'RENAME'
        ? 'What uses the old name fails, or finds something else by it.'
        : `ALTER … ${losing.is} loses or rewrites what is there, and may lock it while it runs.`,
    );
};

const ALTERED: Readonly<Record<string, string>> = {
  DATABASE: 'Changes what all new tables of the database are like, or makes it read-only.',
  SCHEMA: 'Changes what all new tables of the database are like, or makes it read-only.',
  SEQUENCE: 'A sequence may give the same numbers again.',
  SERVER: 'Tables are read and written elsewhere from then on.',
};

const rename: Rule = (gate, tokens) => {
  create(gate, tokens);
  const why = 'What uses the old name fails, or finds something else by it';
  gate.findings.danger('alter', placeOf(tokens[0]!), `${why}.`);
};

const drop: Rule = (gate, tokens) => {
  const place = placeOf(tokens[0]!);
  if (tokens[1]?.is === 'PREPARE')
    return gate.findings.raise('session', place, 'DROP PREPARE drops a prepared statement');
  const whole = tokens[1]?.is === 'DATABASE' || tokens[1]?.is === 'SCHEMA';
  const why = whole ? 'DROP DATABASE removes the database with all that it holds' : undefined;
  always('ddl', 'DROP removes what it names', 'drop', why)(gate, tokens);
  if (ROLES.includes(tokens[1]?.is ?? ''))
    gate.findings.danger('grant', place, 'Removes an account or a role.');
};

/** The rules of what defines, changes, empties or drops, and of who may what, by its first word. */
export const DEFINITIONS: Readonly<Record<string, Rule>> = {
  CREATE: create,
  ALTER: alter,
  DROP: drop,
  RENAME: rename,
  TRUNCATE: always('ddl', 'TRUNCATE empties what it names', 'truncate'),
  GRANT: always('ddl', 'GRANT changes rights', 'grant'),
  REVOKE: always('ddl', 'REVOKE changes rights', 'grant'),
};
