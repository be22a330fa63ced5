import { css, html, LitElement, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryView } from '../events/views/query-view.ts';
import { type SessionView, sessionEnded, sessionLeft } from '../events/views/session-view.ts';
import { Catalogues } from './catalogues.ts';
import { Client } from './client.ts';
import { Closing } from './closing.ts';
import { Drafts } from './drafts.ts';
import { frame, frameStyles, titlePrefix } from './environment-frame.ts';
import type { HistoryEntry } from './history-model.ts';
import { type PaletteActs, paletteItems } from './palette-items.ts';
import { PaneLayout } from './pane-layout.ts';
import { nextPane } from './panes.ts';
import type { QtAsk, Question } from './qt-ask.ts';
import './qt-ask.ts';
import type { QtDdl } from './qt-ddl.ts';
import './qt-ddl.ts';
import type { MenuRequest, QtMenu } from './qt-menu.ts';
import './qt-menu.ts';
import type { QtPalette } from './qt-palette.ts';
import './qt-palette.ts';
import type { QtQueryTab } from './qt-query-tab.ts';
import './qt-query-tab.ts';
import './qt-sidebar.ts';
import './qt-splitter.ts';
import './qt-status-bar.ts';
import './qt-tabs.ts';
import './qt-tape-panel.ts';
import './qt-top-bar.ts';
import type { StepRequest } from './qt-transaction.ts';
import type { QtTrust } from './qt-trust.ts';
import './qt-trust.ts';
import './qt-welcome.ts';
import { openText } from './quoted.ts';
import { SessionFailures } from './session-failures.ts';
import { actorsOf, connectionOf } from './sessions.ts';
import { shared } from './shared.css.ts';
import { type Pressed, type Wish, wishOf } from './shortcuts.ts';
import { type Tab, type TabChange, tabTitle } from './tabs.ts';
import { TapeViews } from './tape-views.ts';
import { applyTheme, chosenTheme, nextTheme } from './theme.ts';
import { trustedOf } from './trust-words.ts';

/** The root: the one element that talks to the server. Properties go down, events come up. */
export class QtApp extends LitElement implements PaletteActs {
  static override properties = {
    theme: { state: true },
  };
  static override styles = [
    shared,
    frameStyles,
    css`
      :host { display: flex; flex-direction: column; height: 100vh; background: var(--qt-bg); }
      main { display: flex; flex: 1; min-height: 0; position: relative; overflow: hidden; }
      .middle { display: flex; flex-direction: column; flex: 1; min-width: 0; min-height: 0; }
      qt-sidebar, qt-tape-panel { flex: none; max-width: 92vw; }
      qt-query-tab[hidden] { display: none; }
      .drawer { position: absolute; top: 0; bottom: 0; z-index: 20; box-shadow: var(--qt-shadow); }
      .drawer.left { left: 0; border-right: 1px solid var(--qt-border-strong); }
      .drawer.right { right: 0; border-left: 1px solid var(--qt-border-strong); }
    `,
  ];

  declare protected theme: ReturnType<typeof chosenTheme>;
  private readonly client = new Client();
  private readonly drafts = new Drafts(this.client, () => this.clientChanged());
  private readonly tabs = this.drafts.tabs;
  private readonly views = new TapeViews();
  private readonly panes = new PaneLayout(() => this.requestUpdate());
  private readonly catalogues = new Catalogues(this.client, () => this.requestUpdate());
  private readonly failures = new SessionFailures(this.client, () => this.requestUpdate());
  private readonly asks = <T extends string>(question: Question<T>): Promise<T> =>
    this.renderRoot.querySelector<QtAsk>('qt-ask')!.ask(question);
  private readonly closing = new Closing({
    client: this.client,
    ask: this.asks,
    titleOf: (tabId) => {
      const tab = this.tabs.tabs.find((one) => one.tabId === tabId);
      return tab ? tabTitle(tab) : 'a tab of another page';
    },
  });
  /** Tabs whose text is to be run once they are there. */
  private readonly toRun = new Set<string>();

  constructor() {
    super();
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
      const answer = await this.trust.send({ type: 'session.open', profileId });
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
  private async openAndType(profileId: string): Promise<void> {
    await this.openProfile(profileId);
    await this.updateComplete;
    this.activeTab?.focus();
  }

  closeSession(sessionId: string): void {
    const session = [...this.views.sessions.values()].find((one) => one.sessionId === sessionId);
    const name = this.profileOf(session?.profileId)?.name ?? 'the connection';
    void this.closing.session(sessionId, name);
  }

  private get trust(): QtTrust {
    return this.renderRoot.querySelector<QtTrust>('qt-trust')!;
  }

  newConnection(): void {
    this.trust.editConnection(null);
  }

  editConnection(profileId: string): void {
    this.trust.editConnection(profileId);
  }

  openVault(): void {
    this.trust.openVault();
  }

  openSettings(): void {
    void this.trust.openSettings();
  }

  openHistory(): void {
    this.trust.openHistory();
  }

  private profileOf(profileId: string | undefined): Profile | undefined {
    return this.client.profiles.find((one) => one.profileId === profileId);
  }

  openCollection(profileId: string, namespace: string, collection: string): void {
    const { engine = 'postgres', database = '' } = this.profileOf(profileId)?.target ?? {};
    this.openText(profileId, openText(engine, namespace, collection, database), true);
  }

  /** Opens a tab with a text, and runs it once the tab is there. */
  private openText(profileId: string, text: string, run: boolean): void {
    const tab = this.tabs.open(profileId, text);
    if (run) this.toRun.add(tab.tabId);
    if (this.panes.sidebarIsDrawer) this.panes.closeDrawers();
    this.requestUpdate();
    if (!run) void this.updateComplete.then(() => this.activeTab?.focus());
  }

  private showDdl({ profileId, namespace, collection }: CollectionPlace): void {
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

  /** Why nothing can be run in a tab; empty when it can. */
  private blocked(session: SessionView | undefined): string {
    if (this.alarm) return this.alarm;
    if (this.client.link !== 'open') return 'The connection to Querytape is lost; retrying.';
    return session?.state === 'ready' ? '' : 'Open the connection first.';
  }

  /** What stands in the way until a person does something about it. A lost link comes back by itself, and is none. */
  private get alarm(): string {
    const { denied, health } = this.client;
    if (denied !== null) return denied;
    if (health.state !== 'failed') return '';
    return `The tape can't be written (${health.code}), so nothing is sent to a server. Make room in the data folder; it goes on by itself.`;
  }

  /** Why a profile is not open, in words, where there are some. */
  private unopened(profileId: string, session: SessionView | undefined): FailureText | null {
    const { words } = this.failures;
    return words.get(session?.sessionId ?? '') ?? words.get(profileId) ?? null;
  }

  protected override updated(): void {
    const { active, activeId } = this.tabs;
    const session = this.views.sessionOf(active);
    // The frame is for what can be reached now, not for what once was.
    const environment = session && !sessionEnded(session.state) ? session.environment : null;
    frame(this, environment);
    document.title = `${titlePrefix(environment)}${active ? `${tabTitle(active)} · ` : ''}Querytape`;
    if (!this.toRun.has(activeId) || session?.state !== 'ready') return;
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
    return html`
      <qt-top-bar
        .environment=${living?.environment ?? null} .health=${client.health} .seq=${client.state.seq}
        .link=${client.link} .vault=${client.keeping.vault.state} .policyBroken=${client.keeping.policy.problems.length > 0} .theme=${this.theme} .sidebarShown=${panes.sidebarShown} .tapeShown=${panes.tapeShown}
        @qt-palette=${this.openPalette} @qt-toggle-sidebar=${this.toggleSidebar} @qt-toggle-tape=${this.toggleTape}
        @qt-next-theme=${this.changeTheme}
      ></qt-top-bar>
      <main>
        ${panes.sidebarShown ? this.sidebar() : nothing}
        <div class="middle" @pointerdown=${() => panes.closeDrawers()}>
          ${
            tabs.tabs.length > 0
              ? this.editors(latest)
              : html`<qt-welcome
                  .link=${client.link} .denied=${client.denied} .profile=${client.profiles[0]}
                  .session=${[...views.sessions.values()].find(({ state }) => !sessionEnded(state))}
                  .refused=${this.failures.words.get(client.profiles[0]?.profileId ?? '')?.message ?? ''}
                  .vault=${client.keeping.vault.state}
                  @qt-open-profile=${(event: CustomEvent<string>) => this.openAndType(event.detail)}
                ></qt-welcome>`
          }
        </div>
        ${panes.tapeShown ? this.tape(active, query) : nothing}
      </main>
      <qt-status-bar
        .link=${client.link} .denied=${client.denied} .profile=${profile} .session=${session} .query=${query}
        .connection=${connectionOf(client.state.connections, active?.tabId, session?.sessionId)}
        .trusted=${living ? trustedOf(living, client.keeping.policy.policy, client.mayWrite) : null} .editable=${client.isSaved(profile?.profileId)}
      ></qt-status-bar>
      <qt-palette></qt-palette><qt-menu></qt-menu><qt-ask></qt-ask><qt-ddl></qt-ddl>
      <qt-trust
        .client=${client} .profileId=${active?.profileId ?? ''}
        @qt-history-open=${({ detail }: CustomEvent<HistoryEntry>) => this.openText(detail.profileId, detail.text, false)}
      ></qt-trust>
    `;
  }

  private sidebar() {
    const { client, views, panes, catalogues } = this;
    const drawer = panes.sidebarIsDrawer;
    return html`<qt-sidebar
        class=${drawer ? 'drawer left' : ''} style="width:${panes.sidebarWidth}px"
        .profiles=${client.profiles} .keeping=${client.keeping} .sessions=${views.sessions} .failures=${this.failures.words}
        .catalogues=${catalogues.bySession} .orphans=${views.orphans} .revision=${catalogues.revision}
        .current=${this.tabs.active?.profileId ?? ''}
        @qt-open-profile=${(event: CustomEvent<string>) => this.openProfile(event.detail)}
        @qt-close-session=${(event: CustomEvent<string>) => this.closeSession(event.detail)}
        @qt-reconnect=${(event: CustomEvent<string>) => client.command({ type: 'session.reconnect', sessionId: event.detail })}
        @qt-new-tab=${(event: CustomEvent<string>) => this.newTab(event.detail)}
        @qt-open-collection=${({ detail }: CustomEvent<CollectionPlace>) => this.openCollection(detail.profileId, detail.namespace, detail.collection)}
        @qt-show-ddl=${({ detail }: CustomEvent<CollectionPlace>) => this.showDdl(detail)}
      ></qt-sidebar>
      ${
        drawer
          ? nothing
          : html`<qt-splitter
            label="Width of the sidebar" .value=${panes.sidebarWidth} min="170" max="520"
            @qt-split=${(event: CustomEvent<number>) => panes.resize('sidebarWidth', event.detail)}
          ></qt-splitter>`
      }`;
  }

  private editors(latest: ReadonlyMap<string, QueryView>) {
    const { client, tabs, views } = this;
    return html`<qt-tabs
        .tabs=${tabs.tabs} .activeId=${tabs.activeId} .latest=${latest} .unkept=${this.drafts.problem} .transactions=${views.marks(tabs.tabs)}
        @qt-show-tab=${(event: CustomEvent<string>) => this.showTab(event.detail)}
        @qt-close-tab=${(event: CustomEvent<string>) => this.closeTab(event.detail)}
        @qt-new-tab=${() => this.newTab()}
        @qt-name-tab=${(event: CustomEvent<{ tabId: string; title: string }>) => this.changeTab(event.detail.tabId, { title: event.detail.title })}
      ></qt-tabs>
      ${repeat(
        tabs.tabs,
        ({ tabId }) => tabId,
        (tab) => {
          const session = views.sessionOf(tab);
          return html`<qt-query-tab
            ?hidden=${tab.tabId !== tabs.activeId}
            .client=${client} .tab=${tab} .queries=${views.scriptOf(tab)} .steps=${views.stepsOf(tab)}
            .living=${views.livingOf(tab)} .connection=${views.connectionOf(tab)} .ask=${this.asks}
            .profile=${this.profileOf(tab.profileId)} .names=${this.catalogues.namesOf(session)}
            .session=${session} .blocked=${this.blocked(session)} .alarm=${this.alarm} .unopened=${this.unopened(tab.profileId, session)}
            @qt-open-profile=${(event: CustomEvent<string>) => this.openAndType(event.detail)}
            @qt-edit=${(event: CustomEvent<string>) => this.changeTab(tab.tabId, { text: event.detail })}
            @qt-manual-commit=${(event: CustomEvent<boolean>) => this.changeTab(tab.tabId, { manualCommit: event.detail })}
          ></qt-query-tab>`;
        },
      )}`;
  }

  private tape(active: Tab | undefined, query: QueryView | undefined) {
    const { client, panes } = this;
    const drawer = panes.tapeIsDrawer;
    return html`${
      drawer
        ? nothing
        : html`<qt-splitter
            label="Width of the tape" .value=${panes.tapeWidth} min="220" max="640" reverse
            @qt-split=${(event: CustomEvent<number>) => panes.resize('tapeWidth', event.detail)}
          ></qt-splitter>`
    }
      <qt-tape-panel
        class=${drawer ? 'drawer right' : ''} style="width:${panes.tapeWidth}px"
        .actors=${actorsOf(client.state, active?.tabId)} .envelopes=${client.envelopes} .newest=${client.state.seq}
        .charts=${client.charts} .actor=${query?.queryId ?? ''}
        @qt-toggle-tape=${this.toggleTape}
      ></qt-tape-panel>`;
  }

  openPalette(): void {
    const { theme, client, views, catalogues } = this;
    const items = paletteItems(
      this,
      nextTheme(theme),
      client.profiles,
      client.keeping,
      views.sessions,
      catalogues.bySession,
    );
    this.renderRoot.querySelector<QtPalette>('qt-palette')?.open(items);
  }

  private showTab(tabId: string): void {
    this.tabs.show(tabId);
    this.clientChanged();
  }

  private changeTab(tabId: string, changes: TabChange): void {
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
    const wish = wishOf(event satisfies Pressed);
    if (!wish) return;
    event.preventDefault();
    this.obey(wish);
  }

  private obey(wish: Wish): void {
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

/** A collection of a profile's database. */
interface CollectionPlace {
  readonly profileId: string;
  readonly namespace: string;
  readonly collection: string;
}

customElements.define('qt-app', QtApp);
