import {
  FETCH_AHEAD_BYTES,
  MIB,
  RESULT_BYTES_MAX,
  STATEMENT_TIMEOUT_MAX_MS,
  TAPE_AGE_MAX_MS,
} from './limits.ts';
import { LOG_LEVELS, type LogLevel } from './log/log-entry.ts';
import { ENVIRONMENTS, type Environment } from './profile.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** What holds for every profile of one environment. A time or count of null is no limit. */
export interface EnvironmentPolicy {
  /** A dangerous statement runs only once the user has typed the profile's name. */
  readonly confirmDangerous: boolean;
  /** A dangerous statement does not run at all. */
  readonly blockDangerous: boolean;
  /** New profiles in this environment are read-only by default. */
  readonly readOnlyByDefault: boolean;
  /** Longest time of a statement; one that asks for more is given this. */
  readonly statementTimeoutMs: number | null;
  /** Most rows of a result; further rows are not kept. */
  readonly rowsMax: number | null;
  /** Bytes of a result that are fetched beyond what was looked at; beyond them a statement that only reads is paused. */
  readonly fetchAheadBytes: number;
  /** Statements of one session that run at once. */
  readonly concurrentQueriesMax: number;
  /** A transaction that has been idle for so long is rolled back. */
  readonly idleInTransactionMs: number | null;
}

/** What holds for the program. */
export interface GlobalPolicy {
  /** The vault locks once the program has been idle for so long. */
  readonly autoLockMs: number | null;
  /** Age at which the tape's oldest records may be cut. */
  readonly tapeAgeMaxMs: number;
  /** Whether the texts of statements are kept, in the encrypted history. */
  readonly historyEnabled: boolean;
  readonly historyAgeMaxMs: number | null;
  /** The least level of the log's files, and of what a collector is sent. */
  readonly logLevel: LogLevel;
}

/** What the program allows: the one place that decides, whatever a page asks for. */
export interface Policy extends GlobalPolicy {
  readonly environments: Readonly<Record<Environment, EnvironmentPolicy>>;
}

const production: EnvironmentPolicy = {
  confirmDangerous: true,
  blockDangerous: false,
  readOnlyByDefault: true,
  statementTimeoutMs: 5 * MINUTE,
  rowsMax: null,
  fetchAheadBytes: FETCH_AHEAD_BYTES,
  concurrentQueriesMax: 4,
  idleInTransactionMs: 10 * MINUTE,
};

/** What holds where nothing is said. */
export const DEFAULT_POLICY: Policy = {
  environments: {
    development: {
      ...production,
      confirmDangerous: false,
      readOnlyByDefault: false,
      statementTimeoutMs: null,
      concurrentQueriesMax: 8,
      idleInTransactionMs: null,
    },
    staging: {
      ...production,
      readOnlyByDefault: false,
      statementTimeoutMs: 15 * MINUTE,
      concurrentQueriesMax: 8,
      idleInTransactionMs: 30 * MINUTE,
    },
    production,
  },
  autoLockMs: 30 * MINUTE,
  tapeAgeMaxMs: TAPE_AGE_MAX_MS,
  historyEnabled: true,
  historyAgeMaxMs: 90 * DAY,
  logLevel: 'info',
};

const strictest: EnvironmentPolicy = {
  confirmDangerous: true,
  blockDangerous: true,
  readOnlyByDefault: true,
  statementTimeoutMs: 30 * SECOND,
  rowsMax: 10_000,
  fetchAheadBytes: FETCH_AHEAD_BYTES,
  concurrentQueriesMax: 1,
  idleInTransactionMs: MINUTE,
};

/**
 * What holds while the policy can't be read as it was meant. Strict in what may be done and in what is newly kept;
 * it cuts nothing that is kept already, as a mistyped file must not delete records.
 */
export const STRICTEST_POLICY: Policy = {
  environments: { development: strictest, staging: strictest, production: strictest },
  autoLockMs: 5 * MINUTE,
  tapeAgeMaxMs: 3650 * DAY,
  historyEnabled: false,
  historyAgeMaxMs: null,
  logLevel: 'info',
};

/** The value of a setting. */
export type PolicyValue = boolean | number | string | null;

/** What a setting may be: a switch, one of a few words, or a whole number; `none` says whether null is one of its values. */
export type PolicyRule =
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly none: boolean };

const flag = { kind: 'flag' } as const;
const number = (min: number, max: number, none: boolean) => ({ kind: 'number', min, max, none }) as const;

const ENVIRONMENT_RULES: Readonly<Record<keyof EnvironmentPolicy, PolicyRule>> = {
  confirmDangerous: flag,
  blockDangerous: flag,
  readOnlyByDefault: flag,
  statementTimeoutMs: number(1, STATEMENT_TIMEOUT_MAX_MS, true),
  rowsMax: number(1, 1_000_000_000, true),
  fetchAheadBytes: number(MIB, RESULT_BYTES_MAX, false),
  concurrentQueriesMax: number(1, 16, false),
  idleInTransactionMs: number(SECOND, DAY, true),
};

const GLOBAL_RULES: Readonly<Record<keyof GlobalPolicy, PolicyRule>> = {
  autoLockMs: number(10 * SECOND, DAY, true),
  tapeAgeMaxMs: number(DAY, 3650 * DAY, false),
  historyEnabled: flag,
  historyAgeMaxMs: number(MINUTE, 3650 * DAY, true),
  logLevel: { kind: 'choice', words: LOG_LEVELS },
};

/** One thing that a policy says. */
export interface PolicySetting {
  /** Where it stands in the file, as a JSON pointer (RFC 6901): `/environments/production/rowsMax`. */
  readonly pointer: string;
  /** The environment variable that overrides the file: `QUERYTAPE_POLICY_PRODUCTION_ROWS_MAX`. */
  readonly variable: string;
  readonly rule: PolicyRule;
}

export const POLICY_VARIABLE_PREFIX = 'QUERYTAPE_POLICY_';

/** Every setting there is. */
export const POLICY_SETTINGS: readonly PolicySetting[] = [
  ...ENVIRONMENTS.flatMap((environment) =>
    Object.entries(ENVIRONMENT_RULES).map(([name, rule]) => ({
      pointer: `/environments/${environment}/${name}`,
      variable: variableOf(environment, name),
      rule,
    })),
  ),
  ...Object.entries(GLOBAL_RULES).map(([name, rule]) => ({
    pointer: `/${name}`,
    variable: variableOf(name),
    rule,
  })),
];

/** Every word that a setting may be. */
export const POLICY_WORDS: readonly string[] = POLICY_SETTINGS.flatMap(({ rule }) =>
  rule.kind === 'choice' ? rule.words : [],
);

/** What holds for a profile of that environment. */
export function effective(policy: Policy, environment: Environment): EnvironmentPolicy & GlobalPolicy {
  const { environments, ...all } = policy;
  return { ...all, ...environments[environment] };
}

/** The value of the setting at `pointer`. */
export function settingOf(policy: Policy, pointer: string): PolicyValue {
  const names = pointer.split('/').slice(1);
  return names.reduce((at: never, name) => at[name]!, policy as never) as PolicyValue;
}

/** `policy` with another value at `pointer`. */
export function withSetting(policy: Policy, pointer: string, value: PolicyValue): Policy {
  const [first, environment, name] = pointer.split('/').slice(1) as [string, Environment?, string?];
  if (environment === undefined || name === undefined) return { ...policy, [first]: value };
  const changed = { ...policy.environments[environment], [name]: value };
  return { ...policy, environments: { ...policy.environments, [environment]: changed } };
}

/** `production`, `rowsMax` → `QUERYTAPE_POLICY_PRODUCTION_ROWS_MAX`. */
function variableOf(...names: readonly string[]): string {
  const words = names.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return POLICY_VARIABLE_PREFIX + words.join('_');
}

/** Where a new connection is read-only unless the user says otherwise. */
export function readOnlyDefaults({ environments }: Policy): Record<Environment, boolean> {
  const { development, staging, production } = environments;
  return {
    development: development.readOnlyByDefault,
    staging: staging.readOnlyByDefault,
    production: production.readOnlyByDefault,
  };
}
