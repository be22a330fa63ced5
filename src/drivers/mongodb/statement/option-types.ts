import { isDocument, type Value } from './operation.ts';
import { StatementError } from './syntax.ts';
import { integerOf } from './whole-number.ts';

type Check = (value: Value) => boolean;

const LONG_MIN = -(2n ** 63n);
const isText: Check = (value) => typeof value === 'string' && value !== '';
const isFlag: Check = (value) => typeof value === 'boolean';
/** The smallest long has no positive counterpart, which a negative limit is sent as. */
const isWhole: Check = (value) => (integerOf(value) ?? LONG_MIN) > LONG_MIN;
const isCount: Check = (value) => (integerOf(value) ?? -1n) >= 0n;
const isDocuments: Check = (value) => Array.isArray(value) && value.every((one: Value) => isDocument(one));

/** What options and cursor methods take, by their names, which mean the same wherever they are an option. */
const TYPES: readonly (readonly [names: string, takes: string, check: Check])[] = [
  ['sort projection fields collation let readConcern writeConcern min max cursor', 'a document', isDocument],
  ['hint', 'a name or a document', (value) => isText(value) || isDocument(value)],
  ['arrayFilters', 'an array of documents', isDocuments],
  ['limit', 'a whole number', isWhole],
  ['skip maxTimeMS maxCommitTimeMS batchSize scale', 'a whole number that is not negative', isCount],
  [
    'allowDiskUse returnKey showRecordId allowPartialResults noCursorTimeout bypassDocumentValidation ordered upsert multi new nameOnly authorizedCollections',
    'true or false',
    isFlag,
  ],
];

const BY_NAME: ReadonlyMap<string, readonly [takes: string, check: Check]> = new Map(
  TYPES.flatMap(([names, takes, check]) => names.split(' ').map((name) => [name, [takes, check]] as const)),
);

/**
 * A value of an option, unchanged; one whose option has no type here is the server's to judge.
 * @throws StatementError for a value of another type: what the server would take it for is not what was written
 */
export function optionValue(name: string, value: Value, at: number): Value {
  const [takes, check] = BY_NAME.get(name) ?? [];
  if (!check || check(value)) return value;
  throw new StatementError(`${name} is ${takes}.`, at);
}
