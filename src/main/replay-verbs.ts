import { Asker } from '../events/ask/asker.ts';
import { expressionText } from '../events/ask/expression.ts';
import { parseExpression } from '../events/ask/parse.ts';
import { type BundleVerdict, bundleVerdictText } from '../events/bundle.ts';
import type { Answer } from '../events/diagnosis/cause.ts';
import { Diagnosis } from '../events/diagnosis/diagnosis.ts';
import type { CauseReport, Finding } from '../events/diagnosis/report.ts';
import { Story } from '../events/diagnosis/story.ts';
import type { Envelope } from '../events/envelope.ts';
import { divergenceText } from '../events/replay-report.ts';
import { counted } from '../events/sentences.ts';
import { apply, emptyState } from '../events/views/state.ts';
import type { TapeReport } from '../store/tape/tape.ts';
import { readChecked, verifyChecked } from './checked-tape.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { proveTape } from './prover.ts';
import { isAfter, isWithin, tapePlace, tapeSpan } from './tape-place.ts';
import { UsageError } from './usage-error.ts';

/** What a verb of `querytape replay` is asked with. */
export interface Asked {
  /** The tape's folder. */
  readonly folder: string;
  /** What its bundle's signature says. */
  readonly integrity: BundleVerdict;
  readonly options: Options;
  /** The word after the verb; the empty string where the verb takes none. */
  readonly word: string;
}

/** A verb: whether it takes a word, by name, and what it answers. Resolves with the exit code. */
interface Verb {
  readonly word: string | null;
  readonly answer: (asked: Asked) => Promise<number>;
}

/** What can be asked of a tape beside whether its states are reached. */
const REPLAY_VERBS: Readonly<Record<string, Verb>> = {
  verdicts: { word: null, answer: verdicts },
  diagnose: { word: null, answer: ({ folder, options }) => diagnose(folder, options) },
  'state-at': { word: 'SEQ|TIME', answer: stateAt },
  events: { word: null, answer: events },
  ask: { word: 'EXPRESSION', answer: ask },
  explain: { word: 'QUERY_ID', answer: explain },
};

/** Whether the bundle is as it was signed, whether the chain is whole, and whether every state was reached: a line for each. */
async function verdicts({ folder, integrity, options }: Asked): Promise<number> {
  const isTrue = integrity.verdict !== 'altered';
  if (options.json) await printJson({ checked: 'signature', holds: isTrue, ...integrity });
  else await print(`signature  ${bundleVerdictText(integrity)}\n`);
  const chain = await verifyChecked(folder);
  const chainText = chain.ok ? 'whole' : 'damaged';
  if (options.json) await printJson({ checked: 'chain', holds: chain.ok, verdict: chainText, ...chain });
  else await print(`chain      ${chainText}: ${recordsText(chain)}\n`);
  // What follows a damage can't be replayed.
  const states = chain.ok ? await proveTape(folder) : null;
  const verdict = states?.verdict ?? 'notReplayed';
  const holds = states?.matched === true;
  const first = states?.mismatches[0] ?? null;
  const { records = 0, unproven = 0, stateHash = null } = states ?? {};
  if (options.json)
    await printJson({ checked: 'states', holds, verdict, records, unproven, first, stateHash });
  else
    await print(
      `states     ${verdict}${first === null ? '' : ` at seq ${first.seq}: ${divergenceText(first)}`}\n`,
    );
  return isTrue && chain.ok && holds ? 0 : 1;
}

function recordsText({ records, firstSeq, lastSeq }: TapeReport): string {
  return records === 0 ? 'no records' : `records ${firstSeq} to ${lastSeq}`;
}

/** What the causes say of a tape: those that hold first, each with its proof and what to do. */
export async function diagnose(folder: string, options: Options): Promise<number> {
  const diagnosis = new Diagnosis();
  for await (const envelope of records(folder)) diagnosis.take(envelope);
  const reports = diagnosis.report();
  if (options.json) {
    for (const report of reports) await printJson(report);
    return 0;
  }
  const of = (answer: Answer) => reports.filter((report) => report.answer === answer);
  for (const report of of('yes')) await printHolding(report);
  if (of('yes').length === 0) await print('No cause of trouble was found.\n\n');
  for (const { title, findings } of of('cantTell'))
    await print(`Can't tell: ${title}. ${findings[0]?.sentence ?? ''}\n`);
  await print(
    `Not found: ${of('no')
      .map(({ title }) => title)
      .join(' · ')}.\n`,
  );
  return 0;
}

async function printHolding({ title, counts, findings }: CauseReport): Promise<void> {
  await print(`${title} (${counts.yes}×)\n`);
  for (const { subject, sentence, events: proof } of findings)
    await print(`  ${subject.kind} ${subject.id}: ${sentence} [seq ${proof.join(', ')}]\n`);
  if (counts.yes > findings.length) await print(`  and ${counts.yes - findings.length} more\n`);
  await print(`  → ${findings[0]!.advice}\n\n`);
}

/** Everything that the tape says at a record or a time: a line for each session, connection and statement. */
async function stateAt({ folder, options, word }: Asked): Promise<number> {
  const place = tapePlace('state-at', word);
  const state = emptyState();
  let last: Envelope | null = null;
  for await (const envelope of records(folder)) {
    if (isAfter(envelope, place)) break;
    last = envelope;
    apply(state, envelope);
  }
  if (last === null) throw new Error(`The tape has no record up to ${word}.`);
  if ('seq' in place && last.seq !== place.seq) throw new Error(`The tape has no record ${word}.`);
  const { sessions, connections, queries } = state;
  if (options.json) await printJson({ kind: 'tape', seq: last.seq, at: last.at });
  else await print(`at seq ${last.seq}, ${time(last.at)}\n`);
  const kinds = { session: sessions, connection: connections, query: queries };
  for (const [kind, views] of Object.entries(kinds))
    for (const [id, view] of Object.entries(views))
      await (options.json ? printJson({ kind, ...view }) : print(`${kind}  ${id}  ${view.state}\n`));
  return 0;
}

/** The records that are asked for, as JSON or in short. */
async function events({ folder, options }: Asked): Promise<number> {
  const { actor, type } = options;
  const span = tapeSpan(options);
  for await (const envelope of records(folder)) {
    // The clock may have been set back, so a time ends nothing before the tape does.
    if (!isWithin(envelope, span)) continue;
    if (actor !== undefined && envelope.actor !== actor) continue;
    if (type !== undefined && !isOfType(envelope.event.type, type)) continue;
    if (options.json) await printJson(envelope);
    else {
      const { seq, at, actor: who, event, state, ignored } = envelope;
      const led = state === null ? '' : ignored ? '  (ignored)' : `  → ${state}`;
      await print(`${seq}  ${time(at)}  ${who}  ${event.type}${led}\n`);
    }
  }
  return 0;
}

/** `query.*` is every type that begins so. */
function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

/** Every time at which an expression held, and of which actor; then how many there were. */
async function ask({ folder, options, word }: Asked): Promise<number> {
  const parsed = parseExpression(word);
  if ('problem' in parsed) {
    const { offset, message } = parsed.problem;
    throw new UsageError(`At character ${offset + 1}: ${message}`);
  }
  const asker = new Asker(parsed.expression);
  let evaluated = 0;
  for await (const envelope of records(folder)) {
    asker.take(envelope);
    evaluated++;
  }
  for (const hit of asker.hits) {
    const { seq, at, until, kind, actor } = hit;
    const length = until === null ? 'to the end' : until === at ? '' : `for ${(until - at) / 1000} s`;
    await (options.json ? printJson(hit) : print(`${seq}  ${time(at)}  ${kind} ${actor}  ${length}\n`));
  }
  const { count, hits } = asker;
  const readAs = expressionText(parsed.expression);
  if (options.json) await printJson({ count, listed: hits.length, records: evaluated, readAs });
  else await print(`${counted(count, 'hit')} in ${counted(evaluated, 'record')}: ${readAs}\n`);
  return 0;
}

/** The story of one statement, then each cause that holds for it, or of which the tape does not say. */
async function explain({ folder, options, word: queryId }: Asked): Promise<number> {
  const story = new Story(queryId);
  const diagnosis = new Diagnosis(queryId);
  for await (const envelope of records(folder)) {
    diagnosis.take(envelope);
    const step = story.take(envelope);
    if (step === null) continue;
    await (options.json ? printJson(step) : print(`${time(step.at)}  ${step.sentence} [seq ${step.seq}]\n`));
  }
  const findings = diagnosis.ofQuery();
  if (findings === null)
    throw new Error(
      `The tape has no statement ${queryId}. The verb events with --type 'query.*' lists the records of all, with their ids.`,
    );
  if (options.json) for (const finding of findings) await printJson(finding);
  else await printFindings(findings);
  return 0;
}

async function printFindings(findings: readonly Finding[]): Promise<void> {
  for (const { answer, title, sentence, advice, events: proof } of findings) {
    if (answer === 'yes') await print(`\n${title}: ${sentence} [seq ${proof.join(', ')}]\n  → ${advice}\n`);
  }
  const unknown = findings.filter(({ answer }) => answer === 'cantTell');
  if (unknown.length > 0) await print('\n');
  for (const { title, sentence } of unknown) await print(`Can't tell: ${title}. ${sentence}\n`);
}

/** Every record of a tape, in order. @throws TapeDamage at a damaged place */
async function* records(folder: string): AsyncGenerator<Envelope, void> {
  for await (const envelopes of readChecked(folder)) yield* envelopes;
}

function time(at: number): string {
  const date = new Date(at);
  // A tape from elsewhere may hold a time that there is not.
  return Number.isNaN(date.getTime()) ? `${at}` : date.toISOString();
}

/** Looks a verb up. @throws UsageError for one that there is not, and for a word too few or too many */
export function replayVerb(name: string, word: string | undefined): Verb {
  const verb = Object.hasOwn(REPLAY_VERBS, name) ? REPLAY_VERBS[name]! : null;
  if (verb === null)
    throw new UsageError(`replay takes ${Object.keys(REPLAY_VERBS).join(', ')} after the file, not ${name}.`);
  if (verb.word === null && word !== undefined) throw new UsageError(`${name} takes options only.`);
  if (verb.word !== null && word === undefined) throw new UsageError(`${name} needs ${verb.word}.`);
  return verb;
}
