import type { ConnectionEvent } from '../events/connection.ts';
import type { QueryInput } from '../events/query.ts';
import type { ScriptFact } from '../events/script.ts';
import type { TabFact } from '../events/tab.ts';
import type { QueryEvent } from './query-setup.ts';
import { grant, hasFreeSlot, isFreeNow } from './schedule.ts';
import {
  connectionFor,
  isFree,
  leased,
  ofSession,
  ownerOf,
  sessionQuery,
  tabActor,
  without,
} from './session-context.ts';
import { sessionSetup } from './session-setup.ts';
import { tell } from './tell.ts';

/** What a session does with its statements: it makes a query of each, grants leases and slots, and reports to queries and scripts. */
export const queryActions = {
  submit: sessionSetup.enqueueActions((args) => {
    const { enqueue, context, event } = args;
    if (event.type !== 'query.submit') return;
    const { input, idleRollback } = event;
    const { queryId, tabId, concurrentQueriesMax } = input;
    const connectionId = connectionFor(context, tabId);
    if (connectionId === null) return;
    if (tabId === null) enqueue.assign({ catalogueUsed: true });
    const rollsBack = idleRollback && tabId !== null ? tabActor(context, tabId) : null;
    if (rollsBack !== null) tell<TabFact>(args, rollsBack, { type: 'tab.rollbackStarted', queryId });
    const query = sessionQuery(input, connectionId, rollsBack);
    const before = { ...context, concurrentQueriesMax };
    const granted = isFreeNow(before, connectionId);
    const slot = granted && query.needsSlot && hasFreeSlot(before);
    enqueue.assign({
      concurrentQueriesMax,
      queries: { ...context.queries, [queryId]: query },
      ...(granted
        ? { connections: leased(context.connections, connectionId, queryId) }
        : { waitingForLease: [...context.waitingForLease, queryId] }),
      ...(slot ? { slots: [...context.slots, queryId] } : {}),
    });
    if (granted) tell<ConnectionEvent>(args, connectionId, { type: 'connection.leased', queryId });
    const full: QueryInput = {
      ...input,
      ...ofSession(context),
      connectionId,
      ...(granted ? { granted } : {}),
      ...(slot ? { slot } : {}),
    };
    enqueue.spawnChild('query', { id: queryId, systemId: queryId, input: full });
  }),
  leaveOut: sessionSetup.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'query.submit') return;
    const { input } = event;
    const { queryId } = input;
    // It ends before any connection is asked for, so it may name one that is closed.
    const connectionId = connectionFor(context, input.tabId) ?? `${context.sessionId}.c${context.made}`;
    enqueue.assign({ queries: { ...context.queries, [queryId]: sessionQuery(input, connectionId) } });
    const full: QueryInput = { ...input, ...ofSession(context), connectionId };
    enqueue.spawnChild('query', { id: queryId, systemId: queryId, input: full });
    enqueue.sendTo(queryId, { type: 'query.cancel', reason: 'scriptStopped' });
  }),
  requestSlot: sessionSetup.assign(({ context, event }) => {
    if (event.type !== 'query.slotRequested') return {};
    return { waitingForSlot: [...context.waitingForSlot, event.queryId] };
  }),
  returnSlot: sessionSetup.assign(({ context, event }) => {
    if (event.type !== 'query.slotReturned') return {};
    return { slots: context.slots.filter((id) => id !== event.queryId) };
  }),
  /** Grants connections and slots to those that wait for them. */
  schedule: sessionSetup.enqueueActions((args) => {
    const { granted, grants } = grant(args.context);
    if (grants.length === 0) return;
    args.enqueue.assign(granted);
    for (const one of grants) {
      const { queryId } = one;
      if (one.grant === 'slot') tell<QueryEvent>(args, queryId, { type: 'query.slotGranted' });
      else {
        tell<ConnectionEvent>(args, one.connectionId, { type: 'connection.leased', queryId });
        const slot = one.withSlot ? { slot: true as const } : {};
        tell<QueryEvent>(args, queryId, { type: 'query.granted', ...slot });
      }
    }
  }),
  endIdleRollback: sessionSetup.enqueueActions((args) => {
    const { context, event } = args;
    if (event.type !== 'query.ended') return;
    const { queryId, outcome } = event;
    tell<TabFact>(args, context.queries[queryId]?.rollsBack ?? null, {
      type: 'tab.rollbackEnded',
      queryId,
      outcome,
    });
  }),
  forgetQuery: sessionSetup.enqueueActions((args) => {
    const { enqueue, context, event } = args;
    if (event.type !== 'query.ended') return;
    const { queryId, waited } = event;
    const { connectionId } = context.queries[queryId] ?? {};
    const others = (id: string): boolean => id !== queryId;
    const connection = connectionId === undefined ? undefined : context.connections[connectionId];
    const hadLease = connection?.leasedTo === queryId;
    enqueue.assign({
      queries: without(context.queries, queryId),
      waitingForLease: context.waitingForLease.filter(others),
      slots: context.slots.filter(others),
      waitingForSlot: context.waitingForSlot.filter(others),
      ...(hadLease
        ? { connections: { ...context.connections, [connectionId!]: { ...connection, leasedTo: null } } }
        : {}),
    });
    // It ended as its lease was on the way to it, and so has not released it.
    if (hadLease && waited)
      tell<ConnectionEvent>(args, connectionId!, { type: 'connection.released', queryId, usable: true });
    enqueue.stopChild(queryId);
    const owner = connectionId === undefined ? null : ownerOf(context, connectionId);
    if (owner !== null && context.tabs[owner]!.isRetired && isFree(context, connectionId!, queryId))
      tell<TabFact>(args, owner, { type: 'tab.unused' });
  }),
  // Invariant C3.
  reportLossToQueries: sessionSetup.enqueueActions((args) => {
    const { context, event } = args;
    if (event.type !== 'session.connectionLost') return;
    for (const [queryId, { connectionId }] of Object.entries(context.queries))
      if (connectionId === event.connectionId)
        tell<QueryEvent>(args, queryId, { type: 'connection.lost', failure: event.failure });
  }),
  cancelQueries: sessionSetup.enqueueActions((args) => {
    for (const queryId of Object.keys(args.context.queries))
      tell<QueryEvent>(args, queryId, { type: 'query.cancel', reason: 'sessionClosed' });
  }),
  abandonQueries: sessionSetup.enqueueActions((args) => {
    for (const scriptId of args.context.scripts)
      tell<ScriptFact>(args, scriptId, { type: 'script.abandoned' });
    for (const queryId of Object.keys(args.context.queries))
      tell<QueryEvent>(args, queryId, { type: 'query.abandoned', failure: CLOSE_TOO_LONG });
  }),
  /** The first statement of several comes with their number. */
  openScript: sessionSetup.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'query.submit' || event.scriptStatements === undefined) return;
    const { scriptStatements: statements } = event;
    const { scriptId, goOnAfterError } = event.input;
    const { sessionId, scripts } = context;
    enqueue.assign({ scripts: [...scripts, scriptId] });
    const input = { scriptId, sessionId, statements, goOnAfterError };
    enqueue.spawnChild('script', { id: scriptId, systemId: scriptId, input });
  }),
  /** The script says which of its statements are not to run. */
  stopQueries: sessionSetup.enqueueActions((args) => {
    const { context, event } = args;
    if (event.type !== 'script.stopped') return;
    const { scriptId, from, until = Number.POSITIVE_INFINITY } = event;
    for (const [id, query] of Object.entries(context.queries))
      if (query.scriptId === scriptId && query.scriptIndex >= from && query.scriptIndex < until)
        tell<QueryEvent>(args, id, { type: 'query.cancel', reason: 'scriptStopped' });
  }),
  forgetScript: sessionSetup.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'script.ended') return;
    enqueue.assign({ scripts: context.scripts.filter((id) => id !== event.scriptId) });
    enqueue.stopChild(event.scriptId);
  }),
};

/** The session was closed, and a statement had no end within SESSION_CLOSE_TIMEOUT_MS. */
const CLOSE_TOO_LONG = { code: 'session.closeTimeout', source: 'client' } as const;
