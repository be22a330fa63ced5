import { Code } from 'mongodb';
import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';
import type { Findings } from '../findings.ts';
import {
  CODE_OPERATORS,
  READING_OPERATORS,
  READING_STAGES,
  UPDATE_OPERATORS,
  WRITING_STAGES,
} from './classify-operators.ts';
import type { Places } from './classify-places.ts';
import { type Document, documentOf, isDocument, type Value } from './statement/operation.ts';

/** What is found of one statement, and where in its text things stand. */
export interface Look {
  readonly findings: Findings;
  readonly places: Places;
}

/** Names longer than this are cut where they are quoted. */
const QUOTED_MAX = 80;

/** A name of the statement as a reason quotes it. */
export function quoted(name: string): string {
  const shown = name.replace(/\p{Cc}/gu, '�');
  return `\`${shown.length > QUOTED_MAX ? `${shown.slice(0, QUOTED_MAX)}…` : shown}\``;
}

/** No read, and where the field or operator `name` says so. */
export function raiseAt({ findings, places }: Look, verdict: Verdict, name: string, what: string): void {
  findings.raise(verdict, places.of(name), what);
}

function dangerAt({ findings, places }: Look, kind: DangerKind, name: string, what: string): void {
  findings.danger(kind, places.of(name), what);
}

/**
 * Goes through a value to any depth: each field of it that begins with `$` has to be an operator that is known to read, or,
 * where an update is said, to change no more than the document.
 */
export function scan(look: Look, value: Value, updates = false): void {
  if (Array.isArray(value)) {
    for (const item of value) scan(look, item as Value, updates);
  } else if (value instanceof Code) {
    runsCode(look, 'Code', ['$code', 'Code()']);
  } else if (isDocument(value)) {
    for (const [name, item] of value) {
      if (name.startsWith('$')) operator(look, name, updates);
      if (name === '$merge' || name === '$out') scanTarget(look, item, updates);
      else scan(look, item, updates);
    }
  }
}

function operator(look: Look, name: string, updates: boolean): void {
  if (READING_OPERATORS.has(name) || (updates && UPDATE_OPERATORS.has(name))) return;
  if (CODE_OPERATORS.has(name)) runsCode(look, name, [name]);
  else if (WRITING_STAGES.has(name)) raiseAt(look, 'write', name, `${quoted(name)} writes into a collection`);
  else raiseAt(look, 'unknown', name, `Has ${quoted(name)}, which is not known to read`);
}

function runsCode({ findings, places }: Look, name: string, at: readonly string[]): void {
  const what = `${quoted(name)} runs JavaScript on the server, which is not looked into`;
  findings.raise('unknown', places.of(...at), what);
  findings.danger('codeExecution', places.of(...at), `${what}.`);
}

/** Goes through the stages of a pipeline. */
export function scanPipeline(look: Look, value: Value, updates = false): void {
  for (const stage of Array.isArray(value) ? (value as Value[]) : [value]) {
    if (Array.isArray(value) && isDocument(stage) && stage.size === 1) {
      for (const [name, given] of stage) scanStage(look, name, given, updates);
    } else {
      scan(look, stage, updates);
      raiseAt(look, 'unknown', 'pipeline', 'A pipeline is not an array of stages with one field each');
    }
  }
}

function scanStage(look: Look, name: string, given: Value, updates: boolean): void {
  if (WRITING_STAGES.has(name)) {
    raiseAt(look, 'write', name, `${quoted(name)} writes into a collection`);
    dangerOfWriting(look, name, given);
    scanTarget(look, given, updates);
  } else if (!READING_STAGES.has(name)) {
    if (CODE_OPERATORS.has(name)) runsCode(look, name, [name]);
    else raiseAt(look, 'unknown', name, `Has the stage ${quoted(name)}, which is not known to read`);
    scan(look, given);
  } else if (isDocument(given)) scanReadingStage(look, name, given);
  else scan(look, given);
}

function scanReadingStage(look: Look, name: string, given: Document): void {
  switch (name) {
    case '$facet':
      eachPipeline(look, given);
      break;
    case '$lookup':
      withPipeline(look, name, given, LOOKUP);
      break;
    case '$unionWith':
      withPipeline(look, name, given, UNION_WITH);
      break;
    case '$graphLookup':
      withPipeline(look, name, given, GRAPH_LOOKUP);
      break;
    case '$rankFusion':
    case '$scoreFusion':
      withInput(look, given);
      break;
    default:
      scan(look, given);
  }
}

const LOOKUP = new Set(['from', 'localField', 'foreignField', 'let', 'pipeline', 'as']);
const UNION_WITH = new Set(['coll', 'db', 'pipeline']);
const GRAPH_LOOKUP = new Set(
  'from startWith connectFromField connectToField as maxDepth depthField restrictSearchWithMatch'.split(' '),
);

/** A stage that reads another collection, through a pipeline where it has one. */
function withPipeline(look: Look, stage: string, given: Document, fields: ReadonlySet<string>): void {
  for (const [name, value] of given) {
    if (!fields.has(name))
      raiseAt(look, 'unknown', name, `${quoted(stage)} has the field ${quoted(name)}, which is not known`);
    if (name === 'pipeline') scanPipeline(look, value);
    else scan(look, value);
  }
}

function eachPipeline(look: Look, pipelines: Document): void {
  for (const [name, pipeline] of pipelines) {
    // A name of the user's own, which can't be an operator's.
    if (name.startsWith('$')) operator(look, name, false);
    scanPipeline(look, pipeline);
  }
}

/** `{input: {pipelines: {a: […], b: […]}}, …}` */
function withInput(look: Look, given: Document): void {
  for (const [name, value] of given) {
    if (name.startsWith('$')) operator(look, name, false);
    const input = name === 'input' && isDocument(value) ? value : documentOf([]);
    const pipelines = input.get('pipelines');
    if (!isDocument(pipelines)) scan(look, value);
    else {
      eachPipeline(look, pipelines);
      scan(look, documentOf([...input].filter(([field]) => field !== 'pipelines')));
    }
  }
}

/** Where a writing stage writes to. What `$merge` does with a document that is there may be a pipeline. */
function scanTarget(look: Look, given: Value, updates: boolean): void {
  if (!isDocument(given)) scan(look, given, updates);
  else
    for (const [name, value] of given) {
      if (name.startsWith('$')) operator(look, name, updates);
      if (name === 'whenMatched' && Array.isArray(value)) scanPipeline(look, value, updates);
      else scan(look, value, updates);
    }
}

function dangerOfWriting(look: Look, stage: string, given: Value): void {
  const target = targetOf(given);
  const into = target === null ? 'a collection' : `the collection ${quoted(target)}`;
  const matched = isDocument(given) ? given.get('whenMatched') : undefined;
  if (stage === '$out')
    dangerAt(look, 'drop', stage, `\`$out\` replaces all that is in ${into} by what the pipeline gives.`);
  else if (matched !== 'keepExisting' && matched !== 'fail')
    dangerAt(
      look,
      'updateAll',
      stage,
      `\`$merge\` changes the documents of ${into} that the pipeline gives.`,
    );
}

/** The collection that a writing stage names: `"c"`, `{into: "c"}`, `{into: {db, coll}}` or `{db, coll}`. */
function targetOf(given: Value | undefined): string | null {
  if (typeof given === 'string') return given;
  if (!isDocument(given)) return null;
  return targetOf(given.get('coll') ?? given.get('into'));
}
