import { html } from 'lit';
import type { QueryView } from '../../events/views/query-view.ts';
import { type SessionView, sessionEnded, sessionLeft } from '../../events/views/session-view.ts';
import type { KeyCommand } from '../controls/key-bindings.ts';
import { connectionOf } from '../selectors/current-sessions.ts';
import type { PageState } from './page-state.ts';
import type { PaneLayout } from './pane-layout.ts';
import { protectionOf } from './protection-text.ts';
import type { SessionActions } from './session-actions.ts';
import './qt-status-bar.ts';
import './qt-top-bar.ts';
import './qt-welcome.ts';
import { tunnelOfSession } from '../selectors/tunnel-text.ts';
import type { Theme } from './theme.ts';

type BarCommand = Extract<KeyCommand<'page'>, 'openPalette' | 'toggleSidebar' | 'toggleTape' | 'changeTheme'>;

/** The session of the tab in view, while it has not ended. */
function currentSession({ views, tabs }: Pick<PageState, 'views' | 'tabs'>): SessionView | undefined {
  const session = views.sessionOf(tabs.active);
  return session && !sessionEnded(session.state) ? session : undefined;
}

/** Environment, palette, tape and the buttons of what is everywhere. */
export function topBar(
  { client, environment }: Pick<PageState, 'client' | 'environment'>,
  panes: PaneLayout,
  theme: Theme,
  commands: Readonly<Record<BarCommand, () => unknown>>,
) {
  return html`<qt-top-bar
    role="banner"
    .environment=${environment}
    .health=${client.health}
    .seq=${client.state.seq}
    .link=${client.link}
    .vault=${client.config.vault.state}
    .policyBroken=${client.config.policy.problems.length > 0}
    .theme=${theme}
    .sidebarShown=${panes.sidebarShown}
    .tapeShown=${panes.tapeShown}
    @qt-palette=${commands.openPalette}
    @qt-toggle-sidebar=${commands.toggleSidebar}
    @qt-toggle-tape=${commands.toggleTape}
    @qt-next-theme=${commands.changeTheme}
  ></qt-top-bar>`;
}

/** What is in the middle while no tab is open. */
export function welcome({ client, views, failures }: Pick<PageState, 'client' | 'views' | 'failures'>) {
  const [profile] = client.profiles;
  return html`<qt-welcome
    .link=${client.link}
    .denied=${client.denied}
    .profile=${profile}
    .session=${[...views.sessions.values()].find(({ state }) => !sessionLeft(state))}
    .refused=${failures.words.get(profile?.profileId ?? '')?.message ?? ''}
    .vault=${client.config.vault.state}
    .demoProblem=${client.app?.demoProblem ?? ''}
  ></qt-welcome>`;
}

/** The truth about the tab in view: its connection, what protects it, its transaction, its statement. */
export function statusBar(
  state: Pick<PageState, 'client' | 'views' | 'tabs' | 'states' | 'profileOf'>,
  query: QueryView | undefined,
  sessions: SessionActions,
) {
  const { client, views, tabs, states } = state;
  const { active } = tabs;
  const session = views.sessionOf(active);
  const current = currentSession(state);
  const connection = connectionOf(client.state.connections, active?.tabId, session?.sessionId);
  return html`<qt-status-bar
    role="contentinfo"
    .link=${client.link}
    .heardAt=${client.heardAt}
    .denied=${client.denied}
    .profile=${state.profileOf(active?.profileId)}
    .session=${session}
    .tunnel=${session ? tunnelOfSession(client.state.tunnels, session.sessionId) : undefined}
    .query=${query}
    .connection=${connection}
    .state=${states.of(connection?.connectionId)?.state ?? null}
    .trusted=${current ? protectionOf(current, client.config.policy.policy, client.mayWrite) : null}
    .editable=${client.isSaved(active?.profileId)}
    .otlp=${client.app?.otlp ?? []}
    @qt-reconnect=${({ detail }: CustomEvent<string>) => sessions.reconnect(detail)}
    @qt-close-session=${({ detail }: CustomEvent<string>) => sessions.close(detail)}
  ></qt-status-bar>`;
}
