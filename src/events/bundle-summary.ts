import type { BundleManifest } from './bundle.ts';
import { NAME_KINDS } from './bundle.ts';

/** What a bundle has and what it has not, in sentences for who is about to send it. */
interface BundleSummary {
  readonly has: readonly string[];
  readonly hasNot: readonly string[];
}

/** What is known of a bundle before its manifest is complete. */
type SummarySource = Omit<BundleManifest, 'parts'> & {
  readonly parts: readonly { readonly name: string }[];
};

const PART_WORDS: Readonly<Record<string, string>> = {
  'versions.json': 'Versions of Querytape, Node and the operating system.',
  'machines.json': 'The state machines of this version, by name and hash.',
  'capabilities.json': 'What each database engine can do, as this version knows it.',
  'doctor.json': 'What querytape doctor says of this machine, without paths.',
  'profiles.json':
    'Settings of the profiles that can be read now: engine, environment, port and TLS, but no secret.',
};

/** A bundle in plain words, the same for its preview and for the text inside it. */
export function bundleSummary(manifest: SummarySource): BundleSummary {
  const {
    firstSeq,
    lastSeq,
    records,
    sessions,
    namesKept,
    earlierActors,
    logLines = 0,
    source,
    parts,
  } = manifest;
  const replaced = NAME_KINDS.filter((kind) => !namesKept.includes(kind));
  const has = [
    `${records} events of the tape, ${firstSeq} to ${lastSeq}${spanWords(manifest)}: what was commanded and what happened, with times, counts, codes and ids.`,
    sessions === null
      ? 'Events of every session.'
      : `Events of the chosen sessions (${sessions.length}), and when the program started.`,
    'The shape of statements: their words without literals and comments, where Querytape knows it.',
    ...parts.flatMap(({ name }) => PART_WORDS[name] ?? []),
  ];
  if (logLines > 0)
    has.push(
      `${logLines === 1 ? 'The last line' : `The last ${logLines} lines`} of the log, with names, fingerprints and ids as in the events.`,
    );
  if (namesKept.length > 0) has.push(`Names as they are: ${namesKept.join(', ')}.`);
  if (earlierActors > 0)
    has.push(
      `Actors that were created before it begins: ${earlierActors}. Their states are shown as recorded, not proven.`,
    );
  if (!source.ok) has.push('The tape it comes from is damaged: the bundle has the records that are whole.');
  const hasNot = [
    'Passwords, keys and other secrets.',
    'Rows of results, literals of statements and comments in them.',
    'The words of servers’ errors, which quote values: only their codes.',
    'Texts of the history and of drafts.',
  ];
  if (replaced.length > 0)
    hasNot.push(
      `Names of ${replaced.join(', ')}: each is replaced, the same name by the same word within this bundle.`,
    );
  return { has, hasNot };
}

/** What a preview shows of the events, the first of which are in it, or of the log's lines, the last of which are. */
const PREVIEWED = {
  events: { one: 'The one event', end: 'The first', many: 'events' },
  log: { one: 'The one line of the log', end: 'The last', many: 'lines of the log' },
} as const;

/** How many of all a preview shows, as its title begins; `written` writes a number. */
export function previewWords(
  what: keyof typeof PREVIEWED,
  shown: number,
  all: number,
  written: (count: number) => string = String,
): string {
  const { one, end, many } = PREVIEWED[what];
  if (all === 1 && shown === 1) return one;
  return shown < all ? `${end} ${written(shown)} of ${written(all)} ${many}` : `All ${written(all)} ${many}`;
}

function spanWords({ span: { fromAt, toAt } }: SummarySource): string {
  const from = fromAt === null ? '' : ` from ${new Date(fromAt).toISOString()}`;
  const to = toAt === null ? '' : ` to ${new Date(toAt).toISOString()}`;
  return from + to;
}
