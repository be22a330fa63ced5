import { isEmpty, isNarrow } from './classify-filter.ts';
import { type Look, quoted, scan, scanPipeline } from './classify-scan.ts';
import { commandName, type Document, isDocument, type Value } from './statement/operation.ts';

/** Looks into a command that writes documents: the operators it uses, and whether it means every document. */
export function judgeWrite(look: Look, command: Document): void {
  const name = commandName(command);
  look.findings.raise('write', look.places.verb(name), `${quoted(name)} writes documents`);
  const target = command.get(name);
  if (typeof target === 'string' && target.startsWith('system.'))
    look.findings.danger(
      'admin',
      look.places.verb(name),
      `Writes to ${quoted(target)}, which is the server’s own.`,
    );
  // A document that is stored is data, whatever its fields are called.
  const own = PARTS.get(name) ?? 'update';
  for (const [field, value] of command) if (field !== own) scan(look, value);
  if (own === 'update') {
    change(look, command.get('update') ?? null);
    if (!command.has('sort')) anyDocument(look, command, command.get('query'), isOn(command.get('remove')));
  } else if (own !== 'documents')
    for (const one of partsOf(look, command, own)) {
      if (own === 'updates') judgeUpdate(look, command, one, UPDATE);
      else if (own === 'deletes') judgeDelete(look, command, one);
      else judgeBulk(look, command, one);
    }
}

/** The field of a command that holds what it writes; that of findAndModify is `update`. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ['insert', 'documents'],
  ['update', 'updates'],
  ['delete', 'deletes'],
  ['bulkWrite', 'ops'],
]);

/** How a single update names its filter and its change: in `update`, and in `bulkWrite`. */
interface UpdateFields {
  readonly filter: string;
  readonly change: string;
}
const UPDATE: UpdateFields = { filter: 'q', change: 'u' };
const BULK_UPDATE: UpdateFields = { filter: 'filter', change: 'updateMods' };

/** The single writes of a command. */
function partsOf(look: Look, command: Document, field: string): Document[] {
  const given = command.get(field);
  const found = Array.isArray(given) ? (given as Value[]) : [];
  if (!Array.isArray(given) || !found.every((one) => isDocument(one)))
    look.findings.raise('unknown', look.places.of(field), `${quoted(field)} is not an array of documents`);
  return found.filter((one) => isDocument(one));
}

function judgeUpdate(look: Look, command: Document, one: Document, fields: UpdateFields): void {
  for (const [name, value] of one) {
    if (name === fields.change) change(look, value);
    else scan(look, value);
  }
  if (isOn(one.get('multi'))) everyDocument(look, command, one.get(fields.filter), 'updateAll');
  else if (!one.has('sort')) anyDocument(look, command, one.get(fields.filter), false);
}

/** A delete with another limit than 1 deletes all that its filter finds. */
function judgeDelete(look: Look, command: Document, one: Document): void {
  scan(look, one);
  if (one.get('limit')?.valueOf() !== 1) everyDocument(look, command, one.get('q'), 'deleteAll');
  else anyDocument(look, command, one.get('q'), true);
}

/** What an update makes of a document: operators, a pipeline, or the document that takes its place. */
function change(look: Look, value: Value): void {
  if (Array.isArray(value)) scanPipeline(look, value, true);
  else scan(look, value, true);
}

/** One of the writes of the command bulkWrite: its first field says which. */
function judgeBulk(look: Look, command: Document, one: Document): void {
  const kind = commandName(one);
  if (kind === 'update') judgeUpdate(look, command, one, BULK_UPDATE);
  else if (kind === 'delete') {
    scan(look, one);
    if (isOn(one.get('multi'))) everyDocument(look, command, one.get('filter'), 'deleteAll');
    else anyDocument(look, command, one.get('filter'), true);
  } else if (kind !== 'insert')
    look.findings.raise('unknown', look.places.of('ops'), 'Has a write that is not known');
}

function everyDocument(
  { findings, places }: Look,
  command: Document,
  filter: Value | undefined,
  kind: 'deleteAll' | 'updateAll',
): void {
  if (isDocument(filter) && isNarrow(filter)) return;
  const of = collectionOf(command);
  const place = places.verb(commandName(command));
  if (!isDocument(filter) || isEmpty(filter)) {
    const does = kind === 'deleteAll' ? 'deleted' : 'changed';
    findings.danger(kind, place, `The filter is empty: every document${of} is ${does}.`);
    return;
  }
  const may = kind === 'deleteAll' ? 'be deleted' : 'be changed';
  const what = 'The filter is not known to leave any document out';
  findings.danger('alwaysTrue', place, `${what}: every document${of} may ${may}.`);
}

/** One document is written, and nothing says which. */
function anyDocument(
  { findings, places }: Look,
  command: Document,
  filter: Value | undefined,
  deletes: boolean,
): void {
  if (isDocument(filter) && !isEmpty(filter)) return;
  const what = `The filter is empty: which document${collectionOf(command)} is ${deletes ? 'deleted' : 'changed'}`;
  findings.danger('alwaysTrue', places.verb(commandName(command)), `${what}, the server chooses.`);
}

function collectionOf(command: Document): string {
  const collection = command.get(commandName(command));
  return typeof collection === 'string' ? ` of ${quoted(collection)}` : '';
}

function isOn(value: Value | undefined): boolean {
  return value !== undefined && value !== null && Boolean(value.valueOf());
}
