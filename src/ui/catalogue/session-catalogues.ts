import { descriptorOf } from '../../events/engines/index.ts';
import type { Profile } from '../../events/profile.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import { type SessionView, sessionEnded } from '../../events/views/session-view.ts';
import type { Client } from '../api/client.ts';
import type { CompletionNames, Learning } from '../editor/completion-names.ts';
import { Catalogue } from './catalogue.ts';

const NO_NAMES: CompletionNames = {};

/** A script changes many definitions; the catalogue is read once they are through. */
const FOLLOW_DELAY_MS = 300;

/** The catalogue of each session that is open. */
export class SessionCatalogues {
  readonly bySession = new Map<string, Catalogue>();
  /** Changes whenever a catalogue has. */
  revision = 0;
  /** Until when the changed definitions of a session are known of; milliseconds since 1970 UTC. */
  private readonly followed = new Map<string, number>();
  /** Sessions with changed definitions that may not be committed. */
  private readonly uncommitted = new Set<string>();
  /** By session, which collection a write makes where it is not there; of engines where that is so. */
  private readonly made = new Map<string, (text: string) => string | null>();
  private readonly due = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly client: Client,
    private readonly tell: () => void,
  ) {}

  /** Begins to read a session's catalogue, once. */
  begin({ sessionId, engine }: SessionView, { target }: Profile): void {
    if (this.bySession.has(sessionId)) return;
    const { words, homeNamespace, documents } = descriptorOf(engine);
    if (documents) this.made.set(sessionId, documents.written);
    const changed = (): void => {
      this.revision++;
      this.tell();
    };
    const home = homeNamespace || target.database;
    const catalogue = new Catalogue(
      (request) => this.client.catalogue(sessionId, request),
      changed,
      home,
      words,
    );
    this.bySession.set(sessionId, catalogue);
    this.followed.set(sessionId, Date.now());
    void catalogue.start();
  }

  /** Forgets the catalogues of sessions that have ended, and reads them no more. */
  end(sessions: Readonly<Record<string, SessionView>>): void {
    for (const sessionId of this.bySession.keys()) {
      const session = sessions[sessionId];
      if (session && !sessionEnded(session.state)) continue;
      clearTimeout(this.due.get(sessionId));
      for (const known of [this.bySession, this.followed, this.uncommitted, this.made, this.due])
        known.delete(sessionId);
      this.revision++;
    }
  }

  /**
   * Reads a session's catalogue again once a statement in it has changed a definition or, where a write makes its collection, may have
   * written to one that is not known; and again at the next commit: before that no other connection may see it.
   */
  follow(queries: Readonly<Record<string, QueryView>>): void {
    for (const { queryId, sessionId, verdict, command, outcome, endedAt } of Object.values(queries)) {
      const since = this.followed.get(sessionId);
      if (since === undefined || outcome !== 'succeeded' || endedAt === null || endedAt <= since) continue;
      const committed = command === 'COMMIT' && this.uncommitted.delete(sessionId);
      const mayMake = verdict === 'write' && this.made.has(sessionId);
      if (verdict === 'ddl') this.uncommitted.add(sessionId);
      else if (!committed && !mayMake) continue;
      this.followed.set(sessionId, endedAt);
      if (mayMake) void this.look(sessionId, queryId);
      else this.refreshSoon(sessionId);
    }
  }

  /** Reads the catalogue again unless a statement has written to a collection that is known. */
  private async look(sessionId: string, queryId: string): Promise<void> {
    const words = await this.client.query(queryId).catch(() => null);
    const name = this.made.get(sessionId)?.(words?.text ?? '');
    const known = this.bySession.get(sessionId)?.collections() ?? [];
    if (name && known.some((one) => one.name === name)) return;
    this.uncommitted.add(sessionId);
    this.refreshSoon(sessionId);
  }

  private refreshSoon(sessionId: string): void {
    clearTimeout(this.due.get(sessionId));
    const refresh = (): void => void this.bySession.get(sessionId)?.refresh('quietly');
    this.due.set(sessionId, setTimeout(refresh, FOLLOW_DELAY_MS));
  }

  /**
   * What an editor of a session can complete in a statement, where names of `namespace` need none; undefined is
   * the session's own.
   */
  async learn(
    session: SessionView | undefined,
    namespace: string | undefined,
    { text, places }: Learning,
  ): Promise<CompletionNames> {
    return (session && this.bySession.get(session.sessionId)?.learn(text, places, namespace)) ?? NO_NAMES;
  }
}
