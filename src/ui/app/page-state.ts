import type { Environment, Profile } from '../../events/profile.ts';
import { Client } from '../api/client.ts';
import { DraftSync } from '../api/draft-sync.ts';
import { SessionFailures } from '../api/session-failures.ts';
import { SessionStates } from '../api/session-states.ts';
import { SessionCatalogues } from '../catalogue/session-catalogues.ts';
import { environmentOf } from '../selectors/environment.ts';
import { TapeViews } from '../selectors/tape-views.ts';
import type { Tabs } from './tabs.ts';

/**
 * What the page knows: what the client receives, and all that follows from it. Calls `changed` after each
 * change.
 */
export class PageState {
  readonly client = new Client();
  readonly views = new TapeViews();
  readonly drafts: DraftSync;
  readonly tabs: Tabs;
  readonly catalogues: SessionCatalogues;
  readonly failures: SessionFailures;
  readonly states: SessionStates;
  /** Profiles that the user has asked to open and whose session is not on the tape yet; with its id once that is known. */
  private readonly openings = new Map<string, string | null>();

  constructor(private readonly changed: () => void) {
    this.drafts = new DraftSync(this.client, () => this.follow());
    this.tabs = this.drafts.tabs;
    this.catalogues = new SessionCatalogues(this.client, changed);
    this.failures = new SessionFailures(this.client, changed);
    this.states = new SessionStates(this.client, changed);
    this.client.addEventListener('change', () => this.follow());
  }

  profileOf(profileId: string | undefined): Profile | undefined {
    return this.client.profiles.find((one) => one.profileId === profileId);
  }

  /** Whether the user has asked to open a profile, and the tape has no session of that yet. */
  isOpening(profileId: string): boolean {
    return this.openings.has(profileId);
  }

  /** A profile is to be opened; `sessionId` is known once the program has taken that. */
  beginOpening(profileId: string, sessionId: string | null = null): void {
    this.openings.set(profileId, sessionId);
    this.follow();
  }

  /** A profile is not opened after all. */
  endOpening(profileId: string): void {
    this.openings.delete(profileId);
    this.follow();
  }

  /** Of the tab in view, whatever its connection's state; null while no tab is open. */
  get environment(): Environment | null {
    const { active } = this.tabs;
    return environmentOf(this.views.sessionOf(active), this.profileOf(active?.profileId));
  }

  /** Brings everything up to what the client has received, and to the tabs as they are. */
  follow(): void {
    const { client, views, drafts, tabs } = this;
    views.update(client.state, tabs.tabs);
    for (const [profileId, sessionId] of this.openings)
      if (client.link !== 'open' || (sessionId !== null && client.state.sessions[sessionId]))
        this.openings.delete(profileId);
    for (const session of views.sessions.values()) {
      const { sessionId, failure, orphaned } = session;
      const profile = this.profileOf(session.profileId);
      if (session.state === 'ready' && profile) this.catalogues.begin(session, profile);
      // Why its tunnel can't be opened again is more than that it was lost.
      const tunnel = views.tunnels.get(sessionId);
      const last = tunnel?.state === 'failed' ? (tunnel.failure ?? failure) : failure;
      if (session.state === 'ready') this.failures.forget(sessionId);
      else if (last && !orphaned) void this.failures.learn(sessionId, last.code);
    }
    for (const { actorId, failure } of views.orphans)
      if (actorId !== null && failure) void this.failures.learn(actorId, failure.code);
    this.catalogues.end(client.state.sessions);
    this.catalogues.follow(client.state.queries);
    this.states.look(client.state);
    drafts.look();
    if (drafts.asked && tabs.tabs.length === 0) {
      const ready = [...views.sessions.values()].find((session) => session.state === 'ready');
      if (ready) tabs.open(ready.profileId);
    }
    this.changed();
  }
}
