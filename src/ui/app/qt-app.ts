import { ContextProvider } from '@lit/context';
import { css, html, LitElement, nothing } from 'lit';
import { tracePath } from '../../events/trace/trace-wish.ts';
import { clientContext } from '../api/client-context.ts';
import { type SendCommand, sendCommand } from '../api/command-request.ts';
import { download, openAnotherPage, openTraceHandoff } from '../api/request.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { CollectionPlace } from '../catalogue/collection-place.ts';
import { awaitsDecision } from '../controls/dialog-controller.ts';
import { frame, frameStyles, titlePrefix } from '../controls/environment-frame.ts';
import { chordOf, commandFor, type KeyCommand } from '../controls/key-bindings.ts';
import type { QtConfirm } from '../controls/qt-confirm.ts';
import '../controls/qt-confirm.ts';
import type { MenuRequest, QtMenu } from '../controls/qt-menu.ts';
import '../controls/qt-menu.ts';
import { shared } from '../controls/shared.css.ts';
import type { HistoryEntry } from '../dialogs/history-model.ts';
import type { QtDialogHost } from '../dialogs/qt-dialog-host.ts';
import '../dialogs/qt-dialog-host.ts';
import type { QtQueryTab } from '../query/qt-query-tab.ts';
import type { StepRequest } from '../query/qt-transaction.ts';
import { statusBar, topBar, welcome } from './app-bars.ts';
import { paneSplitter, sidebarPane, tapePane } from './app-panes.ts';
import { CloseGuard } from './close-guard.ts';
import { PageState } from './page-state.ts';
import { paletteItems } from './palette-items.ts';
import { focusNextPane, PaneLayout } from './pane-layout.ts';
import type { QtPalette } from './qt-palette.ts';
import './qt-palette.ts';
import { SessionActions } from './session-actions.ts';
import { TabActions } from './tab-actions.ts';
import { type Ask, tabStack } from './tab-stack.ts';
import { tabTitle } from './tabs.ts';
import { chooseTheme, chosenTheme, nextTheme } from './theme.ts';

/** The root: puts state, actions, panes and dialogs together. Properties go down, events come up. */
export class QtApp extends LitElement {
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
  private readonly state = new PageState(() => this.requestUpdate());
  private readonly panes = new PaneLayout(() => this.requestUpdate());
  private readonly ask: Ask = (question) =>
    this.renderRoot.querySelector<QtConfirm>('qt-confirm')!.ask(question);
  private readonly send: SendCommand = (command) => sendCommand(this.renderRoot, command);
  private readonly guard = new CloseGuard({
    client: this.state.client,
    send: this.send,
    ask: this.ask,
    say: (why) => this.activeTab?.say(why),
    nameOf: (tabId) => {
      const tab = this.state.tabs.tabs.find((one) => one.tabId === tabId);
      return tab ? `“${tabTitle(tab)}”` : 'a tab in another page';
    },
  });
  private readonly sessions = new SessionActions(this.state, this.send, this.guard);
  private readonly tabs = new TabActions(
    this.state,
    this.guard,
    (tabId) => this.queryTabs.find(({ tab }) => tab.tabId === tabId),
    () => this.updateComplete,
  );
  /** What each command of the table of key bindings does. */
  private readonly commands: Readonly<Record<KeyCommand<'page'>, () => unknown>> = {
    openPalette: () => this.openPalette(),
    newTab: () => this.tabs.openNew(),
    closeTab: () => this.tabs.close(),
    reopenTab: () => this.tabs.reopen(),
    runAll: () => this.activeTab?.run('all'),
    cancel: () => this.activeTab?.cancel(),
    listColumns: () => this.activeTab?.listColumns(),
    begin: () => this.step({ step: 'begin', options: {} }),
    commit: () => this.step({ step: 'commit' }),
    rollback: () => this.step({ step: 'rollback' }),
    toggleTape: () => this.togglePane('qt-tape-panel', () => this.panes.toggleTape()),
    toggleSidebar: () => this.togglePane('qt-sidebar', () => this.panes.toggleSidebar()),
    find: () =>
      this.activeTab?.resultPane?.dispatchEvent(new Event('qt-find', { bubbles: true, composed: true })),
    newConnection: () => this.dialogs.editConnection(null),
    importConnections: () => this.dialogs.importConnections(),
    openHistory: () => this.dialogs.openHistory(),
    openMetrics: () => this.dialogs.openMetrics(),
    openReplay: () => this.dialogs.openReplay(),
    exportBundle: () => this.dialogs.exportBundle(),
    openShortcuts: () => this.dialogs.openShortcuts(),
    // Where no page opens, the browser has said so.
    openAnotherPage: () => openAnotherPage().catch(() => undefined),
    exportLogs: () => this.download('/api/logs'),
    exportPerfetto: () => this.download(tracePath('perfetto', null)),
    openPerfetto: () => openTraceHandoff(null).catch(() => undefined),
    exportOtlp: () => this.download(tracePath('otlp', null)),
    openVault: () => this.dialogs.openVault(),
    openSettings: () => this.dialogs.openSettings(),
    changeTheme: () => this.changeTheme(),
    nextPane: () => focusNextPane(this.stops, 1),
    previousPane: () => focusNextPane(this.stops, -1),
    nextTab: () => this.tabs.step(1),
    previousTab: () => this.tabs.step(-1),
    tab1: () => this.tabs.showAt(0),
    tab2: () => this.tabs.showAt(1),
    tab3: () => this.tabs.showAt(2),
    tab4: () => this.tabs.showAt(3),
    tab5: () => this.tabs.showAt(4),
    tab6: () => this.tabs.showAt(5),
    tab7: () => this.tabs.showAt(6),
    tab8: () => this.tabs.showAt(7),
    tab9: () => this.tabs.showAt(8),
  };

  /** The tab that was in view when the page was drawn last. */
  private shown: QtQueryTab | null = null;

  constructor() {
    super();
    const { client, drafts } = this.state;
    new ContextProvider(this, { context: clientContext, initialValue: client });
    this.theme = chosenTheme();
    addEventListener('keydown', (event) => this.key(event));
    addEventListener('pagehide', () => drafts.leave());
    addEventListener('beforeunload', (event) => {
      if (drafts.atRisk || this.queryTabs.some(({ unsaved }) => unsaved > 0)) event.preventDefault();
    });
    this.addEventListener('qt-menu', (event) => {
      void this.renderRoot.querySelector<QtMenu>('qt-menu')?.open((event as CustomEvent<MenuRequest>).detail);
    });
    void client.start();
  }

  private get dialogs(): QtDialogHost {
    return this.renderRoot.querySelector<QtDialogHost>('qt-dialog-host')!;
  }

  private get queryTabs(): QtQueryTab[] {
    return [...this.renderRoot.querySelectorAll<QtQueryTab>('qt-query-tab')];
  }

  private get activeTab(): QtQueryTab | null {
    return this.renderRoot.querySelector('qt-query-tab:not([hidden])');
  }

  /** Opens a connection from where a statement comes next. */
  private async openAndType(profileId: string): Promise<void> {
    await this.sessions.open(profileId);
    await this.updateComplete;
    this.activeTab?.focus();
  }

  private openText(profileId: string, text: string): Promise<void> {
    this.leaveDrawer();
    return this.tabs.openText(profileId, text);
  }

  private showDdl({ profileId, namespace, collection }: CollectionPlace): void {
    const { client, views } = this.state;
    const session = views.sessions.get(profileId);
    if (!session) return;
    const { sessionId, engine } = session;
    void this.dialogs.showDdl({
      engine,
      name: `${namespace}.${collection}`,
      read: () =>
        client.catalogue<{ ddl: string; more: boolean }>(sessionId, { list: 'ddl', namespace, collection }),
      edit: (text) => void this.openText(profileId, text),
    });
  }

  private step(request: StepRequest): void {
    void this.activeTab?.step(request);
  }

  /** What was opened from a drawer is behind it. */
  private leaveDrawer(): void {
    if (this.panes.sidebarIsDrawer) this.panes.closeDrawers();
  }

  /** A control that goes with what changes leaves the focus to its pane, or to the tab in view. */
  protected override willUpdate(): void {
    const had = this.shadowRoot?.activeElement;
    if (!had) return;
    const look = (): void => {
      if (document.activeElement !== document.body) return;
      (had.matches('qt-sidebar, qt-tape-panel') ? (had as HTMLElement) : this.activeTab)?.focus();
    };
    // By then what is inside is drawn, too, and the browser has taken the focus from what can't have it.
    requestAnimationFrame(() => setTimeout(look));
  }

  protected override updated(): void {
    const { shown, activeTab } = this;
    if (activeTab !== shown) this.passFocus(shown, activeTab);
    const { tabs, environment } = this.state;
    frame(this, environment);
    const title = tabs.active ? `${tabTitle(tabs.active)} · ` : '';
    document.title = `${titlePrefix(environment)}${title}Querytape`;
  }

  /** A tab that comes into view takes the focus from the one before, or from nowhere; not from where the user has put it. */
  private passFocus(before: QtQueryTab | null, tab: QtQueryTab | null): void {
    this.shown = tab;
    if (document.activeElement === document.body || before?.matches(':focus-within')) tab?.focus();
  }

  protected override render() {
    const { state, panes } = this;
    const latest = state.views.latest();
    const { active } = state.tabs;
    const query = latest.get(active?.tabId ?? '');
    return html`
      ${topBar(state, panes, this.theme, this.commands)}
      <div
        class="panes"
        @qt-show-ddl=${({ detail }: CustomEvent<CollectionPlace>) => this.showDdl(detail)}
        @qt-open-collection=${this.leaveDrawer}
      >
        ${panes.sidebarShown ? sidebarPane(state, panes, this.sessions, this.tabs) : nothing}
        <main>
        ${paneSplitter(panes, 'sidebarWidth')}
        <div
          class="middle"
          @pointerdown=${() => panes.closeDrawers()}
          @qt-open-profile=${({ detail }: CustomEvent<string>) => this.openAndType(detail)}
        >
          ${state.tabs.tabs.length > 0 ? tabStack(state, this.tabs, this.ask, latest) : welcome(state)}
        </div>
        ${paneSplitter(panes, 'tapeWidth')}
        <qt-menu></qt-menu>
        </main>
        ${panes.tapeShown ? tapePane(state, panes, active, query, this.tabs, this.commands) : nothing}
      </div>
      ${statusBar(state, query, this.sessions)}
      <qt-palette></qt-palette>
      <qt-confirm></qt-confirm>
      <qt-dialog-host
        .profileId=${active?.profileId ?? ''}
        .tabs=${state.tabs.tabs}
        @qt-history-open=${({ detail }: CustomEvent<HistoryEntry>) => this.openText(detail.profileId, detail.text)}
      ></qt-dialog-host>
    `;
  }

  private openPalette(): void {
    const { openPalette: _, reopenTab, ...others } = this.commands;
    const commands = this.state.tabs.reopens ? { ...others, reopenTab } : others;
    const targets = {
      open: (profileId: string) => void this.openAndType(profileId),
      close: (sessionId: string) => void this.sessions.close(sessionId),
      edit: (profileId: string) => void this.dialogs.editConnection(profileId),
      openCollection: async (place: CollectionPlace) => {
        this.leaveDrawer();
        await this.tabs.openCollection(place);
        this.activeTab?.focus();
      },
      search: (catalogue: Catalogue, typed: string) => {
        if (!this.panes.sidebarShown) this.panes.toggleSidebar();
        catalogue.searchFor(typed);
      },
    };
    const items = paletteItems(commands, targets, nextTheme(this.theme), this.state);
    this.renderRoot.querySelector<QtPalette>('qt-palette')?.open(items);
  }

  /** Has a file saved; where there is none the page says why, as the browser does not. */
  private async download(path: string): Promise<void> {
    await download(path).catch((error: Error) =>
      this.ask({
        title: 'The download failed',
        lines: [error.message],
        choices: [{ answer: 'close', label: 'Close' }],
      }),
    );
  }

  private changeTheme(): void {
    this.theme = nextTheme(this.theme);
    chooseTheme(this.theme);
  }

  private pane(name: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(name);
  }

  /** Shows or hides a pane. One that covers the rest takes the focus, so that Escape leaves it; a hidden one leaves it to the editor. */
  private async togglePane(name: string, toggle: () => void): Promise<void> {
    const hadFocus = this.pane(name)?.matches(':focus-within') ?? false;
    toggle();
    // By then what is in it is drawn, too.
    await new Promise(requestAnimationFrame);
    const pane = this.pane(name);
    if (pane?.classList.contains('drawer')) pane.focus();
    else if (!pane && hadFocus) this.activeTab?.focus();
  }

  /** Sidebar, editor, result, tape: the panes that F6 cycles through. */
  private get stops(): readonly (HTMLElement | null)[] {
    const { activeTab } = this;
    return [
      this.pane('qt-sidebar'),
      activeTab?.editor ?? null,
      activeTab?.resultPane ?? null,
      this.pane('qt-tape-panel'),
    ];
  }

  private key(event: KeyboardEvent): void {
    const inDrawer = this.shadowRoot?.activeElement?.classList.contains('drawer') ?? false;
    if (event.key === 'Escape' && inDrawer) {
      this.panes.closeDrawers();
      this.activeTab?.focus();
      return;
    }
    const command = commandFor('page', chordOf(event));
    if (!command) return;
    event.preventDefault();
    if (command === 'cancel' || !awaitsDecision()) this.commands[command]();
  }
}

customElements.define('qt-app', QtApp);
