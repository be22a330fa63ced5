import { unwritableTape } from '../../events/unwritable-tape.ts';
import { type SessionView, sessionOpen, sessionOpening } from '../../events/views/session-view.ts';
import type { Client } from '../api/client.ts';
import { timeOfDay } from '../format/timestamp.ts';

/** Why statements cannot run until the user acts. A lost link is not among them: it recovers by itself. */
export function alarmOf({ denied, health }: Pick<Client, 'denied' | 'health'>): string {
  if (denied !== null) return denied;
  return health.state === 'failed' ? unwritableTape(health.code!, 'nothing is sent to a server') : '';
}

/** That the program gives no sign of life, and since when. */
export function silence(heardAt: number): string {
  return `Querytape has not answered since ${timeOfDay(heardAt)}.`;
}

/** What is said of a connection that nothing can be run on. */
export function notOpenText(session: SessionView | undefined): string {
  return session && sessionOpening(session.state)
    ? 'The connection is still opening.'
    : 'Open the connection first.';
}

/**
 * Why nothing can be run in a session; empty when it can, and when what is run waits until the connection is open.
 * `opening`: the user has asked for that.
 */
export function blockedBy(
  client: Pick<Client, 'denied' | 'health' | 'link' | 'heardAt'>,
  session: SessionView | undefined,
  opening = false,
): string {
  const alarm = alarmOf(client);
  if (alarm) return alarm;
  if (client.link === 'silent') return silence(client.heardAt);
  if (client.link !== 'open') return 'The connection to Querytape is lost. Reconnecting…';
  const canRun = session !== undefined && (sessionOpen(session.state) || sessionOpening(session.state));
  return canRun || opening ? '' : notOpenText(session);
}
