import type { Accepted, Refusal } from '../../events/command.ts';
import type { Target } from '../../events/profile.ts';
import { thousands } from '../format/format.ts';

/** What became of a count, in a sentence. It may be other by the time the statement runs. */
export function countText(count: 'running' | Refusal | NonNullable<Accepted['counted']> | null): string {
  if (count === null) return '';
  if (count === 'running') return 'Counting on the server. Cancel stops the count and sends nothing.';
  if ('code' in count) return `No count: ${count.message}`;
  const where = count.inTransaction ? ', including the changes of your open transaction' : '';
  return `It would affect ${thousands(count.rows)} ${count.rows === '1' ? 'row' : 'rows'}, counted just now${where}.`;
}

/** `postgres · shop at db.example:5432 as app`, without what there is none of. */
export function targetText({ host, port, database, user }: Target): string {
  const server = host.startsWith('/') ? `${host} (socket)` : `${host}:${port}`;
  return `${database ? `${database} at ` : ''}${server}${user ? ` as ${user}` : ''}`;
}

/** Time left to answer, in whole seconds as a clock: `1:42`. Never below zero. */
export function timeLeft(expiresAt: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((expiresAt - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Whether what was typed is the name: to the letter, as no near miss may run a statement. */
export function isNamed(typed: string, profileName: string): boolean {
  return typed === profileName;
}
