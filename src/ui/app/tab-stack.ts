import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { QueryView } from '../../events/views/query-view.ts';
import type { Question } from '../controls/qt-confirm.ts';
import type { Learning } from '../editor/completion-names.ts';
import '../query/qt-query-tab.ts';
import './qt-tabs.ts';
import { namespaceOf } from '../api/session-states.ts';
import { alarmOf, blockedBy } from '../selectors/availability.ts';
import { connectionOf } from '../selectors/current-sessions.ts';
import type { PageState } from './page-state.ts';
import type { TabActions } from './tab-actions.ts';
import { type Tab, tabOwners } from './tabs.ts';

/** Asks the user, over the page. */
export type Ask = <T extends string>(question: Question<T>) => Promise<T>;

/**
 * The row of tabs, and what is in those that have been in view; all but the one in view are hidden. `latest` has the query that each
 * one shows.
 */
export function tabStack(
  state: PageState,
  actions: TabActions,
  ask: Ask,
  latest: ReadonlyMap<string, QueryView>,
) {
  const { tabs, views, drafts } = state;
  return html`<qt-tabs
      .tabs=${tabs.tabs}
      .activeId=${tabs.activeId}
      .latest=${latest}
      .unkept=${drafts.problem}
      .elsewhere=${drafts.elsewhere}
      .transactions=${views.marks(tabs.tabs)}
      .tunnels=${views.tunnelMarks(tabs.tabs, (profileId) => state.profileOf(profileId))}
      .owners=${tabOwners(tabs.tabs, (profileId) => state.profileOf(profileId))}
      @qt-show-tab=${({ detail }: CustomEvent<string>) => actions.show(detail)}
      ?reopens=${tabs.reopens}
      @qt-close-tabs=${({ detail }: CustomEvent<readonly string[]>) => actions.close(detail)}
      @qt-move-tab=${({ detail: { tabId, place } }: CustomEvent<{ tabId: string; place: number }>) => actions.move(tabId, place)}
      @qt-duplicate-tab=${({ detail }: CustomEvent<string>) => actions.duplicate(detail)}
      @qt-reopen-tab=${() => actions.reopen()}
      @qt-new-tab=${() => actions.openNew()}
      @qt-name-tab=${({ detail: { tabId, title } }: CustomEvent<{ tabId: string; title: string }>) => actions.change(tabId, { title })}
    ></qt-tabs>
    ${repeat(
      tabs.drawn,
      ({ tabId }) => tabId,
      (tab) => queryTab(state, actions, ask, tab),
    )}`;
}

function queryTab(state: PageState, actions: TabActions, ask: Ask, tab: Tab) {
  const { client, views, states, catalogues, failures } = state;
  const session = views.sessionOf(tab);
  const connection = connectionOf(client.state.connections, tab.tabId, session?.sessionId);
  const held = states.of(connection?.connectionId);
  const lost = session?.lostState?.[tab.tabId];
  const namespace = session && namespaceOf(session.engine, held?.state ?? null);
  return html`<qt-query-tab
    ?hidden=${tab.tabId !== state.tabs.activeId}
    @qt-show-tab=${({ detail }: CustomEvent<string>) => actions.show(detail)}
    .tab=${tab}
    .queries=${views.scriptOf(tab)}
    .steps=${views.stepsOf(tab)}
    .activeQuery=${views.activeQueryOf(tab)}
    .connection=${views.connectionOf(tab)}
    .state=${held?.state ?? null}
    .facts=${held?.facts ?? null}
    .whyLost=${lost ? (states.of(lost.connectionId)?.failure ?? null) : null}
    .ask=${ask}
    .profile=${state.profileOf(tab.profileId)}
    @qt-learn=${({ detail }: CustomEvent<Learning>) => {
      detail.names = catalogues.learn(session, namespace, detail);
    }}
    .session=${session}
    .blocked=${blockedBy(client, session, state.isOpening(tab.profileId))}
    ?opening=${state.isOpening(tab.profileId)}
    .alarm=${alarmOf(client)}
    .unopened=${failures.of(tab.profileId, session)}
    @qt-edit=${({ detail }: CustomEvent<string>) => actions.change(tab.tabId, { text: detail })}
    @qt-manual-commit=${({ detail }: CustomEvent<boolean>) => actions.change(tab.tabId, { manualCommit: detail })}
  ></qt-query-tab>`;
}
