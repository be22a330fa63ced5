import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** Every option, whoever takes it. */
const OPTIONS = {
  port: { type: 'string' },
  'data-dir': { type: 'string' },
  demo: { type: 'boolean' },
  open: { type: 'boolean' },
  'no-open': { type: 'boolean' },
  'allow-unsaved-profiles': { type: 'boolean' },
  json: { type: 'boolean' },
  profile: { type: 'string' },
  timeout: { type: 'string' },
  limit: { type: 'string' },
  format: { type: 'string' },
  ejson: { type: 'string' },
  spreadsheet: { type: 'boolean' },
  confirm: { type: 'string' },
  'go-on': { type: 'boolean' },
  from: { type: 'string' },
  to: { type: 'string' },
  until: { type: 'string' },
  session: { type: 'string' },
  names: { type: 'string' },
  preview: { type: 'boolean' },
  actor: { type: 'string' },
  type: { type: 'string' },
  diagnose: { type: 'boolean' },
  output: { type: 'string' },
  engine: { type: 'string' },
  search: { type: 'string' },
  log: { type: 'string' },
  'log-level': { type: 'string' },
  since: { type: 'string' },
  follow: { type: 'boolean' },
  level: { type: 'string' },
  query: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;
type OptionName = keyof typeof OPTIONS;

/** What the command line says, once understood. */
export type Options = ReturnType<typeof parsed>['values'];

/** What a command takes: its verbs where it has some, how many words stand beside it, and its options. */
interface Syntax {
  readonly words: readonly [least: number, most: number];
  /** What is wrong where there are fewer or more. */
  readonly usage: string;
  readonly options: readonly OptionName[];
}

const SYNTAX: Readonly<Record<string, Syntax>> = {
  serve: {
    words: [0, 0],
    usage: 'serve takes options only.',
    options: ['port', 'demo', 'no-open', 'json', 'allow-unsaved-profiles', 'log', 'log-level'],
  },
  run: {
    words: [1, 1],
    usage: 'run needs one STATEMENT, or - to read it.',
    options: ['profile', 'timeout', 'limit', 'format', 'ejson', 'spreadsheet', 'go-on', 'confirm'],
  },
  classify: { words: [0, 0], usage: 'classify reads statements from stdin only.', options: ['engine'] },
  'tape verify': { words: [0, 0], usage: 'tape verify takes options only.', options: ['from', 'json'] },
  'tape tail': { words: [0, 0], usage: 'tape tail takes options only.', options: ['from', 'json'] },
  'tape export': {
    words: [0, 0],
    usage: 'tape export takes options only.',
    options: ['from', 'to', 'session', 'names', 'preview', 'output', 'format', 'json'],
  },
  history: {
    words: [0, 0],
    usage: 'history takes purge, or nothing.',
    options: ['search', 'profile', 'limit', 'json'],
  },
  logs: {
    words: [0, 0],
    usage: 'logs takes options only.',
    options: ['since', 'follow', 'level', 'query', 'json'],
  },
  'history purge': { words: [0, 0], usage: 'history purge takes options only.', options: ['json'] },
  orphans: { words: [0, 0], usage: 'orphans takes options only.', options: ['json'] },
  blockers: {
    words: [0, 1],
    usage: 'blockers takes the QUERY_ID of one statement that runs, or nothing.',
    options: ['json'],
  },
  replay: {
    words: [1, 3],
    usage: 'replay takes one bundle, tape folder or data folder, then a verb.',
    options: [
      'until',
      'diagnose',
      'actor',
      'type',
      'from',
      'to',
      'format',
      'output',
      'open',
      'no-open',
      'json',
    ],
  },
  doctor: { words: [0, 0], usage: 'doctor takes options only.', options: ['json'] },
};

/** Commands that are called with a verb. */
const VERBS: Readonly<Record<string, string>> = { tape: 'tape takes verify, tail or export.' };

/** A command line that was understood. */
interface CommandLine {
  /** The command and its verb: `tape verify`. */
  readonly command: string;
  readonly options: Options;
  /** What stands beside them. */
  readonly words: readonly string[];
}

/** Reads a command line. @throws UsageError for whatever the command does not take */
export function parse(args: string[]): CommandLine {
  const { values, positionals } = parsed(args);
  const [first = 'serve', ...rest] = positionals;
  if (values.help || values.version) return { command: first, options: values, words: rest };
  const verb = rest[0] === undefined ? undefined : `${first} ${rest[0]}`;
  const hasVerb = verb !== undefined && Object.hasOwn(SYNTAX, verb);
  const command = hasVerb ? verb : first;
  const words = hasVerb ? rest.slice(1) : rest;
  if (!Object.hasOwn(SYNTAX, command)) throw new UsageError(VERBS[first] ?? `There is no command ${first}.`);
  const {
    words: [least, most],
    usage,
    options,
  } = SYNTAX[command]!;
  if (words.length < least || words.length > most) throw new UsageError(usage);
  for (const name of Object.keys(values) as OptionName[]) {
    if (name !== 'data-dir' && !options.includes(name))
      throw new UsageError(`${command} does not take --${name}.`);
    if (values[name] === '') throw new UsageError(`--${name} needs a value.`);
  }
  return { command, options: values, words };
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const { message } = error as Error;
    // Node goes on with advice for who meant a word that begins with a dash.
    throw new UsageError(
      /^Unknown option '[^']*'/.exec(message)?.[0].concat('.') ?? message.replaceAll('\n', ' '),
    );
  }
}
