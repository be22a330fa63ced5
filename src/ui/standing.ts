import { type SessionView, sessionOpen } from '../events/views/session-view.ts';
import type { Client } from './client.ts';

/** What stands in the way until a person does something about it. A lost link comes back by itself, and is none. */
export function alarmOf({ denied, health }: Pick<Client, 'denied' | 'health'>): string {
  if (denied !== null) return denied;
  if (health.state !== 'failed') return '';
  return `The tape can't be written (${health.code}), so nothing is sent to a server. Make room in the data folder; it goes on by itself.`;
}

/** Why nothing can be run in a session; empty when it can. */
export function blockedBy(
  client: Pick<Client, 'denied' | 'health' | 'link'>,
  session: SessionView | undefined,
): string {
  const alarm = alarmOf(client);
  if (alarm) return alarm;
  if (client.link !== 'open') return 'The connection to Querytape is lost; retrying.';
  return session && sessionOpen(session.state) ? '' : 'Open the connection first.';
}
