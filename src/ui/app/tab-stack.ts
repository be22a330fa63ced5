import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Profile } from '../../events/profile.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { Client } from '../api/client.ts';
import type { DraftSync } from '../api/draft-sync.ts';
import type { SessionCatalogues } from '../catalogue/session-catalogues.ts';
import type { Question } from '../controls/qt-confirm.ts';
import '../query/qt-query-tab.ts';
import './qt-tabs.ts';
import type { SessionFailures } from '../api/session-failures.ts';
import { namespaceOf, type SessionStates } from '../api/session-states.ts';
import { alarmOf, blockedBy } from '../selectors/availability.ts';
import { connectionOf } from '../selectors/latest-sessions.ts';
import type { TapeViews } from '../selectors/tape-views.ts';
import type { TabChange, Tabs } from './tabs.ts';

/** What the tabs need of the page. */
export interface TabPage {
  readonly client: Client;
  readonly views: TapeViews;
  readonly catalogues: SessionCatalogues;
  readonly failures: SessionFailures;
  readonly states: SessionStates;
  readonly drafts: Pick<DraftSync, 'problem' | 'elsewhere'>;
  readonly tabs: Tabs;
  readonly asks: <T extends string>(question: Question<T>) => Promise<T>;
  profileOf(profileId: string | undefined): Profile | undefined;
  openAndType(profileId: string): Promise<void>;
  newTab(): void;
  showTab(tabId: string): void;
  changeTab(tabId: string, changes: TabChange): void;
  closeTab(tabId: string): void;
}

/** The row of tabs, and what is in them; all but the one in view are hidden. `latest` are the queries that they speak of. */
export function tabStack(page: TabPage, latest: ReadonlyMap<string, QueryView>) {
  const { client, tabs, views } = page;
  return html`<qt-tabs
      .tabs=${tabs.tabs} .activeId=${tabs.activeId} .latest=${latest} .unkept=${page.drafts.problem} .elsewhere=${page.drafts.elsewhere} .transactions=${views.marks(tabs.tabs)}
      @qt-show-tab=${(event: CustomEvent<string>) => page.showTab(event.detail)}
      @qt-close-tab=${(event: CustomEvent<string>) => page.closeTab(event.detail)}
      @qt-new-tab=${() => page.newTab()}
      @qt-name-tab=${(event: CustomEvent<{ tabId: string; title: string }>) => page.changeTab(event.detail.tabId, { title: event.detail.title })}
    ></qt-tabs>
    ${repeat(
      tabs.tabs,
      ({ tabId }) => tabId,
      (tab) => {
        const session = views.sessionOf(tab);
        const connection = views.connectionOf(tab);
        const at = connectionOf(client.state.connections, tab.tabId, session?.sessionId);
        const { state = null, facts = null } = page.states.of(at?.connectionId) ?? {};
        const lost = session?.lostState?.[tab.tabId];
        return html`<qt-query-tab
          ?hidden=${tab.tabId !== tabs.activeId}
          .tab=${tab} .queries=${views.scriptOf(tab)} .steps=${views.stepsOf(tab)}
          .activeQuery=${views.activeQueryOf(tab)} .connection=${connection} .state=${state} .facts=${facts} .whyLost=${lost ? (page.states.of(lost.connectionId)?.failure ?? null) : null} .ask=${page.asks}
          .profile=${page.profileOf(tab.profileId)} .names=${page.catalogues.namesOf(session, session && namespaceOf(session.engine, state))}
          .session=${session} .blocked=${blockedBy(client, session)} .alarm=${alarmOf(client)} .unopened=${page.failures.of(tab.profileId, session)}
          @qt-open-profile=${(event: CustomEvent<string>) => page.openAndType(event.detail)}
          @qt-edit=${(event: CustomEvent<string>) => page.changeTab(tab.tabId, { text: event.detail })}
          @qt-manual-commit=${(event: CustomEvent<boolean>) => page.changeTab(tab.tabId, { manualCommit: event.detail })}
        ></qt-query-tab>`;
      },
    )}`;
}
