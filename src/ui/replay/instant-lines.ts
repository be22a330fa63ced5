import type { Instant } from '../../events/replay-view.ts';
import { connectionEnded } from '../../events/views/connection-view.ts';
import { sessionEnded } from '../../events/views/session-view.ts';
import { actorName } from '../format/actor-name.ts';

/** An actor that lives at an instant, in a line. */
interface InstantLine {
  readonly actor: string;
  readonly kind: 'session' | 'connection' | 'query';
  readonly name: string;
  readonly state: string;
  /** What else is to be known of it. */
  readonly detail: string;
}

/** Everything that lives at an instant: sessions with their connections, and the statements on those. */
export function instantLines({ sessions, connections, queries, at }: Instant): InstantLine[] {
  const lines: InstantLine[] = [];
  for (const session of Object.values(sessions)) {
    if (sessionEnded(session.state)) continue;
    const { sessionId, state, engine, environment } = session;
    lines.push({
      actor: sessionId,
      kind: 'session',
      name: actorName('session', sessionId),
      state,
      detail: `${engine}, ${environment}`,
    });
    for (const connection of Object.values(connections)) {
      if (connection.sessionId !== sessionId || connectionEnded(connection.state)) continue;
      const { connectionId, transaction, transactionSince } = connection;
      const since = transactionSince === null ? '' : ` for ${Math.round((at - transactionSince) / 1000)} s`;
      lines.push({
        actor: connectionId,
        kind: 'connection',
        name: actorName('connection', connectionId),
        state: connection.state,
        detail: transaction === 'none' ? '' : `transaction ${transaction}${since}`,
      });
    }
    for (const query of Object.values(queries)) {
      if (query.sessionId !== sessionId || query.outcome !== null) continue;
      lines.push({
        actor: query.queryId,
        kind: 'query',
        name: actorName('query', query.queryId),
        state: query.state,
        detail: query.shape ?? '',
      });
    }
  }
  return lines;
}
