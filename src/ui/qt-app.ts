import { css, html, LitElement, nothing } from 'lit';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import type { ConnectionView } from '../events/views/connection-view.ts';
import { connectionEnded } from '../events/views/connection-view.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import { Catalogue, quoted } from './catalogue.ts';
import { Client } from './client.ts';
import type { PaletteItem, QtPalette } from './qt-palette.ts';
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
import { shared } from './shared.css.ts';
import { type Tab, Tabs } from './tabs.ts';
import { applyTheme, chosenTheme, nextTheme } from './theme.ts';

/** Below these widths the panes become drawers over the rest. */
const TAPE_DRAWER_PX = 1100;
const SIDEBAR_DRAWER_PX = 760;

function kept(key: string, otherwise: number): number {
  return Number(localStorage.getItem(key)) || otherwise;
}

/** The root: the one element that talks to the server. Properties go down, events come up. */
export class QtApp extends LitElement {
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
    css`
      :host { display: flex; flex-direction: column; height: 100vh; background: var(--qt-bg); }
      :host([data-environment='production'])::after {
        content: ''; position: fixed; inset: 0; border: 2px solid var(--qt-state-failed); pointer-events: none; z-index: 50;
      }
      main { display: flex; flex: 1; min-height: 0; position: relative; }
      .middle { display: flex; flex-direction: column; flex: 1; min-width: 0; min-height: 0; }
      qt-query-tab[hidden] { display: none; }
      .drawer { position: absolute; top: 0; bottom: 0; z-index: 20; box-shadow: var(--qt-shadow); }
      .drawer.left { left: 0; }
      .drawer.right { right: 0; }
      .welcome { flex: 1; display: grid; place-content: center; justify-items: center; gap: 14px; text-align: center; padding: 24px; }
      .welcome h1 { margin: 0; font-size: 20px; font-weight: 600; }
      .welcome p { margin: 0; max-width: 440px; color: var(--qt-fg-muted); }
      .welcome button {
        height: 34px; padding: 0 18px; border-radius: var(--qt-radius); background: var(--qt-accent); color: var(--qt-on-accent);
        font-weight: 600;
      }
    `,
  ];

  declare protected sidebarWidth: number;
  declare protected tapeWidth: number;
  declare protected sidebarShown: boolean;
  declare protected tapeShown: boolean;
  /** Words of failed sessions. */
  declare protected failures: ReadonlyMap<string, FailureText>;
  declare protected theme: ReturnType<typeof chosenTheme>;
  private readonly client = new Client();
  private readonly tabs = new Tabs();
  private readonly catalogues = new Map<string, Catalogue>();
  private readonly askedFailures = new Set<string>();
  private revision = 0;
  private names: { revision: number; names: Record<string, string[]> } = { revision: -1, names: {} };
  /** Tabs whose text is to be run once their session is ready. */
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
    for (const width of [TAPE_DRAWER_PX, SIDEBAR_DRAWER_PX])
      matchMedia(`(min-width: ${width}px)`).addEventListener('change', () => this.showWhatFits());
    void this.client.start();
  }

  /** Where a pane would cover the rest it waits to be called; elsewhere it is as it was left. */
  private showWhatFits(): void {
    this.sidebarShown = innerWidth >= SIDEBAR_DRAWER_PX;
    this.tapeShown = innerWidth >= TAPE_DRAWER_PX && localStorage.getItem('querytape.tapeShown') !== 'no';
  }

  /** The latest session of each profile. */
  private get sessions(): Map<string, SessionView> {
    const latest = new Map<string, SessionView>();
    for (const session of Object.values(this.client.state.sessions)) {
      const known = latest.get(session.profileId);
      if (!known || known.openedAt <= session.openedAt) latest.set(session.profileId, session);
    }
    return latest;
  }

  private sessionOf(tab: Tab | undefined): SessionView | undefined {
    return tab && this.sessions.get(tab.profileId);
  }

  /** The queries of each tab's latest script, in its order. */
  private scripts(): Map<string, QueryView[]> {
    const byTab = new Map<string, QueryView[]>();
    for (const query of Object.values(this.client.state.queries)) {
      if (query.tabId === null) continue;
      const known = byTab.get(query.tabId);
      if (!known || known[0]!.scriptId === query.scriptId) byTab.set(query.tabId, [...(known ?? []), query]);
      else if (known[0]!.submittedAt <= query.submittedAt) byTab.set(query.tabId, [query]);
    }
    for (const queries of byTab.values()) queries.sort((a, b) => a.scriptIndex - b.scriptIndex);
    return byTab;
  }

  private clientChanged(): void {
    for (const session of Object.values(this.client.state.sessions)) {
      const { sessionId, state, failure } = session;
      if (state === 'ready' && !this.catalogues.has(sessionId)) this.beginCatalogue(sessionId);
      if (failure && state !== 'ready' && !session.orphaned)
        void this.learnFailure(sessionId, session.failure!.code);
    }
    if (this.tabs.tabs.length === 0) {
      const ready = [...this.sessions.values()].find(({ state }) => state === 'ready');
      if (ready) this.tabs.open(ready.profileId);
    }
    const environment = this.sessionOf(this.tabs.active)?.environment;
    if (environment) this.dataset.environment = environment;
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

  private async openProfile(profileId: string): Promise<void> {
    const answer = await this.client.command({ type: 'session.open', profileId });
    if ('refused' in answer)
      this.failures = new Map(this.failures).set(profileId, { ...answer.refused, source: 'client' });
    if (!this.tabs.tabs.some((tab) => tab.profileId === profileId)) this.tabs.open(profileId);
    this.requestUpdate();
  }

  private openCollection(namespace: string, collection: string): void {
    const session = [...this.catalogues].find(([, catalogue]) =>
      catalogue.collections().some((one) => one.namespace === namespace && one.name === collection),
    );
    const profileId = session && this.client.state.sessions[session[0]]?.profileId;
    if (!profileId) return;
    const tab = this.tabs.open(profileId, `select * from ${quoted(namespace)}.${quoted(collection)}`);
    this.toRun.add(tab.tabId);
    this.requestUpdate();
  }

  private newTab(): void {
    const profileId = this.tabs.active?.profileId ?? this.client.profiles[0]?.profileId;
    if (profileId) this.tabs.open(profileId);
    this.requestUpdate();
    void this.updateComplete.then(() => this.activeTab?.focus());
  }

  private closeTab(tabId: string): void {
    const tab = this.tabs.tabs.find((one) => one.tabId === tabId);
    const session = this.sessionOf(tab);
    if (session && session.state === 'ready')
      void this.client.command({ type: 'tab.close', sessionId: session.sessionId, tabId });
    this.tabs.close(tabId);
    this.requestUpdate();
  }

  private get activeTab(): QtQueryTab | null {
    return this.renderRoot.querySelector('qt-query-tab:not([hidden])');
  }

  /** Why nothing can be run in a tab; empty when it can. */
  private blocked(session: SessionView | undefined): string {
    if (this.client.link !== 'open') return 'The connection to Querytape is lost; trying again.';
    const { health } = this.client;
    if (health.state === 'failed')
      return `The tape can't be written (${health.code}). Make room in the data folder.`;
    if (session?.state !== 'ready') return 'Open the connection first.';
    return '';
  }

  protected override updated(): void {
    const active = this.activeTab;
    const { activeId } = this.tabs;
    if (!active || !this.toRun.has(activeId) || this.sessionOf(this.tabs.active)?.state !== 'ready') return;
    this.toRun.delete(activeId);
    active.runAll();
  }

  protected override render() {
    const { client, tabs } = this;
    const scripts = this.scripts();
    const active = tabs.active;
    const session = this.sessionOf(active);
    const profile = client.profiles.find(({ profileId }) => profileId === active?.profileId);
    const latest = new Map([...scripts].map(([tabId, queries]) => [tabId, queries.at(-1)!]));
    const living = scripts.get(active?.tabId ?? '')?.find(({ outcome }) => outcome === null);
    const query = living ?? latest.get(active?.tabId ?? '');
    return html`
      <qt-top-bar
        .environment=${session?.environment ?? null} .health=${client.health} .seq=${client.state.seq} .theme=${this.theme}
        @qt-palette=${() => this.palette?.open()} @qt-toggle-sidebar=${this.toggleSidebar} @qt-toggle-tape=${this.toggleTape}
        @qt-next-theme=${this.changeTheme}
      ></qt-top-bar>
      <main>
        ${this.sidebarShown ? this.sidebar() : nothing}
        <div class="middle">
          ${tabs.tabs.length === 0 ? this.welcome() : this.editors(scripts, latest)}
        </div>
        ${this.tapeShown ? this.tape(active, query) : nothing}
      </main>
      <qt-status-bar
        .link=${client.link} .profile=${profile} .session=${session} .query=${query}
        .connection=${this.connectionOf(active, session)}
      ></qt-status-bar>
      <qt-palette .items=${this.paletteItems()}></qt-palette>
    `;
  }

  private sidebar() {
    const drawer = innerWidth < SIDEBAR_DRAWER_PX;
    const orphans = Object.values(this.client.state.queries).filter(
      ({ orphaned, outcome, purpose }) =>
        orphaned && purpose === 'statement' && outcome === 'lost.mayHaveCompleted',
    );
    return html`<qt-sidebar
        class=${drawer ? 'drawer left' : ''} style="width:${this.sidebarWidth}px;flex:none"
        .profiles=${this.client.profiles} .sessions=${this.sessions} .failures=${this.failures}
        .catalogues=${this.catalogues} .orphans=${orphans} .revision=${this.revision}
        @qt-open-profile=${(event: CustomEvent<string>) => this.openProfile(event.detail)}
        @qt-close-session=${(event: CustomEvent<string>) => this.client.command({ type: 'session.close', sessionId: event.detail })}
        @qt-reconnect=${(event: CustomEvent<string>) => this.client.command({ type: 'session.reconnect', sessionId: event.detail })}
        @qt-open-collection=${(event: CustomEvent<{ namespace: string; collection: string }>) =>
          this.openCollection(event.detail.namespace, event.detail.collection)}
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

  private editors(scripts: ReadonlyMap<string, QueryView[]>, latest: ReadonlyMap<string, QueryView>) {
    const { client, tabs } = this;
    return html`<qt-tabs
        .tabs=${tabs.tabs} .activeId=${tabs.activeId} .latest=${latest}
        @qt-show-tab=${(event: CustomEvent<string>) => this.showTab(event.detail)}
        @qt-close-tab=${(event: CustomEvent<string>) => this.closeTab(event.detail)}
        @qt-new-tab=${this.newTab}
        @qt-name-tab=${(event: CustomEvent<{ tabId: string; title: string }>) => this.changeTab(event.detail.tabId, { title: event.detail.title })}
      ></qt-tabs>
      ${tabs.tabs.map((tab) => {
        const session = this.sessionOf(tab);
        return html`<qt-query-tab
          ?hidden=${tab.tabId !== tabs.activeId}
          .client=${client} .tab=${tab} .queries=${scripts.get(tab.tabId) ?? NO_QUERIES}
          .profile=${client.profiles.find(({ profileId }) => profileId === tab.profileId)}
          .sessionId=${session?.state === 'ready' ? session.sessionId : null}
          .blocked=${this.blocked(session)} .names=${this.namesOf(session)}
          @qt-open-profile=${(event: CustomEvent<string>) => this.openProfile(event.detail)}
          @qt-edit=${(event: CustomEvent<string>) => this.changeTab(tab.tabId, { text: event.detail })}
        ></qt-query-tab>`;
      })}`;
  }

  private tape(active: Tab | undefined, query: QueryView | undefined) {
    const drawer = innerWidth < TAPE_DRAWER_PX;
    const own = new Set<string>();
    for (const one of Object.values(this.client.state.queries))
      if (one.tabId !== null && one.tabId === active?.tabId) own.add(one.queryId);
    for (const one of Object.values(this.client.state.connections))
      if (one.tabId !== null && one.tabId === active?.tabId) own.add(one.connectionId);
    const envelopes = this.client.envelopes.filter(({ actor }) => own.has(actor));
    return html`${
      drawer
        ? nothing
        : html`<qt-splitter
            label="Width of the tape" .value=${this.tapeWidth} min="220" max="640" reverse
            @qt-split=${(event: CustomEvent<number>) => this.resize('tapeWidth', event.detail)}
          ></qt-splitter>`
    }
      <qt-tape-panel
        class=${drawer ? 'drawer right' : ''} style="width:${this.tapeWidth}px;flex:none"
        .envelopes=${envelopes} .charts=${this.client.charts} .actor=${query?.queryId ?? ''}
        @qt-toggle-tape=${this.toggleTape}
      ></qt-tape-panel>`;
  }

  private welcome() {
    const { client } = this;
    if (client.link !== 'open')
      return html`<div class="welcome"><p>Waiting for Querytape to answer…</p></div>`;
    const opening = [...this.sessions.values()].find(({ state }) => state.startsWith('opening'));
    if (opening) return html`<div class="welcome"><p>Opening the connection…</p></div>`;
    const [first] = client.profiles;
    return html`<div class="welcome">
      <h1>${first ? 'Open a connection to begin' : 'No connection yet'}</h1>
      <p>
        ${
          first?.profileId === 'demo'
            ? 'Demo is a real PostgreSQL on this machine with a small shop in it. Change what you like; it is yours.'
            : first
              ? 'Every statement you run is recorded before it leaves this machine.'
              : 'Start Querytape with --demo for a database to try, or with --allow-unsaved-profiles to open your own.'
        }
      </p>
      ${first ? html`<button autofocus @click=${() => this.openProfile(first.profileId)}>Open ${first.name}</button>` : nothing}
    </div>`;
  }

  private connectionOf(tab: Tab | undefined, session: SessionView | undefined): ConnectionView | undefined {
    const living = Object.values(this.client.state.connections).filter(
      ({ sessionId, state }) => sessionId === session?.sessionId && !connectionEnded(state),
    );
    return (
      living.find(({ tabId }) => tabId !== null && tabId === tab?.tabId) ??
      living.find(({ purpose }) => purpose === 'catalogue')
    );
  }

  private namesOf(session: SessionView | undefined): Record<string, string[]> {
    const catalogue = session && this.catalogues.get(session.sessionId);
    if (this.names.revision !== this.revision)
      this.names = { revision: this.revision, names: catalogue?.names() ?? {} };
    return this.names.names;
  }

  private get palette(): QtPalette | null {
    return this.renderRoot.querySelector('qt-palette');
  }

  private paletteItems(): PaletteItem[] {
    const tables = [...this.catalogues.values()].flatMap((catalogue) =>
      catalogue.collections().map(({ namespace, name, kind }) => ({
        label: `${namespace}.${name}`,
        detail: kind,
        keys: '',
        act: () => this.openCollection(namespace, name),
      })),
    );
    const commands: PaletteItem[] = [
      { label: 'New query', detail: '', keys: 'Ctrl Alt T', act: () => this.newTab() },
      {
        label: 'Close this query',
        detail: '',
        keys: 'Ctrl Alt W',
        act: () => this.closeTab(this.tabs.activeId),
      },
      {
        label: 'Run all statements',
        detail: '',
        keys: 'Ctrl Shift ⏎',
        act: () => this.activeTab?.run('all'),
      },
      {
        label: 'Cancel the running statement',
        detail: '',
        keys: 'Ctrl .',
        act: () => this.activeTab?.cancel(),
      },
      { label: 'Show or hide the tape', detail: '', keys: 'Ctrl J', act: () => this.toggleTape() },
      { label: 'Show or hide connections', detail: '', keys: 'Ctrl B', act: () => this.toggleSidebar() },
      { label: `Theme: ${nextTheme(this.theme)}`, detail: '', keys: '', act: () => this.changeTheme() },
      ...this.client.profiles.map((profile: Profile) => ({
        label: `Open ${profile.name}`,
        detail: profile.environment,
        keys: '',
        act: () => void this.openProfile(profile.profileId),
      })),
    ];
    return [...commands, ...tables];
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

  private toggleSidebar(): void {
    this.sidebarShown = !this.sidebarShown;
  }

  private toggleTape(): void {
    this.tapeShown = !this.tapeShown;
    localStorage.setItem('querytape.tapeShown', this.tapeShown ? 'yes' : 'no');
  }

  private changeTheme(): void {
    this.theme = nextTheme(this.theme);
    applyTheme(this.theme);
  }

  /** The shortcuts that hold everywhere. */
  private key(event: KeyboardEvent): void {
    const ctrl = event.ctrlKey || event.metaKey;
    const act = KEYS.find(
      ({ key, ctrl: needs, alt }) => key === event.key && needs === ctrl && alt === event.altKey,
    );
    if (!act) return;
    event.preventDefault();
    act.act(this, event);
  }

  /** F6: sidebar, editor, result, tape, and round again. */
  private nextPane(by: number): void {
    const panes: (() => void)[] = [
      () => this.renderRoot.querySelector<QtSidebar>('qt-sidebar')?.focus(),
      () => this.activeTab?.focus(),
      () => this.activeTab?.focusResult(),
      () => this.renderRoot.querySelector<HTMLElement>('qt-tape-panel')?.focus(),
    ];
    const focused = this.shadowRoot?.activeElement;
    const inTab = focused?.shadowRoot?.activeElement?.localName;
    const at =
      focused?.localName === 'qt-sidebar'
        ? 0
        : focused?.localName === 'qt-tape-panel'
          ? 3
          : inTab === 'qt-result'
            ? 2
            : inTab === 'qt-editor'
              ? 1
              : -1;
    panes[(at + by + panes.length) % panes.length]?.();
  }

  static readonly keys: readonly {
    readonly key: string;
    readonly ctrl: boolean;
    readonly alt: boolean;
    readonly act: (app: QtApp, event: KeyboardEvent) => void;
  }[] = [
    { key: 'k', ctrl: true, alt: false, act: (app) => app.palette?.open() },
    { key: 'j', ctrl: true, alt: false, act: (app) => app.toggleTape() },
    { key: 'b', ctrl: true, alt: false, act: (app) => app.toggleSidebar() },
    { key: '.', ctrl: true, alt: false, act: (app) => app.activeTab?.cancel() },
    { key: 't', ctrl: true, alt: true, act: (app) => app.newTab() },
    { key: 'w', ctrl: true, alt: true, act: (app) => app.closeTab(app.tabs.activeId) },
    { key: 'F6', ctrl: false, alt: false, act: (app, event) => app.nextPane(event.shiftKey ? -1 : 1) },
    { key: 'PageDown', ctrl: true, alt: true, act: (app) => app.stepTab(1) },
    { key: 'PageUp', ctrl: true, alt: true, act: (app) => app.stepTab(-1) },
  ];

  private stepTab(by: number): void {
    this.tabs.step(by);
    this.clientChanged();
  }
}

const KEYS = QtApp.keys;
const NO_QUERIES: readonly QueryView[] = [];

customElements.define('qt-app', QtApp);
