import { sessionLeft } from '../../events/views/session-view.ts';
import type { SendCommand } from '../api/command-request.ts';
import type { CloseGuard } from './close-guard.ts';
import type { PageState } from './page-state.ts';
import type { OrphanRequest } from './qt-orphans.ts';

/** Opens, closes and reconnects sessions. Refusals are shown beside the profile or the session. */
export class SessionActions {
  constructor(
    private readonly state: Pick<
      PageState,
      'views' | 'tabs' | 'failures' | 'profileOf' | 'follow' | 'beginOpening' | 'endOpening'
    >,
    private readonly send: SendCommand,
    private readonly guard: Pick<CloseGuard, 'session'>,
  ) {}

  /** Opens a profile once: while its session lives, only its tab is shown. */
  async open(profileId: string): Promise<void> {
    const { views, failures, tabs } = this.state;
    const session = views.sessions.get(profileId);
    failures.forget(profileId);
    if (!session || sessionLeft(session.state)) {
      this.state.beginOpening(profileId);
      const answer = await this.send({ type: 'session.open', profileId });
      if ('refused' in answer) {
        failures.set(profileId, { ...answer.refused, source: 'client' });
        this.state.endOpening(profileId);
        return;
      }
      this.state.beginOpening(profileId, answer.sessionId ?? null);
    }
    const known = tabs.tabs.find((tab) => tab.profileId === profileId);
    if (tabs.active?.profileId !== profileId) {
      if (known) tabs.show(known.tabId);
      else tabs.open(profileId);
    }
    this.state.follow();
  }

  async close(sessionId: string): Promise<void> {
    const session = [...this.state.views.sessions.values()].find((one) => one.sessionId === sessionId);
    await this.guard.session(sessionId, this.state.profileOf(session?.profileId)?.name ?? 'the connection');
  }

  /** Asks about what a crash left behind, ends it or takes it off the list. */
  async orphan(request: OrphanRequest): Promise<void> {
    const { failures } = this.state;
    failures.forget(request.orphanId);
    const answer = await this.send(request);
    if ('refused' in answer) failures.set(request.orphanId, { ...answer.refused, source: 'client' });
  }

  async reconnect(sessionId: string): Promise<void> {
    const answer = await this.send({ type: 'session.reconnect', sessionId });
    if ('refused' in answer) this.state.failures.set(sessionId, { ...answer.refused, source: 'client' });
  }
}
