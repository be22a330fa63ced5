import { randomUUID } from 'node:crypto';

const PREFIXES = {
  run: 'run',
  session: 'ses',
  query: 'qry',
  script: 'scr',
  command: 'cmd',
  prompt: 'prm',
  challenge: 'chg',
  test: 'tst',
  orphan: 'orp',
  profile: 'prf',
  import: 'imp',
  replay: 'rpl',
} as const;

/** Random hexadecimal digits of an id: 80 bits. */
const DIGITS = 20;

/** Makes an id that is unique over all runs: a prefix for what it names, and random digits. */
export function newId(kind: keyof typeof PREFIXES): string {
  return `${PREFIXES[kind]}-${randomUUID().replaceAll('-', '').slice(0, DIGITS)}`;
}
