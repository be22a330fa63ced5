import { html, nothing } from 'lit';
import type { QueryView } from '../../events/views/query-view.ts';
import type { Client } from '../api/client.ts';
import type { SessionCatalogues } from '../catalogue/session-catalogues.ts';
import type { PaneLayout } from './pane-layout.ts';
import './qt-sidebar.ts';
import '../controls/qt-splitter.ts';
import '../tape/qt-tape-panel.ts';
import type { SessionFailures } from '../api/session-failures.ts';
import { actorsOf } from '../selectors/latest-sessions.ts';
import type { TapeViews } from '../selectors/tape-views.ts';
import type { Tab, Tabs } from './tabs.ts';

/** A collection of a profile's database. */
export interface CollectionPlace {
  readonly profileId: string;
  readonly namespace: string;
  readonly collection: string;
}

/** What the panes at the sides need of the page. */
export interface SidePage {
  readonly client: Client;
  readonly views: TapeViews;
  readonly panes: PaneLayout;
  readonly catalogues: SessionCatalogues;
  readonly failures: SessionFailures;
  readonly tabs: Tabs;
  openProfile(profileId: string): Promise<void>;
  closeSession(sessionId: string): void;
  reconnect(sessionId: string): void;
  newTab(profileId?: string): void;
  openCollection(profileId: string, namespace: string, collection: string): void;
  showDdl(place: CollectionPlace): void;
  toggleTape(): void;
}

/** Connections and their catalogue, at the left. */
export function sidebarPane(page: SidePage) {
  const { client, views, panes, catalogues } = page;
  return html`<qt-sidebar
      role="navigation" aria-label="Connections"
      class=${panes.sidebarIsDrawer ? 'drawer left' : ''} style="width:${panes.sidebarWidth}px"
      .profiles=${client.profiles} .config=${client.config} .sessions=${views.sessions} .failures=${page.failures.words}
      .catalogues=${catalogues.bySession} .orphans=${views.orphans} .revision=${catalogues.revision}
      .current=${page.tabs.active?.profileId ?? ''}
      @qt-open-profile=${(event: CustomEvent<string>) => page.openProfile(event.detail)}
      @qt-close-session=${(event: CustomEvent<string>) => page.closeSession(event.detail)}
      @qt-reconnect=${(event: CustomEvent<string>) => page.reconnect(event.detail)}
      @qt-new-tab=${(event: CustomEvent<string>) => page.newTab(event.detail)}
      @qt-open-collection=${({ detail }: CustomEvent<CollectionPlace>) => page.openCollection(detail.profileId, detail.namespace, detail.collection)}
      @qt-show-ddl=${({ detail }: CustomEvent<CollectionPlace>) => page.showDdl(detail)}
    ></qt-sidebar>`;
}

/** The border of the sidebar or the tape; none where the pane is hidden or a drawer. */
export function paneSplitter(panes: PaneLayout, pane: 'sidebarWidth' | 'tapeWidth') {
  const sidebar = pane === 'sidebarWidth';
  const shown = sidebar
    ? panes.sidebarShown && !panes.sidebarIsDrawer
    : panes.tapeShown && !panes.tapeIsDrawer;
  if (!shown) return nothing;
  return html`<qt-splitter
    label=${sidebar ? 'Width of the sidebar' : 'Width of the tape'}
    .value=${panes[pane]}
    min=${sidebar ? 170 : 220}
    max=${sidebar ? 520 : 640}
    ?reverse=${!sidebar}
    @qt-split=${(event: CustomEvent<number>) => panes.resize(pane, event.detail)}
  ></qt-splitter>`;
}

/** The tape of the tab in view, at the right. */
export function tapePane(page: SidePage, active: Tab | undefined, query: QueryView | undefined) {
  const { client, panes } = page;
  return html`<qt-tape-panel
      role="complementary" aria-label="Tape of this tab"
      class=${panes.tapeIsDrawer ? 'drawer right' : ''} style="width:${panes.tapeWidth}px"
      .actors=${actorsOf(client.state, active?.tabId)} .envelopes=${client.envelopes} .newest=${client.state.seq}
      .charts=${client.charts} .actor=${query?.queryId ?? ''}
      @qt-toggle-tape=${() => page.toggleTape()}
    ></qt-tape-panel>`;
}
