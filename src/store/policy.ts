import { dirname, join } from 'node:path';
import type { PolicySource } from '../events/config.ts';
import {
  DEFAULT_POLICY,
  POLICY_SETTINGS,
  POLICY_VARIABLE_PREFIX,
  type Policy,
  type PolicyRule,
  type PolicyValue,
  STRICTEST_POLICY,
  settingOf,
  withSetting,
} from '../events/policy.ts';
import { type PolicyProblem, readPolicy, whyNot } from '../events/policy-check.ts';
import { isSystemCode, systemSentence } from '../events/system-error.ts';
import { JsonTextError, parseJsonText } from './json-text.ts';
import { POLICY_BYTES_MAX } from './limits.ts';
import { assertPlace, isOwnFolder, makeFolder, readOwnFile, UnsafeFileError } from './own-files.ts';
import { type Disk, nodeDisk } from './tape/disk.ts';
import { homeFolder, userFolder } from './user-folder.ts';
import { replaceFile } from './vault/replace-file.ts';

/** The policy that holds, and where each of its settings is from. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly path: string;
  /** By JSON pointer. */
  readonly sources: ReadonlyMap<string, PolicySource>;
  /** The variable or option that overrides the file, by JSON pointer. What one says can't be edited. */
  readonly setBy: ReadonlyMap<string, string>;
  /** Not empty: the strictest policy holds until they are gone. */
  readonly problems: readonly PolicyProblem[];
}

/**
 * A policy that can't be saved: `policy.invalid`, `policy.setByEnvironment`, `policy.changed`,
 * `policy.broken`.
 */
export class PolicyError extends Error {
  readonly code: string;
  readonly problems: readonly PolicyProblem[];

  constructor(code: string, message: string, problems: readonly PolicyProblem[] = []) {
    super(message);
    this.name = 'PolicyError';
    this.code = code;
    this.problems = problems;
  }
}

/** The default place of the user's settings (XDG Base Directory Specification on Linux). */
export function configFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.QUERYTAPE_CONFIG_DIR) return env.QUERYTAPE_CONFIG_DIR;
  if (process.platform === 'darwin') return join(homeFolder(), 'Library', 'Application Support', 'Querytape');
  if (process.platform === 'win32') return join(userFolder(env.APPDATA, 'AppData', 'Roaming'), 'Querytape');
  return join(userFolder(env.XDG_CONFIG_HOME, '.config'), 'querytape');
}

/** What the command line says of a setting, above file and environment and whatever is wrong with them. */
export interface PolicyOverride {
  readonly pointer: string;
  readonly value: PolicyValue;
  /** The option, or the variable that stands in for it: `--log-level`. */
  readonly by: string;
}

interface PolicyOptions {
  readonly folder: string;
  /** The environment, of which `QUERYTAPE_POLICY_…` counts. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly overrides?: readonly PolicyOverride[];
  readonly disk?: Disk;
}

/** The policy's file, `policy.json` in the config folder, under what the environment and the command line say. */
export class PolicyFile {
  readonly path: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #overrides: readonly PolicyOverride[];
  readonly #disk: Disk;
  #text: string | null = null;
  #loaded: LoadedPolicy;

  private constructor({ folder, env = process.env, overrides = [], disk = nodeDisk }: PolicyOptions) {
    this.path = join(folder, 'policy.json');
    this.#env = env;
    this.#overrides = overrides;
    this.#disk = disk;
    this.#loaded = { ...strictest([]), path: this.path };
  }

  static async open(options: PolicyOptions): Promise<PolicyFile> {
    const file = new PolicyFile(options);
    await file.load();
    return file;
  }

  get loaded(): LoadedPolicy {
    return this.#loaded;
  }

  /** Reads the file again. Never rejects: errors are reported in `problems`. */
  async load(): Promise<LoadedPolicy> {
    try {
      this.#text = await readText(this.path);
      this.#take(resolvePolicy(this.#text, this.#env));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const words = isSystemCode(code) ? systemSentence(code) : message;
      const problem = {
        pointer: '',
        code: 'policy.file',
        message: error instanceof UnsafeFileError ? words : `${this.path} can’t be read. ${words}`,
      };
      this.#take(strictest([problem]));
    }
    return this.#loaded;
  }

  #take(resolved: Omit<LoadedPolicy, 'path'>): void {
    this.#loaded = { ...overridden(resolved, this.#overrides), path: this.path };
  }

  /**
   * Writes `policy`, the whole of it. Only what differs from the defaults is written, so that a later default
   * reaches who never chose otherwise.
   * @throws PolicyError, with the disk's code where it can't be written
   */
  async save(policy: unknown): Promise<LoadedPolicy> {
    const { policy: wanted, problems } = readPolicy(policy, DEFAULT_POLICY);
    if (problems.length > 0)
      throw new PolicyError('policy.invalid', `The policy can’t be: ${problems[0]!.message}`, problems);
    const before = this.#text;
    const { problems: broken } = await this.load();
    // A broken file first: what is to be saved again is decided once it can be read.
    if (broken.length > 0)
      throw new PolicyError(
        'policy.broken',
        `${this.path} has errors. Correct it by hand first; see its problems.`,
        broken,
      );
    if (before !== this.#text)
      throw new PolicyError(
        'policy.changed',
        this.#text === null
          ? `${this.path} was deleted or moved by another program, so the defaults hold. Look at them, and save again.`
          : `${this.path} was changed by another program. Look at it, and save again.`,
      );
    const kept =
      this.#text === null
        ? DEFAULT_POLICY
        : readPolicy(parseJsonText(this.#text).value, DEFAULT_POLICY).policy;
    let written = wanted;
    for (const [pointer, by] of this.#loaded.setBy) {
      if (settingOf(wanted, pointer) !== settingOf(this.#loaded.policy, pointer))
        throw new PolicyError(
          'policy.setByEnvironment',
          `${pointer} is set by ${by} and can’t be changed here.`,
        );
      // What is said for this run is not what the file says.
      written = withSetting(written, pointer, settingOf(kept, pointer));
    }
    const text = `${JSON.stringify(differing(written), null, 2)}\n`;
    try {
      await makeFolder(dirname(this.path));
      await replaceFile(this.#disk, this.path, Buffer.from(text));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!isSystemCode(code)) throw error;
      throw new PolicyError(code, `${this.path} can’t be saved. ${systemSentence(code)}`);
    }
    return this.load();
  }
}

/** The policy of a file's text, null for no file, under the environment's variables. Pure. */
export function resolvePolicy(
  text: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Omit<LoadedPolicy, 'path'> {
  const file = text === null ? { policy: DEFAULT_POLICY, said: new Set(), problems: [] } : readSettings(text);
  const problems = [...file.problems];
  const sources = new Map<string, PolicySource>();
  const setBy = new Map<string, string>();
  for (const { pointer } of POLICY_SETTINGS)
    sources.set(pointer, file.said.has(pointer) ? 'file' : 'default');
  let { policy } = file;
  for (const [variable, word] of Object.entries(env)) {
    if (!variable.startsWith(POLICY_VARIABLE_PREFIX) || word === undefined) continue;
    const setting = POLICY_SETTINGS.find((one) => one.variable === variable);
    if (setting === undefined) {
      problems.push({
        pointer: '',
        variable,
        code: 'policy.unknown',
        message: `There is no setting ${variable}.`,
      });
      continue;
    }
    const value = wordValue(setting.rule, word);
    const why = whyNot(setting.rule, value, NO_LIMIT);
    if (why !== null)
      problems.push({ pointer: setting.pointer, variable, code: 'policy.value', message: why });
    else policy = withSetting(policy, setting.pointer, value as PolicyValue);
    sources.set(setting.pointer, 'environment');
    setBy.set(setting.pointer, variable);
  }
  return problems.length === 0 ? { policy, sources, setBy, problems } : strictest(problems);
}

function readSettings(text: string): ReturnType<typeof readPolicy> {
  try {
    const { value, lines } = parseJsonText(text);
    const read = readPolicy(value, DEFAULT_POLICY);
    const problems = read.problems.map((problem) => {
      const line = lines.get(problem.pointer);
      return line === undefined ? problem : { ...problem, line };
    });
    return { ...read, problems };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const { line, message } = error;
    return {
      policy: STRICTEST_POLICY,
      said: new Set(),
      problems: [{ pointer: '', line, code: 'policy.json', message: `${message}.` }],
    };
  }
}

function strictest(problems: readonly PolicyProblem[]): Omit<LoadedPolicy, 'path'> {
  const sources = new Map(POLICY_SETTINGS.map(({ pointer }) => [pointer, 'strictest' as const]));
  return { policy: STRICTEST_POLICY, sources, setBy: new Map(), problems };
}

function overridden(
  { policy, sources, setBy, problems }: Omit<LoadedPolicy, 'path'>,
  overrides: readonly PolicyOverride[],
): Omit<LoadedPolicy, 'path'> {
  return {
    policy: overrides.reduce((before, { pointer, value }) => withSetting(before, pointer, value), policy),
    sources: new Map([...sources, ...overrides.map(({ pointer }) => [pointer, 'option'] as const)]),
    setBy: new Map([...setBy, ...overrides.map(({ pointer, by }) => [pointer, by] as const)]),
    problems,
  };
}

/** How a variable says that there is no limit. */
const NO_LIMIT = 'none';

/** A variable's word as a value: `true`, `false`, digits, `none`, or a word to choose. Undefined for any other. */
function wordValue(rule: PolicyRule, word: string): PolicyValue | undefined {
  const text = word.trim().toLowerCase();
  if (rule.kind === 'flag')
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined;
  if (rule.kind === 'choice') return text;
  if (text === NO_LIMIT) return null;
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What of `policy` is not the default, in the file's form. */
function differing(policy: Policy): object {
  const file: Record<string, unknown> = {};
  for (const { pointer } of POLICY_SETTINGS) {
    const value = settingOf(policy, pointer);
    if (value === settingOf(DEFAULT_POLICY, pointer)) continue;
    const names = pointer.split('/').slice(1);
    const last = names.pop()!;
    let at = file;
    for (const name of names) {
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return file;
}

/**
 * Null where there is none. An administrator may own it, and the folder. @throws UnsafeFileError, or the
 * disk's error
 */
async function readText(path: string): Promise<string | null> {
  await assertPlace(dirname(path));
  if (!(await isOwnFolder(dirname(path), { system: true }))) return null;
  const bytes = await readOwnFile(path, POLICY_BYTES_MAX, { system: true });
  // A byte that is not UTF-8 is damage; it must not become a character that is then searched for.
  return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
