import { Findings } from '../findings.ts';
import {
  ANY_NAME,
  type CommandRule,
  EXPLAINED,
  OTHER_COMMANDS,
  READING_COMMANDS,
  WRITING_COMMANDS,
} from './classify-commands.ts';
import type { Places } from './classify-places.ts';
import { type Look, quoted, raiseAt, scan, scanPipeline } from './classify-scan.ts';
import { judgeWrite } from './classify-writes.ts';
import { commandName, type Document, isDocument, type Operation, type Value } from './statement/operation.ts';

/** Databases in which the server keeps its users, its shards and its log. */
const OWN_DATABASES: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/** What one statement does: all that it sends, and so the worst of its commands. */
export function judgeOperation(text: string, places: Places, operation: Operation): Findings {
  const findings = new Findings(text);
  const look = { findings, places };
  findings.statements = 1;
  switch (operation.type) {
    case 'command':
      for (const command of operation.commands) judgeCommand(look, command);
      if (findings.verdict === 'write') {
        const own = operation.commands.flatMap((one) => writtenIn(one, operation.database));
        const [database] = own.filter((name) => OWN_DATABASES.has(name));
        if (database !== undefined)
          findings.danger(
            'admin',
            places.verb(),
            `Writes to ${quoted(database)}, a database of the server’s own.`,
          );
      }
      break;
    case 'use':
      findings.raise('session', places.verb(), '`use` changes which database later statements mean');
      // No verdict depends on which database that is.
      findings.onlySets = true;
      break;
    case 'transaction':
      findings.raise('transaction', places.verb(), 'Begins or ends a transaction');
      break;
    case 'list':
  }
  tellTheRest(look);
  return findings;
}

/** The databases that a command writes to: bulkWrite names them itself. */
function writtenIn(command: Document, database: string): string[] {
  if (commandName(command) !== 'bulkWrite') return [database];
  const named = command.get('nsInfo');
  return (Array.isArray(named) ? (named as Value[]) : []).map((one) => {
    const name = isDocument(one) ? one.get('ns') : null;
    return typeof name === 'string' ? name.split('.')[0]! : '';
  });
}

/** What is unknown or changes the server is a danger, unless one was reported that says more. */
function tellTheRest({ findings, places }: Look): void {
  const { verdict } = findings;
  const place = findings.reasonPlace ?? places.verb();
  if (findings.hasDangerFrom({ at: 0 })) return;
  if (verdict === 'unknown') findings.danger('unknown', place, 'What this does can’t be determined.');
  if (verdict === 'admin') findings.danger('admin', place, 'Changes the server.');
}

/** Judges a command by its first field, which is its name, and all that it holds. */
function judgeCommand(look: Look, command: Document): void {
  const name = commandName(command);
  const target = command.get(name);
  // The collection `$cmd` was a way to run commands once.
  if (typeof target === 'string' && target.includes('$'))
    raiseAt(look, 'unknown', name, 'Names a collection with a `$`, which may be none');
  // The connection sends an object, whose fields with whole numbers for names come first, where the command's name is.
  const number = [...command.keys()].find((field) => /^\d+$/.test(field));
  if (number !== undefined) raiseAt(look, 'unknown', number, 'Has a field whose name is a number');
  const reading = READING_COMMANDS.get(name);
  const rule = OTHER_COMMANDS.get(name);
  if (reading) judgeRead(look, command, reading);
  else if (WRITING_COMMANDS.has(name)) judgeWrite(look, command);
  else if (name === 'explain') judgeExplain(look, command);
  else if (name === 'mapReduce' || name === 'mapreduce') judgeMapReduce(look, command);
  else if (name === 'profile') judgeProfile(look, command);
  else if (rule) judgeOther(look, command, rule);
  else raiseAt(look, 'unknown', name, `${quoted(name)} is a command that is not known`);
}

function judgeRead(look: Look, command: Document, fields: ReadonlySet<string> | typeof ANY_NAME): void {
  const name = commandName(command);
  mustKnow(look, command, fields);
  for (const [field, value] of command) {
    if (field === 'pipeline' && name === 'aggregate') scanPipeline(look, value);
    else scan(look, value);
  }
}

/** Fields that a command has beside those that are known may do anything. */
function mustKnow(look: Look, command: Document, fields: ReadonlySet<string> | typeof ANY_NAME): void {
  const name = commandName(command);
  for (const field of command.keys()) {
    if (field === name) continue;
    // What is asked of currentOp are a filter's fields; these are its own.
    const isKnown =
      fields === ANY_NAME
        ? !field.startsWith('$') || (name === 'currentOp' && (field === '$all' || field === '$ownOps'))
        : fields.has(field);
    if (!isKnown)
      raiseAt(look, 'unknown', field, `${quoted(name)} has the field ${quoted(field)}, which is not known`);
  }
}

/**
 * What explains is what it explains, where that is run: a pipeline that ends in `$out` or `$merge`, unless only its plan is
 * asked for. The modifications of an update, a delete and a findAndModify are never applied, whatever the verbosity
 * (MongoDB manual, "explain", "Write Operations"), so they read where all that they say is known.
 */
function judgeExplain(look: Look, command: Document): void {
  const inner = command.get('explain');
  mustKnow(look, command, new Set(['verbosity', 'comment', 'maxTimeMS', 'readConcern']));
  for (const [field, value] of command) if (field !== 'explain') scan(look, value);
  if (isDocument(inner) && EXPLAINED.has(commandName(inner))) judgeExplained(look, command, inner);
  else raiseAt(look, 'unknown', 'explain', 'Explains what is not known');
}

/** Where no verbosity is given, it is the last of these. */
const VERBOSITIES: ReadonlySet<Value | undefined> = new Set<Value | undefined>([
  'queryPlanner',
  'executionStats',
  'allPlansExecution',
  undefined,
]);

function judgeExplained(look: Look, command: Document, inner: Document): void {
  const own: Look = { ...look, findings: new Findings('') };
  judgeCommand(own, inner);
  const writing = WRITING_COMMANDS.get(commandName(inner));
  if (writing) mustKnow(own, inner, writing);
  const verbosity = command.get('verbosity');
  const isNotApplied = verbosity === 'queryPlanner' || (writing !== undefined && VERBOSITIES.has(verbosity));
  if (!isNotApplied || own.findings.verdict !== 'write') look.findings.take(own.findings);
}

/** Runs JavaScript; where its output goes into a collection it also writes. */
function judgeMapReduce({ findings, places }: Look, command: Document): void {
  const name = commandName(command);
  const out = command.get('out');
  const isInline = isDocument(out) && out.size === 1 && out.has('inline');
  const place = places.verb(name);
  if (isInline) findings.raise('unknown', place, `${quoted(name)} runs JavaScript on the server`);
  else findings.raise('write', place, `${quoted(name)} writes its output into a collection`);
  findings.danger('codeExecution', place, `${quoted(name)} runs JavaScript on the server.`);
  const isReplaced = typeof out === 'string' || (isDocument(out) && out.has('replace'));
  if (isReplaced) findings.danger('drop', place, 'Its output replaces all that is in a collection.');
}

/** `{profile: -1}` asks for the level, every other one sets it. */
function judgeProfile(look: Look, command: Document): void {
  const level = command.get('profile') as Value;
  if (command.size === 1 && level?.valueOf() === -1) return;
  const place = look.places.verb('profile');
  look.findings.raise('admin', place, '`profile` sets what the server records of its operations');
  look.findings.danger('settings', place, '`profile` sets what the server records of its operations.');
}

function judgeOther(look: Look, command: Document, rule: CommandRule): void {
  const { findings, places } = look;
  const name = commandName(command);
  const place = places.verb(name);
  const what = `${quoted(name)} ${rule.does}`;
  findings.raise(rule.verdict, place, what);
  if (rule.danger) findings.danger(rule.danger, place, `${what}.`);
  moreDangers(look, command);
}

/** Dangers that depend on what a command is given. */
function moreDangers(look: Look, command: Document): void {
  const { findings, places } = look;
  const name = commandName(command);
  if (
    name === 'renameCollection' &&
    command.get('dropTarget') !== undefined &&
    command.get('dropTarget') !== false
  )
    findings.danger('drop', places.verb(name), '`dropTarget` removes the collection that has the new name.');
  if (name === 'create' && command.has('expireAfterSeconds'))
    findings.danger(
      'alter',
      places.of('expireAfterSeconds'),
      'The collection deletes documents when they have become old.',
    );
  if (name === 'createIndexes' && expires(command.get('indexes')))
    findings.danger(
      'alter',
      places.of('expireAfterSeconds'),
      'The index deletes documents when they have become old.',
    );
  // What a view or a validator is defined by runs whenever it is used.
  if (name === 'create' && command.has('pipeline')) scanPipeline(look, command.get('pipeline')!);
  if (name === 'create' || name === 'collMod') scan(look, command.get('validator') ?? null);
}

/** Whether one of the indexes deletes documents by their age. */
function expires(indexes: Value | undefined): boolean {
  if (!Array.isArray(indexes)) return false;
  return indexes.some((index: Value) => isDocument(index) && index.has('expireAfterSeconds'));
}
