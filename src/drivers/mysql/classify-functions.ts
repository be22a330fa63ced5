import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';
import {
  ALWAYS_IN_BOTH,
  ALWAYS_IN_MARIADB,
  ALWAYS_IN_MYSQL,
  SOMETIMES,
  SYS_HELPERS,
  words,
} from './native-functions.ts';

/** What the functions with an effect do, whatever statement they stand in. */
export interface Effect {
  readonly verdict: Verdict;
  readonly danger?: DangerKind;
  readonly does: string;
}

const EFFECTS: readonly (readonly [names: string, effect: Effect])[] = [
  [
    'GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS',
    { verdict: 'write', danger: 'lock', does: 'takes or gives back a lock that others wait for' },
  ],
  ['NEXTVAL', { verdict: 'write', does: 'moves a sequence on' }],
  [
    'SETVAL',
    {
      verdict: 'write',
      danger: 'alter',
      does: 'sets a sequence, which may then give the same numbers again',
    },
  ],
  ['LOAD_FILE', { verdict: 'admin', danger: 'fileAccess', does: 'reads a file of the server' }],
  [
    `MASTER_POS_WAIT SOURCE_POS_WAIT MASTER_GTID_WAIT WAIT_FOR_EXECUTED_GTID_SET WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS
     WSREP_SYNC_WAIT_UPTO_GTID`,
    { verdict: 'session', does: 'waits for replication' },
  ],
  [
    'SYS_EXEC SYS_EVAL SYS_SET SYS_GET SYS_BINEVAL',
    { verdict: 'unknown', danger: 'codeExecution', does: 'runs a program of the server' },
  ],
];

const ALWAYS = {
  mysql: new Set([...ALWAYS_IN_BOTH, ...ALWAYS_IN_MYSQL]),
  mariadb: new Set([...ALWAYS_IN_BOTH, ...ALWAYS_IN_MARIADB]),
} as const satisfies Record<string, ReadonlySet<string>>;

const IN_SOME: ReadonlySet<string> = new Set(SOMETIMES);
const OF_SYS: ReadonlySet<string> = new Set(SYS_HELPERS);

/** The newest versions whose functions are known: a later one may have given a name away, as MySQL 9 did with MD5. */
const NEWEST_KNOWN = { mysql: [9, 7], mariadb: [12, 3] } as const;

const EFFECT_OF: ReadonlyMap<string, Effect> = new Map(
  EFFECTS.flatMap(([names, effect]) => words(names).map((name) => [name, effect] as const)),
);

/**
 * Without IGNORE_SPACE these are the server's own only where `(` follows at once; with a blank between it is a stored
 * function that is called (MySQL manual, "Function Name Parsing and Resolution"; the last line as MariaDB 10.11 does).
 */
const TIGHT: ReadonlySet<string> = new Set(
  words(`
  ADDDATE BIT_AND BIT_OR BIT_XOR CAST COUNT CURDATE CURTIME DATE_ADD DATE_SUB EXTRACT GROUP_CONCAT JSON_ARRAYAGG
  JSON_OBJECTAGG MAX MEDIAN MID MIN NOW PERCENTILE_CONT PERCENTILE_DISC POSITION SESSION_USER STD STDDEV STDDEV_POP
  STDDEV_SAMP SUBDATE SUBSTR SUBSTRING SUM SYSDATE SYSTEM_USER TRIM VARIANCE VAR_POP VAR_SAMP
  CUME_DIST DENSE_RANK FIRST_VALUE LAG LEAD NTH_VALUE NTILE PERCENT_RANK RANK ROW_NUMBER`),
);

/** The effect of a function by its name in upper case, where it has one. */
export function effectOf(name: string): Effect | undefined {
  return EFFECT_OF.get(name);
}

/** Where a call is made. */
export interface Server {
  readonly engine: 'mysql' | 'mariadb';
  /** As the server says it, `9.7.4`; left out where it is not known. */
  readonly version: string | undefined;
}

/**
 * Whether `name(` calls a function that only computes or looks: for certain, or unless a stored function has that name. `tight`: the
 * parenthesis follows at once, or IGNORE_SPACE is on.
 */
export function isComputing(
  { engine, version }: Server,
  name: string,
  tight: boolean,
): 'certainly' | 'unlessStored' | 'unknown' {
  if (ALWAYS[engine].has(name)) {
    const ofGrammar = TIGHT.has(name);
    return ofGrammar
      ? tight
        ? 'certainly'
        : 'unlessStored'
      : isKnown(engine, version)
        ? 'certainly'
        : 'unlessStored';
  }
  return IN_SOME.has(name) ? 'unlessStored' : 'unknown';
}

/** Whether `sys.name(` is one of the server's helpers that only look, unless it was replaced. */
export function isSysHelper(name: string): boolean {
  return OF_SYS.has(name.toLowerCase());
}

function isKnown(engine: 'mysql' | 'mariadb', version: string | undefined): boolean {
  if (version === undefined) return true;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [newestMajor, newestMinor] = NEWEST_KNOWN[engine];
  return major < newestMajor || (major === newestMajor && minor <= newestMinor);
}
