import { css, html, LitElement, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { CataloguePage } from '../events/catalogue.ts';
import type { FailureText } from '../events/failure.ts';
import type { QueryView } from '../events/views/query-view.ts';
import { type SessionView, sessionEnded, sessionLeft } from '../events/views/session-view.ts';
import { Catalogue } from './catalogue.ts';
import { Client } from './client.ts';
import { dialectOf } from './dialect.ts';
import { Drafts } from './drafts.ts';
import { frame, frameStyles, titlePrefix } from './environment-frame.ts';
import type { HistoryEntry } from './history-model.ts';
import { type PaletteActs, paletteItems } from './palette-items.ts';
import type { QtOpenTransaction } from './qt-open-transaction.ts';
import './qt-open-transaction.ts';
import type { QtPalette } from './qt-palette.ts';
import './qt-palette.ts';
import type { QtQueryTab } from './qt-query-tab.ts';
import './qt-query-tab.ts';
import type { QtSidebar } from './qt-sidebar.ts';
import './qt-sidebar.ts';
import './qt-splitter.ts';
import './qt-status-bar.ts';
import './qt-tabs.ts';
import './qt-tape-panel.ts';
import './qt-top-bar.ts';
import type { QtTrust } from './qt-trust.ts';
import './qt-trust.ts';
import './qt-welcome.ts';
import { currentOf, latestScripts, stable } from './scripts.ts';
import { actorsOf, connectionOf, latestSessions, orphansOf, ownConnection } from './sessions.ts';
import { shared } from './shared.css.ts';
import { type Pressed, type Wish, wishOf } from './shortcuts.ts';
import { type Tab, tabTitle } from './tabs.ts';
import { applyTheme, chosenTheme, nextTheme } from './theme.ts';
import { trustedOf } from './trust-words.ts';

/** Below these widths the panes become drawers over the rest. */
const TAPE_DRAWER_PX = 1100;
const SIDEBAR_DRAWER_PX = 760;

function kept(key: string, otherwise: number): number {
  return Number(localStorage.getItem(key)) || otherwise;
}

/** The root: the one element that talks to the server. Properties go down, events come up. */
export class QtApp extends LitElement implements PaletteActs {
  static override properties = {
    sidebarWidth: { state: true },
    tapeWidth: { state: true },
    sidebarShown: { state: true },
    tapeShown: { state: true },
    failures: { state: true },
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

  declare protected sidebarWidth: number;
  declare protected tapeWidth: number;
  declare protected sidebarShown: boolean;
  declare protected tapeShown: boolean;
  /** Words of failed sessions, by session id; of refused openings, by profile id. */
  declare protected failures: ReadonlyMap<string, FailureText>;
  declare protected theme: ReturnType<typeof chosenTheme>;
  private readonly client = new Client();
  private readonly drafts = new Drafts(this.client, () => this.clientChanged());
  private readonly tabs = this.drafts.tabs;
  private readonly catalogues = new Map<string, Catalogue>();
  private readonly askedFailures = new Set<string>();
  /** Changes whenever a catalogue has. */
  private revision = 0;
  private sessions: ReadonlyMap<string, SessionView> = new Map();
  private scripts: ReadonlyMap<string, readonly QueryView[]> = new Map();
  private orphans: readonly QueryView[] = [];
  /** Tabs whose text is to be run once they are there. */
  private readonly toRun = new Set<string>();

  constructor() {
    super();
    this.sidebarWidth = kept('querytape.sidebarWidth', 248);
    this.tapeWidth = kept('querytape.tapeWidth', 304);
    this.sidebarShown = true;
    this.tapeShown = true;
    this.showWhatFits();
    this.failures = new Map();
    this.theme = chosenTheme();
    this.client.addEventListener('change', () => this.clientChanged());
    addEventListener('keydown', (event) => this.key(event));
    addEventListener('pagehide', () => this.drafts.leave());
    for (const width of [TAPE_DRAWER_PX, SIDEBAR_DRAWER_PX])
      matchMedia(`(min-width: ${width}px)`).addEventListener('change', () => this.showWhatFits());
    void this.client.start();
  }

  /** Where a pane would cover the rest it waits to be called; elsewhere it is as it was left. */
  private showWhatFits(): void {
    this.sidebarShown = innerWidth >= SIDEBAR_DRAWER_PX;
    this.tapeShown = innerWidth >= TAPE_DRAWER_PX && localStorage.getItem('querytape.tapeShown') !== 'no';
  }

  private sessionOf(tab: Tab | undefined): SessionView | undefined {
    return tab && this.sessions.get(tab.profileId);
  }

  private clientChanged(): void {
    const { state } = this.client;
    this.sessions = latestSessions(state.sessions, this.sessions);
    this.scripts = latestScripts(state.queries, this.scripts);
    this.orphans = stable(this.orphans, orphansOf(state.queries));
    for (const session of this.sessions.values()) {
      const { sessionId, failure, orphaned } = session;
      if (session.state === 'ready' && !this.catalogues.has(sessionId)) this.beginCatalogue(sessionId);
      if (failure && session.state !== 'ready' && !orphaned) void this.learnFailure(sessionId, failure.code);
    }
    this.drafts.look();
    if (this.drafts.asked && this.tabs.tabs.length === 0) {
      const ready = [...this.sessions.values()].find((session) => session.state === 'ready');
      if (ready) this.tabs.open(ready.profileId);
    }
    this.requestUpdate();
  }

  private beginCatalogue(sessionId: string): void {
    const catalogue = new Catalogue(
      (request) => this.client.catalogue(sessionId, request),
      () => {
        this.revision++;
        this.requestUpdate();
      },
    );
    this.catalogues.set(sessionId, catalogue);
    void catalogue.start();
  }

  private async learnFailure(sessionId: string, code: string): Promise<void> {
    const asked = `${sessionId} ${code}`;
    if (this.askedFailures.has(asked)) return;
    this.askedFailures.add(asked);
    const failure = await this.client.sessionFailure(sessionId).catch(() => null);
    if (failure) this.failures = new Map(this.failures).set(sessionId, failure);
  }

  /** Opens a profile once: while its session lives, only its tab is shown. */
  async openProfile(profileId: string): Promise<void> {
    const session = this.sessions.get(profileId);
    const failures = new Map(this.failures);
    if (failures.delete(profileId)) this.failures = failures;
    if (!session || sessionLeft(session.state)) {
      const answer = await this.trust.send({ type: 'session.open', profileId });
      if ('refused' in answer) {
        this.failures = new Map(this.failures).set(profileId, { ...answer.refused, source: 'client' });
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

  async closeSession(sessionId: string): Promise<void> {
    const command = { type: 'session.close', sessionId } as const;
    const answer = await this.client.command(command);
    if (!('refused' in answer) || answer.refused.code !== 'transaction.open') return;
    if ((await this.asker.ask('This connection', false)) === 'rollback')
      await this.client.command({ ...command, rollback: true });
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

  /** A statement that was run before, in a tab of its connection. It is not run. */
  private openPast({ profileId, text }: HistoryEntry): void {
    this.tabs.open(profileId, text);
    this.requestUpdate();
    void this.updateComplete.then(() => this.activeTab?.focus());
  }

  private get asker(): QtOpenTransaction {
    return this.renderRoot.querySelector<QtOpenTransaction>('qt-open-transaction')!;
  }

  openCollection(profileId: string, namespace: string, collection: string): void {
    const tab = this.tabs.open(profileId, this.openText(profileId, namespace, collection));
    this.toRun.add(tab.tabId);
    if (innerWidth < SIDEBAR_DRAWER_PX) this.sidebarShown = false;
    this.requestUpdate();
  }

  private openText(profileId: string, namespace: string, collection: string): string {
    const engine = this.sessions.get(profileId)?.engine ?? 'postgres';
    return dialectOf(engine).open(namespace, collection);
  }

  /** Opens a collection's DDL in a tab of its own; nothing is run. */
  private async openDdl(profileId: string, namespace: string, collection: string): Promise<void> {
    const session = this.sessions.get(profileId);
    if (!session) return;
    const request = { list: 'ddl', namespace, collection } as const;
    try {
      const { ddl } = await this.client.catalogue<CataloguePage & { ddl: string }>(
        session.sessionId,
        request,
      );
      const tab = this.tabs.open(profileId, ddl);
      this.tabs.change(tab.tabId, { title: `${collection}: DDL` });
    } catch (error) {
      this.failures = new Map(this.failures).set(session.sessionId, {
        code: 'catalogue.ddl',
        source: 'client',
        message: (error as Error).message,
      });
    }
    this.requestUpdate();
  }

  newTab(): void {
    const profileId = this.tabs.active?.profileId ?? this.client.profiles[0]?.profileId;
    if (profileId) this.tabs.open(profileId);
    this.requestUpdate();
    void this.updateComplete.then(() => this.activeTab?.focus());
  }

  async closeTab(tabId = this.tabs.activeId): Promise<void> {
    const tab = this.tabs.tabs.find((one) => one.tabId === tabId);
    const session = this.sessionOf(tab);
    if (session && !sessionEnded(session.state) && !(await this.mayClose(session, tabId))) return;
    this.tabs.close(tabId);
    this.toRun.delete(tabId);
    this.clientChanged();
  }

  /** Closes a tab on the server; where a transaction is open, a person says what is to become of it. */
  private async mayClose({ sessionId }: SessionView, tabId: string): Promise<boolean> {
    const command = { type: 'tab.close', sessionId, tabId } as const;
    const answer = await this.client.command(command);
    if (!('refused' in answer) || answer.refused.code !== 'transaction.open') return true;
    const connection = connectionOf(this.client.state.connections, tabId, sessionId);
    const wish = await this.asker.ask('This tab', connection?.transaction === 'open');
    if (wish === 'keep') return false;
    const element = [...this.renderRoot.querySelectorAll<QtQueryTab>('qt-query-tab')].find(
      (one) => one.tab.tabId === tabId,
    );
    if (wish === 'commit' && !(await element?.transaction({ type: 'transaction.commit' }))) return false;
    const closed = await this.client.command({ ...command, rollback: true });
    return !('refused' in closed);
  }

  runAll(): void {
    this.activeTab?.run('all');
  }

  cancel(): void {
    this.activeTab?.cancel();
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
    return this.failures.get(session?.sessionId ?? '') ?? this.failures.get(profileId) ?? null;
  }

  protected override updated(): void {
    const { active, activeId } = this.tabs;
    const session = this.sessionOf(active);
    // The frame is for what can be reached now, not for what once was.
    const environment = session && !sessionEnded(session.state) ? session.environment : null;
    frame(this, environment);
    document.title = `${titlePrefix(environment)}${active ? `${tabTitle(active)} · ` : ''}Querytape`;
    if (!this.toRun.has(activeId) || session?.state !== 'ready') return;
    this.toRun.delete(activeId);
    this.activeTab?.runAll();
  }

  protected override render() {
    const { client, tabs, sessions, scripts } = this;
    const { active } = tabs;
    const session = this.sessionOf(active);
    const profile = client.profiles.find(({ profileId }) => profileId === active?.profileId);
    const latest = new Map([...scripts].map(([tabId, script]) => [tabId, currentOf(script)!]));
    const query = latest.get(active?.tabId ?? '');
    const living = session && !sessionEnded(session.state) ? session : undefined;
    return html`
      <qt-top-bar
        .environment=${living?.environment ?? null} .health=${client.health} .seq=${client.state.seq}
        .link=${client.link} .vault=${client.keeping.vault.state} .policyBroken=${client.keeping.policy.problems.length > 0} .theme=${this.theme} .sidebarShown=${this.sidebarShown} .tapeShown=${this.tapeShown}
        @qt-palette=${this.openPalette} @qt-toggle-sidebar=${this.toggleSidebar} @qt-toggle-tape=${this.toggleTape}
        @qt-next-theme=${this.changeTheme}
      ></qt-top-bar>
      <main>
        ${this.sidebarShown ? this.sidebar() : nothing}
        <div class="middle" @pointerdown=${this.closeDrawers}>
          ${
            tabs.tabs.length > 0
              ? this.editors(latest)
              : html`<qt-welcome
                  .link=${client.link} .denied=${client.denied} .profile=${client.profiles[0]}
                  .session=${[...sessions.values()].find(({ state }) => !sessionEnded(state))}
                  .refused=${this.failures.get(client.profiles[0]?.profileId ?? '')?.message ?? ''}
                  .vault=${client.keeping.vault.state}
                  @qt-open-profile=${(event: CustomEvent<string>) => this.openAndType(event.detail)}
                ></qt-welcome>`
          }
        </div>
        ${this.tapeShown ? this.tape(active, query) : nothing}
      </main>
      <qt-status-bar
        .link=${client.link} .denied=${client.denied} .profile=${profile} .session=${session} .query=${query}
        .connection=${connectionOf(client.state.connections, active?.tabId, session?.sessionId)}
        .trusted=${living ? trustedOf(living, client.keeping.policy.policy, client.mayWrite) : null} .editable=${client.isSaved(profile?.profileId)}
      ></qt-status-bar>
      <qt-palette></qt-palette>
      <qt-open-transaction></qt-open-transaction>
      <qt-trust
        .client=${client} .profileId=${active?.profileId ?? ''} @qt-history-open=${(event: CustomEvent<HistoryEntry>) => this.openPast(event.detail)}
      ></qt-trust>
    `;
  }

  private sidebar() {
    const drawer = innerWidth < SIDEBAR_DRAWER_PX;
    return html`<qt-sidebar
        class=${drawer ? 'drawer left' : ''} style="width:${this.sidebarWidth}px"
        .profiles=${this.client.profiles} .keeping=${this.client.keeping} .sessions=${this.sessions} .failures=${this.failures}
        .catalogues=${this.catalogues} .orphans=${this.orphans} .revision=${this.revision}
        .current=${this.tabs.active?.profileId ?? ''}
        @qt-open-profile=${(event: CustomEvent<string>) => this.openProfile(event.detail)}
        @qt-close-session=${(event: CustomEvent<string>) => this.closeSession(event.detail)}
        @qt-reconnect=${(event: CustomEvent<string>) => this.client.command({ type: 'session.reconnect', sessionId: event.detail })}
        @qt-open-collection=${(
          event: CustomEvent<{ profileId: string; namespace: string; collection: string }>,
        ) => this.openCollection(event.detail.profileId, event.detail.namespace, event.detail.collection)}
        @qt-open-ddl=${(event: CustomEvent<{ profileId: string; namespace: string; collection: string }>) =>
          this.openDdl(event.detail.profileId, event.detail.namespace, event.detail.collection)}
      ></qt-sidebar>
      ${
        drawer
          ? nothing
          : html`<qt-splitter
            label="Width of the sidebar" .value=${this.sidebarWidth} min="170" max="520"
            @qt-split=${(event: CustomEvent<number>) => this.resize('sidebarWidth', event.detail)}
          ></qt-splitter>`
      }`;
  }

  private editors(latest: ReadonlyMap<string, QueryView>) {
    const { client, tabs } = this;
    return html`<qt-tabs
        .tabs=${tabs.tabs} .activeId=${tabs.activeId} .latest=${latest} .unkept=${this.drafts.problem}
        @qt-show-tab=${(event: CustomEvent<string>) => this.showTab(event.detail)}
        @qt-close-tab=${(event: CustomEvent<string>) => this.closeTab(event.detail)}
        @qt-new-tab=${this.newTab}
        @qt-name-tab=${(event: CustomEvent<{ tabId: string; title: string }>) => this.changeTab(event.detail.tabId, { title: event.detail.title })}
      ></qt-tabs>
      ${repeat(
        tabs.tabs,
        ({ tabId }) => tabId,
        (tab) => {
          const session = this.sessionOf(tab);
          const catalogue = session && this.catalogues.get(session.sessionId);
          return html`<qt-query-tab
            ?hidden=${tab.tabId !== tabs.activeId}
            .client=${client} .tab=${tab} .queries=${this.scripts.get(tab.tabId) ?? NO_QUERIES}
            .profile=${client.profiles.find(({ profileId }) => profileId === tab.profileId)}
            .session=${session} .connection=${ownConnection(client.state.connections, tab.tabId, session?.sessionId)} .blocked=${this.blocked(session)} .alarm=${this.alarm} .unopened=${this.unopened(tab.profileId, session)} .names=${catalogue?.names() ?? NO_NAMES}
            @qt-open-profile=${(event: CustomEvent<string>) => this.openAndType(event.detail)}
            @qt-edit=${(event: CustomEvent<string>) => this.changeTab(tab.tabId, { text: event.detail })}
          ></qt-query-tab>`;
        },
      )}`;
  }

  private tape(active: Tab | undefined, query: QueryView | undefined) {
    const drawer = innerWidth < TAPE_DRAWER_PX;
    const { client } = this;
    return html`${
      drawer
        ? nothing
        : html`<qt-splitter
            label="Width of the tape" .value=${this.tapeWidth} min="220" max="640" reverse
            @qt-split=${(event: CustomEvent<number>) => this.resize('tapeWidth', event.detail)}
          ></qt-splitter>`
    }
      <qt-tape-panel
        class=${drawer ? 'drawer right' : ''} style="width:${this.tapeWidth}px"
        .actors=${actorsOf(client.state, active?.tabId)} .envelopes=${client.envelopes} .newest=${client.state.seq}
        .charts=${client.charts} .actor=${query?.queryId ?? ''}
        @qt-toggle-tape=${this.toggleTape}
      ></qt-tape-panel>`;
  }

  openPalette(): void {
    const { theme, client, sessions, catalogues } = this;
    const items = paletteItems(this, nextTheme(theme), client.profiles, client.keeping, sessions, catalogues);
    this.renderRoot.querySelector<QtPalette>('qt-palette')?.open(items);
  }

  private showTab(tabId: string): void {
    this.tabs.show(tabId);
    this.clientChanged();
  }

  private changeTab(tabId: string, changes: Partial<Pick<Tab, 'title' | 'text'>>): void {
    this.tabs.change(tabId, changes);
    this.requestUpdate();
  }

  private resize(pane: 'sidebarWidth' | 'tapeWidth', width: number): void {
    this[pane] = width;
    localStorage.setItem(`querytape.${pane}`, String(width));
  }

  toggleSidebar(): void {
    this.sidebarShown = !this.sidebarShown;
    if (this.sidebarShown && innerWidth < SIDEBAR_DRAWER_PX) this.tapeShown = false;
  }

  toggleTape(): void {
    this.tapeShown = !this.tapeShown;
    if (innerWidth >= TAPE_DRAWER_PX)
      localStorage.setItem('querytape.tapeShown', this.tapeShown ? 'yes' : 'no');
    else if (innerWidth < SIDEBAR_DRAWER_PX && this.tapeShown) this.sidebarShown = false;
  }

  /** A drawer lies over the rest: whoever goes back to that is done with it. */
  private closeDrawers(): boolean {
    const shown = this.renderRoot.querySelector('.drawer') !== null;
    if (innerWidth < TAPE_DRAWER_PX) this.tapeShown = false;
    if (innerWidth < SIDEBAR_DRAWER_PX) this.sidebarShown = false;
    return shown;
  }

  changeTheme(): void {
    this.theme = nextTheme(this.theme);
    applyTheme(this.theme);
  }

  private key(event: KeyboardEvent): void {
    const inDrawer = this.shadowRoot?.activeElement?.classList.contains('drawer') ?? false;
    if (event.key === 'Escape' && inDrawer && this.closeDrawers()) {
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
        this.nextPane(wish.by);
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

  /** F6: sidebar, editor, result, tape, and round again; a pane that is not there is passed over. */
  private nextPane(by: 1 | -1): void {
    const panes: readonly (() => HTMLElement | null | undefined)[] = [
      () => this.renderRoot.querySelector<QtSidebar>('qt-sidebar'),
      () => this.activeTab?.editor,
      () => this.activeTab?.resultPane,
      () => this.renderRoot.querySelector<HTMLElement>('qt-tape-panel'),
    ];
    const at = panes.findIndex((pane) => pane()?.matches(':focus-within'));
    for (let step = 1; step <= panes.length; step++) {
      const from = at < 0 && by < 0 ? 0 : at;
      const pane = panes[(from + by * step + 2 * panes.length) % panes.length]!();
      if (!pane) continue;
      pane.focus();
      return;
    }
  }
}

const NO_QUERIES: readonly QueryView[] = [];
const NO_NAMES: Readonly<Record<string, string[]>> = {};

customElements.define('qt-app', QtApp);
