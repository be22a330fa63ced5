import type { Profile } from '../../events/profile.ts';
import type { ConnectionView } from '../../events/views/connection-view.ts';
import type { OrphanView } from '../../events/views/orphan-view.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { SessionView } from '../../events/views/session-view.ts';
import type { State } from '../../events/views/state.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import type { Tab } from '../app/tabs.ts';
import { connectedSessions, currentSessions, tabConnections } from './current-sessions.ts';
import { activeQueries, currentOf, latestScripts, stable } from './latest-script.ts';
import { transactionMark } from './transactions.ts';
import { latestTunnels, type TunnelMark, tunnelMark } from './tunnel-text.ts';

/** What is said of a transaction in the label of its tab. */
type TransactionMark = NonNullable<ReturnType<typeof transactionMark>>;

const NO_QUERIES: readonly QueryView[] = [];

/**
 * What the page derives from the tape's views, by profile and by tab. What did not change stays the same
 * object.
 */
export class TapeViews {
  /** The latest session of each profile. */
  sessions: ReadonlyMap<string, SessionView> = new Map();
  /** The latest tunnel of each session that has one, by session id. */
  tunnels: ReadonlyMap<string, TunnelView> = new Map();
  /** The sessions that have a connection, by id. One that is ready has none once the server has closed all of them while they were idle. */
  connected: readonly string[] = [];
  /** What earlier runs left on servers, newest first. */
  orphans: readonly OrphanView[] = [];
  private scripts: ReadonlyMap<string, readonly QueryView[]> = new Map();
  private steps: ReadonlyMap<string, readonly QueryView[]> = new Map();
  private activeQueries: ReadonlyMap<string, QueryView> = new Map();
  private connections: ReadonlyMap<string, ConnectionView> = new Map();

  /** @param shown the page's own tabs */
  update({ sessions, queries, connections, orphans, tunnels }: State, shown: readonly Tab[]): void {
    this.sessions = currentSessions(sessions, this.sessions);
    this.scripts = latestScripts(queries, this.scripts, shown);
    this.steps = latestScripts(queries, this.steps, shown, 'transaction');
    this.activeQueries = activeQueries(queries);
    this.connections = tabConnections(connections);
    this.connected = stable(this.connected, connectedSessions(connections));
    this.tunnels = latestTunnels(tunnels, this.tunnels);
    this.orphans = stable(this.orphans, Object.values(orphans).reverse());
  }

  sessionOf(tab: Tab | undefined): SessionView | undefined {
    return tab && this.sessions.get(tab.profileId);
  }

  /** The queries of a tab's latest script. */
  scriptOf({ tabId }: Tab): readonly QueryView[] {
    return this.scripts.get(tabId) ?? NO_QUERIES;
  }

  /** The latest step of a tab's transaction. */
  stepsOf({ tabId }: Tab): readonly QueryView[] {
    return this.steps.get(tabId) ?? NO_QUERIES;
  }

  /** What runs or waits in a tab's connection, a read of the catalogue apart. */
  activeQueryOf({ tabId }: Tab): QueryView | undefined {
    return this.activeQueries.get(tabId);
  }

  /** The connection of a tab in the session that it has now. */
  connectionOf(tab: Tab): ConnectionView | undefined {
    const own = this.connections.get(tab.tabId);
    return own?.sessionId === this.sessionOf(tab)?.sessionId ? own : undefined;
  }

  /** The query that each tab speaks of. */
  latest(): ReadonlyMap<string, QueryView> {
    const latest = new Map([...this.scripts].map(([tabId, script]) => [tabId, currentOf(script)!]));
    for (const [tabId, query] of this.activeQueries) latest.set(tabId, query);
    return latest;
  }

  /** What is said of the tunnels that sessions go through in the labels of their tabs. */
  tunnelMarks(
    tabs: readonly Tab[],
    profileOf: (profileId: string) => Profile | undefined,
  ): ReadonlyMap<string, TunnelMark> {
    const marks = new Map<string, TunnelMark>();
    for (const tab of tabs) {
      const session = this.sessionOf(tab);
      const tunnel = this.tunnels.get(session?.sessionId ?? '');
      const mark = tunnelMark(profileOf(tab.profileId)?.tunnel, session, tunnel);
      if (mark) marks.set(tab.tabId, mark);
    }
    return marks;
  }

  /** What is said of transactions in the labels of their tabs. */
  marks(tabs: readonly Tab[]): ReadonlyMap<string, TransactionMark> {
    const marks = new Map<string, TransactionMark>();
    for (const tab of tabs) {
      const lost = this.sessionOf(tab)?.interrupted.includes(tab.tabId) ?? false;
      const mark = transactionMark(this.connectionOf(tab), lost);
      if (mark) marks.set(tab.tabId, mark);
    }
    return marks;
  }
}
