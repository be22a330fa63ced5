import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementFacts } from '../../src/events/judgement.ts';
import type { Verdict } from '../../src/events/query.ts';

/** A statement that was run on real servers, and what came of it. */
export interface CorpusStatement {
  readonly sql: string;
  /** What the user takes it for. */
  readonly kind: string;
  /** To admit it where only reading is allowed would be wrong. */
  readonly mustNotBeRead: boolean;
  readonly sqlMode?: string;
  /** Run before it in the session. */
  readonly pre?: readonly string[];
  /** No parser can know what it does; only the server can stop it. */
  readonly parserInvisible?: boolean;
  /** The error that MySQL answers where it does not have what MariaDB has, and the other way round. */
  readonly mysql?: string;
  readonly mariadb?: string;
}

/** MySQL is tried with what MariaDB is tried with too, and with what it has alone. */
export function corpus(engine: 'postgres' | 'mariadb' | 'mysql'): CorpusStatement[] {
  return engine === 'mysql'
    ? [...lines<CorpusStatement>('mariadb'), ...lines<CorpusStatement>('mysql')]
    : lines(engine);
}

/** A word of MongoDB, taken from its manual. */
export interface MongodbWord {
  readonly level: 'command' | 'stage' | 'operator' | 'value' | 'method';
  readonly name: string;
  readonly class: 'read' | 'write' | 'ddl' | 'admin' | 'unknown' | 'session-control' | 'transaction-control';
}

export function mongodbWords(): MongodbWord[] {
  return lines('mongodb');
}

/** A statement as it is typed in mongosh, what it is to be judged, and whether a read would be wrong. */
export interface MongodbStatement {
  readonly text: string;
  readonly kind: Verdict;
  readonly mustNotBeRead: boolean;
}

export function mongodbStatements(): MongodbStatement[] {
  return lines('mongodb-statements');
}

/**
 * The statements of a file, one per line. `everyday-*` are what runs in production all day and harms nothing, `dangerous-*` what
 * destroys, or touches every row, whatever it is called.
 */
export function statementLines(name: string): string[] {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
    .trim()
    .split('\n');
}

function lines<T>(name: string): T[] {
  const text = readFileSync(join(import.meta.dirname, `${name}.jsonl`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The schema that the statements are about. In MariaDB's, what MySQL does not have says so at the end of its line. */
export function corpusSetup(engine: 'postgres' | 'mariadb' | 'mysql'): string {
  const read = (name: string): string => readFileSync(join(import.meta.dirname, `${name}-setup.sql`), 'utf8');
  return engine === 'mysql'
    ? `${read('mariadb').replace(/^.*# MariaDB$/gm, '')}\n${read('mysql')}`
    : read(engine);
}

/** What the connection would know. `catalogue`: also how volatile the functions of the schema say that they are. */
export function factsOf({ sqlMode, pre }: CorpusStatement, catalogue = false): StatementFacts {
  const strings = pre?.some((text) => /standard_conforming_strings\s*=\s*off/i.test(text));
  return {
    ...(sqlMode === undefined ? {} : { sqlMode }),
    ...(strings ? { standardConformingStrings: 'off' } : {}),
    ...(catalogue ? { volatility: VOLATILITY } : {}),
  };
}

/** As postgres-setup.sql declares them; `liar` lies. */
const VOLATILITY = {
  rfn: 's',
  ifn: 'i',
  liar: 's',
  wfn: 'v',
  'public.wfn': 'v',
  wset: 'v',
  seqfn: 'v',
  setter: 'v',
  dropper: 'v',
  nfn: 'v',
  aggw: 'v',
  dblink_exec: 'v',
  dblink_connect: 'v',
} as const;
