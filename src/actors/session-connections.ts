import type { ConnectionEvent } from '../events/connection.ts';
import type { TabFact } from '../events/tab.ts';
import type { QueryEvent } from './query-setup.ts';
import { connectionFor, isFree, nextConnection, ownerOf, tabActor, without } from './session-context.ts';
import { sessionSetup } from './session-setup.ts';
import { tell } from './tell.ts';

/** What a session does with its connections and with the tabs that own them. */
export const connectionActions = {
  openCatalogueConnection: sessionSetup.enqueueActions(({ enqueue, context }) => {
    const { sessionId, profileId, engine, connectTimeoutMs, readOnly, made } = context;
    const { connectionId, changes } = nextConnection(context, null);
    enqueue.assign({ ...changes, catalogueId: connectionId, catalogueUsed: made === 0 });
    const ofCatalogue = { purpose: 'catalogue', tabId: null } as const;
    const input = {
      connectionId,
      sessionId,
      profileId,
      engine,
      ...ofCatalogue,
      connectTimeoutMs,
      readOnly,
    };
    enqueue.spawnChild('connection', { id: connectionId, systemId: connectionId, input });
  }),
  /** A tab's statement finds its tab with a connection. */
  connectTab: sessionSetup.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'query.submit' || event.input.tabId === null) return;
    const { tabId } = event.input;
    if (connectionFor(context, tabId) !== null) return;
    const { connectionId, changes } = nextConnection(context, tabId);
    const existing = tabActor(context, tabId);
    const actorId = existing ?? `${context.sessionId}.t${context.tabsMade + 1}`;
    const tabs = { ...context.tabs, [actorId]: { tabId, connectionId, isRetired: false } };
    enqueue.assign({ ...changes, tabs, tabsMade: context.tabsMade + (existing === null ? 1 : 0) });
    if (existing !== null) return enqueue.sendTo(actorId, { type: 'tab.connect', connectionId });
    const { sessionId, profileId, engine, connectTimeoutMs, readOnly } = context;
    const input = {
      actorId,
      tabId,
      sessionId,
      profileId,
      engine,
      connectTimeoutMs,
      readOnly,
      connectionId,
    };
    enqueue.spawnChild('tab', { id: actorId, systemId: actorId, input });
  }),
  openConnection: sessionSetup.assign(({ context, event }) => {
    if (event.type !== 'session.connectionOpened') return {};
    const { connectionId, flavour, version, capabilities } = event;
    const connection = context.connections[connectionId];
    return {
      server: context.server ?? { flavour, version, capabilities },
      connections: connection
        ? { ...context.connections, [connectionId]: { ...connection, isOpen: true } }
        : context.connections,
    };
  }),
  forgetConnection: sessionSetup.enqueueActions((args) => {
    const { enqueue, context, event } = args;
    if (event.type !== 'session.connectionLost' && event.type !== 'session.connectionClosed') return;
    const { connectionId } = event;
    enqueue.assign({
      connections: without(context.connections, connectionId),
      catalogueId: context.catalogueId === connectionId ? null : context.catalogueId,
    });
    const owner = ownerOf(context, connectionId);
    if (owner === null) return enqueue.stopChild(connectionId);
    const tabs = { ...context.tabs, [owner]: { ...context.tabs[owner]!, connectionId: null } };
    enqueue.assign({ tabs });
    if (event.type === 'session.connectionClosed')
      return tell<TabFact>(args, owner, { type: 'tab.connectionClosed', connectionId });
    const { type: _, tabId: __, ...loss } = event;
    tell<TabFact>(args, owner, { type: 'tab.connectionLost', ...loss });
  }),
  acknowledgeLoss: sessionSetup.enqueueActions((args) => {
    if (args.event.type !== 'transaction.lossSeen') return;
    tell<TabFact>(args, tabActor(args.context, args.event.tabId), { type: 'tab.lossSeen' });
  }),
  retireTab: sessionSetup.enqueueActions((args) => {
    const { enqueue, context, event } = args;
    if (event.type !== 'tab.close') return;
    const actorId = tabActor(context, event.tabId);
    if (actorId === null) return;
    const tab = context.tabs[actorId]!;
    const { connectionId } = tab;
    enqueue.assign({ tabs: { ...context.tabs, [actorId]: { ...tab, isRetired: true } } });
    const isUnused = connectionId === null || isFree(context, connectionId);
    tell<TabFact>(args, actorId, { type: 'tab.retired', ...(isUnused ? { unused: true } : {}) });
    for (const [queryId, query] of Object.entries(context.queries))
      if (query.connectionId === connectionId)
        tell<QueryEvent>(args, queryId, { type: 'query.cancel', reason: 'tabClosed' });
  }),
  forgetTab: sessionSetup.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'tab.closed') return;
    enqueue.assign({ tabs: without(context.tabs, event.actorId) });
    enqueue.stopChild(event.actorId);
  }),
  closeConnections: sessionSetup.enqueueActions((args) => {
    const { catalogueId, tabs } = args.context;
    tell<ConnectionEvent>(args, catalogueId, { type: 'connection.close' });
    for (const actorId of Object.keys(tabs))
      tell<TabFact>(args, actorId, { type: 'tab.retired', unused: true });
  }),
};
