import { unwritableTape } from '../../events/unwritable-tape.ts';
import { type SessionView, sessionOpen } from '../../events/views/session-view.ts';
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

/** Why nothing can be run in a session; empty when it can. */
export function blockedBy(
  client: Pick<Client, 'denied' | 'health' | 'link' | 'heardAt'>,
  session: SessionView | undefined,
): string {
  const alarm = alarmOf(client);
  if (alarm) return alarm;
  if (client.link === 'silent') return silence(client.heardAt);
  if (client.link !== 'open') return 'The connection to Querytape is lost. Reconnecting…';
  return session && sessionOpen(session.state) ? '' : 'Open the connection first.';
}
