import type { Engine } from '../engines/engine-name.ts';
import { knownDescriptorOf } from '../engines/index.ts';
import type { Failure } from '../failure.ts';
import type { Outcome } from '../query.ts';
import type { ReadEnvelope } from '../upcast.ts';
import type { QueryView } from '../views/query-view.ts';
import type { State } from '../views/state.ts';
import type { LogValue } from './log-entry.ts';

/**
 * Longest `db.query.summary` in UTF-16 units; OpenTelemetry's semantic conventions for database spans cut it there
 * (https://opentelemetry.io/docs/specs/semconv/database/database-spans/).
 */
export const SUMMARY_UNITS_MAX = 255;

/** Fields while they are put together; undefined ones are left out. */
type Fields = Record<string, LogValue | null | undefined>;

/** The fields that have a value. */
export function known(fields: Fields): Record<string, LogValue> {
  const all: Record<string, LogValue> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== null && value !== undefined) all[name] = value;
  }
  return all;
}

/**
 * A failure by its code. `error.type` is any code, `db.response.status_code` the server's own: its SQLSTATE or number.
 */
export function failureFields({ code, source }: Failure): Fields {
  return {
    'error.type': code,
    'querytape.failure.source': source,
    'db.response.status_code': source === 'server' ? code : undefined,
  };
}

/** How a statement ended, under the semantic conventions' names; what they have no name for is the product's. */
export function queryFields(query: QueryView, outcome: Outcome | null = query.outcome): Fields {
  const { failure, refusedCode, command, shape, cancel } = query;
  return {
    'db.operation.name': command,
    'db.query.summary': shape === null ? undefined : shape.slice(0, SUMMARY_UNITS_MAX),
    'db.response.returned_rows': query.columns > 0 ? query.rows : undefined,
    'querytape.outcome': outcome,
    'querytape.purpose': query.purpose,
    'querytape.fingerprint': query.fingerprint,
    'querytape.rows_affected': query.columns > 0 ? undefined : query.rowsAffected,
    'querytape.result.bytes': query.columns > 0 ? query.bytes : undefined,
    'querytape.result.cut': query.cut,
    'querytape.server_ms': query.serverMs,
    'querytape.first_row_ms': query.firstRowMs,
    'querytape.cancel.reason': cancel?.reason,
    'querytape.cancel.confirmed_ms': cancel?.confirmedAfterMs,
    ...(failure ? failureFields(failure) : {}),
    ...(refusedCode === null ? {} : { 'error.type': refusedCode, 'querytape.failure.source': 'client' }),
  };
}

/** What a session is open to. */
export function sessionFields({ sessions }: Pick<State, 'sessions'>, sessionId: string | undefined): Fields {
  const session = sessionId === undefined ? undefined : sessions[sessionId];
  if (!session) return { 'querytape.session.id': sessionId };
  return {
    'querytape.session.id': sessionId,
    'querytape.profile.id': session.profileId,
    'db.system.name': systemName(session.engine),
    'deployment.environment.name': session.environment,
  };
}

/** The semantic conventions' name of an engine, which is the scheme of its connection URLs; its own where that is not known. */
export function systemName(engine: Engine): string {
  return knownDescriptorOf(engine)?.address.schemes[0] ?? engine;
}

/** An id that an event carries under this name, wherever it stands in it. */
function carried(event: ReadEnvelope['event'], name: string): string | undefined {
  const own = (event as unknown as Record<string, unknown>)[name];
  if (typeof own === 'string') return own;
  if (!('input' in event)) return undefined;
  const given = (event.input as unknown as Record<string, unknown>)[name];
  return typeof given === 'string' ? given : undefined;
}

/** Which actors a record is about: the session, tab, connection, statement and command, as far as they are known. */
export function actorFields({ actor, kind, event }: ReadEnvelope, views: State): Fields {
  const queryId = kind === 'query' ? actor : carried(event, 'queryId');
  const query = queryId === undefined ? undefined : views.queries[queryId];
  const connectionId =
    kind === 'connection' ? actor : (carried(event, 'connectionId') ?? query?.connectionId);
  const connection = connectionId === undefined ? undefined : views.connections[connectionId];
  const tunnelId = kind === 'tunnel' ? actor : carried(event, 'tunnelId');
  const tunnel = tunnelId === undefined ? undefined : views.tunnels[tunnelId];
  const sessionId =
    kind === 'session'
      ? actor
      : (carried(event, 'sessionId') ??
        query?.sessionId ??
        connection?.sessionId ??
        tunnel?.sessionId ??
        undefined);
  return {
    ...sessionFields(views, sessionId),
    'querytape.tab.id': carried(event, 'tabId') ?? query?.tabId ?? connection?.tabId,
    'querytape.connection.id': connectionId,
    'querytape.query.id': queryId,
    'querytape.tunnel.id': tunnelId,
    'querytape.script.id': kind === 'script' ? actor : (carried(event, 'scriptId') ?? query?.scriptId),
    'querytape.command.id': carried(event, 'commandId'),
  };
}
