import { firstWords } from './command-word.ts';

/** What SET TRANSACTION set for the next transaction alone; the name of its setting, and how MySQL reports it. */
export const NEXT_TRANSACTION = 'SET TRANSACTION';
export const CHARACTERISTICS =
  /^(?:\s*SET TRANSACTION (?:ISOLATION LEVEL (?:READ UNCOMMITTED|READ COMMITTED|REPEATABLE READ|SERIALIZABLE)|READ ONLY|READ WRITE);)+$/;

const SETS = /^SET TRANSACTION (?=ISOLATION|READ)/;
const LEVEL = /ISOLATION LEVEL (?:READ UNCOMMITTED|READ COMMITTED|REPEATABLE READ|SERIALIZABLE)/;
const ACCESS = /READ (?:ONLY|WRITE)/;
/** They begin no transaction. SET STATEMENT is the statement behind its FOR. */
const BEGINS_NONE = /^(?:SET(?! STATEMENT\b)|USE)\b/;

/**
 * What is set for the next transaction after a statement that ended, in MySQL's words, from the texts alone, as MariaDB does not report it.
 * A statement that reads no table leaves it there, too; it counts as taken, as only the server knows which one reads.
 */
export function setForNext(text: string, hasCompleted: boolean, before: string): string {
  const words = firstWords(text).join(' ');
  if (!BEGINS_NONE.test(words)) return '';
  if (!hasCompleted || !SETS.test(words)) return before;
  return [LEVEL, ACCESS]
    .map((part) => part.exec(words) ?? part.exec(before))
    .map((part) => (part ? `${NEXT_TRANSACTION} ${part[0]};` : ''))
    .filter(Boolean)
    .join(' ');
}
