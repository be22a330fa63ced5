import { html, nothing } from 'lit';
import type { QueryView } from '../../events/views/query-view.ts';
import type { CollectionPlace } from '../catalogue/collection-place.ts';
import { PANE_WIDTHS, type PaneLayout } from './pane-layout.ts';
import type { OrphanRequest } from './qt-orphans.ts';
import './qt-sidebar.ts';
import '../controls/qt-splitter.ts';
import '../tape/qt-tape-panel.ts';
import { actorsOf } from '../selectors/current-sessions.ts';
import type { PageState } from './page-state.ts';
import type { SessionActions } from './session-actions.ts';
import type { TabActions } from './tab-actions.ts';
import type { Tab } from './tabs.ts';

/** Connections and their catalogue, at the left. */
export function sidebarPane(
  state: Pick<PageState, 'client' | 'views' | 'catalogues' | 'failures' | 'tabs'>,
  panes: PaneLayout,
  sessions: SessionActions,
  tabs: TabActions,
) {
  const { client, views, catalogues } = state;
  return html`<qt-sidebar
      role="navigation" aria-label="Connections"
      class=${panes.sidebarIsDrawer ? 'drawer left' : ''}
      style="width:${panes.sidebarWidth}px"
      .profiles=${client.profiles}
      .config=${client.config}
      .sessions=${views.sessions}
      .tunnels=${views.tunnels}
      .connected=${client.link === 'open' ? views.connected : null}
      .failures=${state.failures.words}
      .catalogues=${catalogues.bySession}
      .orphans=${views.orphans}
      .revision=${catalogues.revision}
      .current=${state.tabs.active?.profileId ?? ''}
      @qt-open-profile=${({ detail }: CustomEvent<string>) => sessions.open(detail)}
      @qt-close-session=${({ detail }: CustomEvent<string>) => sessions.close(detail)}
      @qt-reconnect=${({ detail }: CustomEvent<string>) => sessions.reconnect(detail)}
      @qt-new-tab=${({ detail }: CustomEvent<string>) => tabs.openNew(detail)}
      @qt-orphan=${({ detail }: CustomEvent<OrphanRequest>) => sessions.orphan(detail)}
      @qt-open-collection=${({ detail }: CustomEvent<CollectionPlace>) => tabs.openCollection(detail)}
    ></qt-sidebar>`;
}

/** The border of the sidebar or the tape; none where the pane is hidden or a drawer. */
export function paneSplitter(panes: PaneLayout, pane: keyof typeof PANE_WIDTHS) {
  const sidebar = pane === 'sidebarWidth';
  const shown = sidebar
    ? panes.sidebarShown && !panes.sidebarIsDrawer
    : panes.tapeShown && !panes.tapeIsDrawer;
  if (!shown) return nothing;
  return html`<qt-splitter
    label=${sidebar ? 'Width of the sidebar' : 'Width of the tape'}
    .value=${panes[pane]}
    min=${PANE_WIDTHS[pane].min}
    max=${PANE_WIDTHS[pane].max}
    ?reverse=${!sidebar}
    @qt-split=${(event: CustomEvent<number>) => panes.resize(pane, event.detail)}
  ></qt-splitter>`;
}

/** The tape of the tab in view, at the right. */
export function tapePane(
  { client }: Pick<PageState, 'client'>,
  panes: PaneLayout,
  active: Tab | undefined,
  query: QueryView | undefined,
  actions: Pick<TabActions, 'show'>,
  commands: { readonly toggleTape: () => unknown },
) {
  return html`<qt-tape-panel
      role="complementary" aria-label="Tape of this tab"
      class=${panes.tapeIsDrawer ? 'drawer right' : ''}
      style="width:${panes.tapeWidth}px"
      .actors=${actorsOf(client.state, active?.tabId)}
      .envelopes=${client.envelopes}
      .newest=${client.state.seq}
      .charts=${client.charts}
      .actor=${query?.queryId ?? ''}
      .health=${client.health}
      @qt-toggle-tape=${commands.toggleTape}
      @qt-show-tab=${({ detail }: CustomEvent<string>) => actions.show(detail)}
    ></qt-tape-panel>`;
}
