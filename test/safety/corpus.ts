import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementFacts } from '../../src/events/judgement.ts';

/** A statement that was run on real servers, and what came of it. */
export interface CorpusStatement {
  readonly sql: string;
  /** What a person takes it for. */
  readonly kind: string;
  /** To admit it where only reading is allowed would be wrong. */
  readonly mustNotBeRead: boolean;
  readonly sqlMode?: string;
  /** Run before it in the session. */
  readonly pre?: readonly string[];
  /** No parser can know what it does; only the server can stop it. */
  readonly parserInvisible?: boolean;
}

export function corpus(engine: 'postgres' | 'mariadb'): CorpusStatement[] {
  const text = readFileSync(join(import.meta.dirname, `${engine}.jsonl`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The schema that the statements are about. */
export function corpusSetup(engine: 'postgres' | 'mariadb'): string {
  return readFileSync(join(import.meta.dirname, `${engine}-setup.sql`), 'utf8');
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
