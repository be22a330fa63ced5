import { ContextProvider } from '@lit/context';
import { css, html, LitElement, nothing } from 'lit';
import { DEFAULT_ENGINE } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { Profile } from '../../events/profile.ts';
import { sessionEnded, sessionLeft, sessionOpen } from '../../events/views/session-view.ts';
import { Client } from '../api/client.ts';
import { clientContext } from '../api/client-context.ts';
import { sendCommand } from '../api/command-request.ts';
import { DraftSync } from '../api/draft-sync.ts';
import { openAnotherPage } from '../api/request.ts';
import { SessionCatalogues } from '../catalogue/session-catalogues.ts';
import { frame, frameStyles, titlePrefix } from '../controls/environment-frame.ts';
import type { QtConfirm, Question } from '../controls/qt-confirm.ts';
import type { HistoryEntry } from '../dialogs/history-model.ts';
import { Closing } from './close-guard.ts';
import { nextPane } from './focus-cycle.ts';
import { type PaletteActs, paletteItems } from './palette-items.ts';
import { PaneLayout } from './pane-layout.ts';
import '../controls/qt-confirm.ts';
import type { QtDdl } from '../catalogue/qt-ddl.ts';
import '../catalogue/qt-ddl.ts';
import type { MenuRequest, QtMenu } from '../controls/qt-menu.ts';
import '../controls/qt-menu.ts';
import type { QtPalette } from './qt-palette.ts';
import './qt-palette.ts';
import type { QtQueryTab } from '../query/qt-query-tab.ts';
import './qt-status-bar.ts';
import './qt-top-bar.ts';
import type { QtDialogHost } from '../dialogs/qt-dialog-host.ts';
import type { StepRequest } from '../query/qt-transaction.ts';
import '../dialogs/qt-dialog-host.ts';
import './qt-welcome.ts';
import { SessionFailures } from '../api/session-failures.ts';
import { SessionStates } from '../api/session-states.ts';
import { shared } from '../controls/shared.css.ts';
import { connectionOf } from '../selectors/latest-sessions.ts';
import { TapeViews } from '../selectors/tape-views.ts';
import { type CollectionPlace, paneSplitter, type SidePage, sidebarPane, tapePane } from './app-panes.ts';
import { protectionOf } from './protection-text.ts';
import { type Pressed, type Shortcut, shortcutOf } from './shortcuts.ts';
import { type TabPage, tabStack } from './tab-stack.ts';
import { type TabChange, tabTitle } from './tabs.ts';
import { applyTheme, chosenTheme, nextTheme } from './theme.ts';

/** The root: the one element that talks to the server. Properties go down, events come up. */
export class QtApp extends LitElement implements PaletteActs, SidePage, TabPage {
  static override properties = {
    theme: { state: true },
  };
  static override styles = [
    shared,
    frameStyles,
    css`
      :host { display: flex; flex-direction: column; height: 100vh; background: var(--qt-bg); }
      .panes { display: flex; flex: 1; min-height: 0; position: relative; overflow: hidden; }
      main { display: flex; flex: 1; min-width: 0; min-height: 0; }
      .middle { display: flex; flex-direction: column; flex: 1; min-width: 0; min-height: 0; }
      qt-sidebar, qt-tape-panel { flex: none; max-width: 92vw; }
      qt-query-tab[hidden] { display: none; }
      .drawer { position: absolute; top: 0; bottom: 0; z-index: 20; box-shadow: var(--qt-shadow); }
      .drawer.left { left: 0; border-right: 1px solid var(--qt-border-strong); }
      .drawer.right { right: 0; border-left: 1px solid var(--qt-border-strong); }
    `,
  ];

  declare protected theme: ReturnType<typeof chosenTheme>;
  readonly client = new Client();
  readonly drafts = new DraftSync(this.client, () => this.clientChanged());
  readonly tabs = this.drafts.tabs;
  readonly views = new TapeViews();
  readonly panes = new PaneLayout(() => this.requestUpdate());
  readonly catalogues = new SessionCatalogues(this.client, () => this.requestUpdate());
  readonly failures = new SessionFailures(this.client, () => this.requestUpdate());
  readonly states = new SessionStates(this.client, () => this.requestUpdate());
  readonly asks = <T extends string>(question: Question<T>): Promise<T> =>
    this.renderRoot.querySelector<QtConfirm>('qt-confirm')!.ask(question);
  private readonly closing = new Closing({
    client: this.client,
    send: (command) => sendCommand(this.renderRoot, command),
    ask: this.asks,
    say: (why) => this.activeTab?.say(why),
    titleOf: (tabId) => {
      const tab = this.tabs.tabs.find((one) => one.tabId === tabId);
      return tab ? tabTitle(tab) : 'a tab in another page';
    },
  });
  /** Tabs whose text is to be run once they are there. */
  private readonly toRun = new Set<string>();

  constructor() {
    super();
    new ContextProvider(this, { context: clientContext, initialValue: this.client });
    this.theme = chosenTheme();
    this.client.addEventListener('change', () => this.clientChanged());
    addEventListener('keydown', (event) => this.key(event));
    addEventListener('pagehide', () => this.drafts.leave());
    addEventListener('beforeunload', (event) => {
      if (this.queryTabs.some(({ unsaved }) => unsaved > 0)) event.preventDefault();
    });
    this.addEventListener('qt-menu', (event) => {
      void this.renderRoot.querySelector<QtMenu>('qt-menu')?.open((event as CustomEvent<MenuRequest>).detail);
    });
    void this.client.start();
  }

  private clientChanged(): void {
    this.views.update(this.client.state);
    for (const session of this.views.sessions.values()) {
      const { sessionId, failure, orphaned } = session;
      const profile = this.profileOf(session.profileId);
      if (session.state === 'ready' && profile) this.catalogues.begin(session, profile);
      if (failure && session.state !== 'ready' && !orphaned)
        void this.failures.learn(sessionId, failure.code);
    }
    this.catalogues.follow(this.client.state.queries);
    this.states.look(this.client.state);
    this.drafts.look();
    if (this.drafts.asked && this.tabs.tabs.length === 0) {
      const ready = [...this.views.sessions.values()].find((session) => session.state === 'ready');
      if (ready) this.tabs.open(ready.profileId);
    }
    this.requestUpdate();
  }

  /** Opens a profile once: while its session lives, only its tab is shown. */
  async openProfile(profileId: string): Promise<void> {
    const session = this.views.sessions.get(profileId);
    this.failures.forget(profileId);
    if (!session || sessionLeft(session.state)) {
      const answer = await sendCommand(this.renderRoot, { type: 'session.open', profileId });
      if ('refused' in answer) {
        this.failures.set(profileId, { ...answer.refused, source: 'client' });
        return;
      }
    }
    const known = this.tabs.tabs.find((tab) => tab.profileId === profileId);
    if (this.tabs.active?.profileId !== profileId) {
      if (known) this.tabs.show(known.tabId);
      else this.tabs.open(profileId);
    }
    this.requestUpdate();
  }

  /** As above, from a place that goes with the opening: what comes next is a statement. */
  async openAndType(profileId: string): Promise<void> {
    await this.openProfile(profileId);
    await this.updateComplete;
    this.activeTab?.focus();
  }

  closeSession(sessionId: string): void {
    const session = [...this.views.sessions.values()].find((one) => one.sessionId === sessionId);
    const name = this.profileOf(session?.profileId)?.name ?? 'the connection';
    void this.closing.session(sessionId, name);
  }

  reconnect(sessionId: string): void {
    void sendCommand(this.renderRoot, { type: 'session.reconnect', sessionId }).then((answer) => {
      if ('refused' in answer) this.failures.set(sessionId, { ...answer.refused, source: 'client' });
    });
  }

  private get trust(): QtDialogHost {
    return this.renderRoot.querySelector<QtDialogHost>('qt-dialog-host')!;
  }

  newConnection(): void {
    void this.trust.editConnection(null);
  }

  editConnection(profileId: string): void {
    void this.trust.editConnection(profileId);
  }

  openVault(): void {
    void this.trust.openVault();
  }

  openSettings(): void {
    void this.trust.openSettings();
  }

  openHistory(): void {
    void this.trust.openHistory();
  }

  /** Where there is no answer the page says so by itself. */
  openAnotherPage(): void {
    void openAnotherPage().catch(() => undefined);
  }

  profileOf(profileId: string | undefined): Profile | undefined {
    return this.client.profiles.find((one) => one.profileId === profileId);
  }

  openCollection(profileId: string, namespace: string, collection: string): void {
    const { engine = DEFAULT_ENGINE, database = '' } = this.profileOf(profileId)?.target ?? {};
    this.openText(profileId, descriptorOf(engine).openText(namespace, collection, database), true);
  }

  /** Opens a tab with a text, and runs it once the tab is there. */
  private openText(profileId: string, text: string, run: boolean): void {
    const tab = this.tabs.open(profileId, text);
    if (run) this.toRun.add(tab.tabId);
    if (this.panes.sidebarIsDrawer) this.panes.closeDrawers();
    this.requestUpdate();
    if (!run) void this.updateComplete.then(() => this.activeTab?.focus());
  }

  showDdl({ profileId, namespace, collection }: CollectionPlace): void {
    const session = this.views.sessions.get(profileId);
    if (!session) return;
    const { sessionId, engine } = session;
    const request = { list: 'ddl', namespace, collection } as const;
    void this.renderRoot.querySelector<QtDdl>('qt-ddl')?.open({
      engine,
      name: `${namespace}.${collection}`,
      read: () => this.client.catalogue<{ ddl: string; more: boolean }>(sessionId, request),
      edit: (text) => this.openText(profileId, text, false),
    });
  }

  newTab(profileId = this.tabs.active?.profileId ?? this.client.profiles[0]?.profileId): void {
    if (profileId) this.openText(profileId, '', false);
  }

  closeTab(tabId = this.tabs.activeId): void {
    void this.leaveTab(tabId);
  }

  /** Closes a tab, unless something in it is not finished and a person says to keep it. */
  private async leaveTab(tabId: string): Promise<void> {
    const tab = this.tabs.tabs.find((one) => one.tabId === tabId);
    const session = this.views.sessionOf(tab);
    const element = this.queryTabs.find((one) => one.tab.tabId === tabId);
    if (element && !(await element.mayLeave('close'))) return;
    if (session && !sessionEnded(session.state) && !(await this.closing.tab(session.sessionId, tabId)))
      return;
    this.tabs.close(tabId);
    this.toRun.delete(tabId);
    this.clientChanged();
  }

  runAll(): void {
    this.activeTab?.run('all');
  }

  cancel(): void {
    this.activeTab?.cancel();
  }

  step(request: StepRequest): void {
    void this.activeTab?.step(request);
  }

  private get queryTabs(): QtQueryTab[] {
    return [...this.renderRoot.querySelectorAll<QtQueryTab>('qt-query-tab')];
  }

  private get activeTab(): QtQueryTab | null {
    return this.renderRoot.querySelector('qt-query-tab:not([hidden])');
  }

  protected override updated(): void {
    const { active, activeId } = this.tabs;
    const session = this.views.sessionOf(active);
    // The frame is for what can be reached now, not for what once was.
    const environment = session && !sessionEnded(session.state) ? session.environment : null;
    frame(this, environment);
    document.title = `${titlePrefix(environment)}${active ? `${tabTitle(active)} · ` : ''}Querytape`;
    if (!this.toRun.has(activeId) || !session || !sessionOpen(session.state)) return;
    this.toRun.delete(activeId);
    this.activeTab?.runAll();
  }

  protected override render() {
    const { client, tabs, views, panes } = this;
    const { active } = tabs;
    const session = views.sessionOf(active);
    const profile = this.profileOf(active?.profileId);
    const latest = views.latest();
    const query = latest.get(active?.tabId ?? '');
    const living = session && !sessionEnded(session.state) ? session : undefined;
    const shown = connectionOf(client.state.connections, active?.tabId, session?.sessionId);
    return html`
      <qt-top-bar
        role="banner"
        .environment=${living?.environment ?? null} .health=${client.health} .seq=${client.state.seq}
        .link=${client.link} .vault=${client.config.vault.state} .policyBroken=${client.config.policy.problems.length > 0} .theme=${this.theme} .sidebarShown=${panes.sidebarShown} .tapeShown=${panes.tapeShown}
        @qt-palette=${this.openPalette} @qt-toggle-sidebar=${this.toggleSidebar} @qt-toggle-tape=${this.toggleTape}
        @qt-next-theme=${this.changeTheme}
      ></qt-top-bar>
      <div class="panes">
        ${panes.sidebarShown ? sidebarPane(this) : nothing}
        <main>
        ${paneSplitter(panes, 'sidebarWidth')}
        <div class="middle" @pointerdown=${() => panes.closeDrawers()}>
          ${
            tabs.tabs.length > 0
              ? tabStack(this, latest)
              : html`<qt-welcome
                  .link=${client.link} .denied=${client.denied} .profile=${client.profiles[0]}
                  .session=${[...views.sessions.values()].find(({ state }) => !sessionEnded(state))}
                  .refused=${this.failures.words.get(client.profiles[0]?.profileId ?? '')?.message ?? ''}
                  .vault=${client.config.vault.state}
                  @qt-open-profile=${(event: CustomEvent<string>) => this.openAndType(event.detail)}
                ></qt-welcome>`
          }
        </div>
        ${paneSplitter(panes, 'tapeWidth')}
        <qt-menu></qt-menu>
        </main>
        ${panes.tapeShown ? tapePane(this, active, query) : nothing}
      </div>
      <qt-status-bar
        role="contentinfo"
        .link=${client.link} .heardAt=${client.heardAt} .denied=${client.denied} .profile=${profile} .session=${session} .query=${query}
        .connection=${shown} .state=${this.states.of(shown?.connectionId)?.state ?? null}
        .trusted=${living ? protectionOf(living, client.config.policy.policy, client.mayWrite) : null} .editable=${client.isSaved(profile?.profileId)}
      ></qt-status-bar>
      <qt-palette></qt-palette><qt-confirm></qt-confirm><qt-ddl></qt-ddl>
      <qt-dialog-host
        .profileId=${active?.profileId ?? ''}
        @qt-history-open=${({ detail }: CustomEvent<HistoryEntry>) => this.openText(detail.profileId, detail.text, false)}
      ></qt-dialog-host>
    `;
  }

  openPalette(): void {
    const { theme, client, views, catalogues } = this;
    const items = paletteItems(
      this,
      nextTheme(theme),
      client.profiles,
      client.config,
      views.sessions,
      catalogues.bySession,
    );
    this.renderRoot.querySelector<QtPalette>('qt-palette')?.open(items);
  }

  showTab(tabId: string): void {
    this.tabs.show(tabId);
    this.clientChanged();
  }

  changeTab(tabId: string, changes: TabChange): void {
    this.tabs.change(tabId, changes);
    this.requestUpdate();
  }

  toggleSidebar(): void {
    this.panes.toggleSidebar();
  }

  toggleTape(): void {
    this.panes.toggleTape();
  }

  changeTheme(): void {
    this.theme = nextTheme(this.theme);
    applyTheme(this.theme);
  }

  /** Sidebar, editor, result, tape: where F6 goes. */
  private get stops(): readonly (HTMLElement | null)[] {
    const { activeTab } = this;
    const pane = (name: string): HTMLElement | null => this.renderRoot.querySelector<HTMLElement>(name);
    return [
      pane('qt-sidebar'),
      activeTab?.editor ?? null,
      activeTab?.resultPane ?? null,
      pane('qt-tape-panel'),
    ];
  }

  private key(event: KeyboardEvent): void {
    const inDrawer = this.shadowRoot?.activeElement?.classList.contains('drawer') ?? false;
    if (event.key === 'Escape' && inDrawer) {
      this.panes.closeDrawers();
      this.activeTab?.focus();
      return;
    }
    const wish = shortcutOf(event satisfies Pressed);
    if (!wish) return;
    event.preventDefault();
    this.obey(wish);
  }

  private obey(wish: Shortcut): void {
    switch (wish.do) {
      case 'pane':
        nextPane(this.stops, wish.by);
        break;
      case 'tab':
        this.tabs.step(wish.by);
        this.clientChanged();
        break;
      case 'tabAt':
        this.tabs.showAt(wish.place);
        this.clientChanged();
        break;
      default:
        this[wish.do]();
    }
  }
}

customElements.define('qt-app', QtApp);
