import type { HeldState } from '../../events/session-state.ts';
import type { StateKind } from '../../events/state-kind.ts';
import { commandWord, withoutComments } from './command-word.ts';

const NAME = '(`(?:[^`]|``)+`|[\\w$\\u0080-\\uffff]+)';
const TEMPORARY = new RegExp(
  `\\btemporary\\s+(?:table|sequence)\\s+(?:if\\s+not\\s+exists\\s+)?(?:${NAME}\\s*\\.\\s*)?${NAME}`,
  'i',
);
const DROPPED = /\bdrop\s+(?:temporary\s+)?tables?\s+(?:if\s+exists\s+)?(.*)$/is;
const PREPARED = new RegExp(`^\\s*prepare\\s+${NAME}`, 'i');
const DEALLOCATED = new RegExp(`\\bprepare\\s+${NAME}\\s*$`, 'i');

/** Statements that are read to their end. All others may be as long as their rows. */
const SHORT = /^(?:CREATE|ALTER|DROP|PREPARE|DEALLOCATE|LOCK|FLUSH)\b/;

/** Locks by the words of their statements. */
const LOCK_TABLES = 'LOCK TABLES';
const READ_LOCK = 'FLUSH TABLES';
const GET_LOCK = 'GET_LOCK';
const BACKUP = 'BACKUP';

/**
 * What a connection holds and its server does not list to everyone: temporary tables, prepared statements, locks and HANDLERs, as
 * derived from the statements that completed. What was there may have gone with a later statement; it is named then all the same.
 */
export class HeldByText {
  private readonly names: Readonly<
    Record<'temporaryTables' | 'preparedStatements' | 'locks' | 'cursors', Set<string>>
  > = { temporaryTables: new Set(), preparedStatements: new Set(), locks: new Set(), cursors: new Set() };

  get held(): HeldState[] {
    return Object.entries(this.names).flatMap(([kind, names]) =>
      names.size === 0
        ? []
        : [
            {
              kind: kind as StateKind,
              names: [...names],
              ...(names.has(LOCK_TABLES) ? { releasedByBegin: true as const } : {}),
            },
          ],
    );
  }

  /** Takes note of a statement that completed. */
  ran(text: string): void {
    const { temporaryTables, preparedStatements, locks, cursors } = this.names;
    const word = commandWord(text);
    const plain = SHORT.test(word) ? withoutComments(text) : text;
    const temporary = TEMPORARY.exec(plain);
    if (/^(?:CREATE|ALTER)\b/.test(word) && temporary) temporaryTables.add(bare(temporary[2]!));
    if (word === 'DROP TABLE')
      for (const name of (DROPPED.exec(plain)?.[1] ?? '').split(',')) temporaryTables.delete(bare(name));
    const prepared = word === 'PREPARE' ? PREPARED.exec(plain) : null;
    if (prepared) preparedStatements.add(bare(prepared[1]!));
    const deallocated = /^(?:DEALLOCATE|DROP)$/.test(word) ? DEALLOCATED.exec(plain) : null;
    if (deallocated) preparedStatements.delete(bare(deallocated[1]!));
    if (word === 'HANDLER') cursors.add('HANDLER');
    if (word === 'BACKUP') locks.add(BACKUP);
    if (word === 'LOCK TABLE') locks.add(/\binstance\b/i.test(plain) ? BACKUP : LOCK_TABLES);
    if (word === 'FLUSH' && /\b(?:with\s+read\s+lock|for\s+export)\b/i.test(plain)) locks.add(READ_LOCK);
    if (word === 'UNLOCK TABLE') for (const one of [LOCK_TABLES, READ_LOCK, BACKUP]) locks.delete(one);
    // Beginning a transaction releases what LOCK TABLES locked (manual, "LOCK TABLES and UNLOCK TABLES").
    if (word === 'START TRANSACTION' || word === 'BEGIN') locks.delete(LOCK_TABLES);
    if (/\bget_lock\s*\(/i.test(plain)) locks.add(GET_LOCK);
    if (/\brelease_all_locks\s*\(/i.test(plain)) locks.delete(GET_LOCK);
  }
}

/** The name's last part, without its quotes. */
function bare(name: string): string {
  const [, last = ''] = new RegExp(`${NAME}\\s*(?:restrict|cascade)?\\s*$`, 'i').exec(name.trim()) ?? [];
  return last.replace(/^`|`$/g, '').replaceAll('``', '`');
}
