import { html, LitElement } from 'lit';
import type { FailureText } from '../../events/failure.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import type { Client } from '../api/client.ts';
import { ClientConsumer } from '../api/client-context.ts';
import type { CommandRequest } from '../api/command-request.ts';
import type { BundleSession, QtBundle } from '../bundle/qt-bundle.ts';
import type { DdlRequest, QtDdl } from '../catalogue/qt-ddl.ts';
import { minuteStamp } from '../format/timestamp.ts';
import type { QtMetrics } from '../metrics/qt-metrics.ts';
import type { RefusalAct } from '../query/refusal-text.ts';
import type { QtReplay } from '../replay/qt-replay.ts';
import { stable } from '../selectors/latest-script.ts';
import { CommandSender } from './command-sender.ts';
import { Confirmations, type Pending } from './confirmations.ts';
import { newHostKeyClashes } from './host-key-clashes.ts';
import type { QtConnectionDialog } from './qt-connection-dialog.ts';
import type { QtHistoryDialog } from './qt-history-dialog.ts';
import type { QtHostKeyDialog } from './qt-host-key-dialog.ts';
import type { QtPasswordDialog } from './qt-password-dialog.ts';
import type { QtSettings } from './qt-settings.ts';
import type { QtShortcuts } from './qt-shortcuts.ts';
import type { QtVaultDialog } from './qt-vault-dialog.ts';
import { type TunnelPrompt, TunnelPrompts } from './tunnel-prompts.ts';

/** An event that names a profile, or means that of the tab in view. */
type ProfileEvent = CustomEvent<string | null>;

/**
 * The dialogs: confirmations, connections, the vault, settings, passwords, history. Answers
 * the events of the elements around it, sends their commands, and asks the user for what a command turns out
 * to need.
 */
export class QtDialogHost extends LitElement {
  static override properties = {
    profileId: { type: String },
    tabs: { attribute: false },
    pending: { state: true },
    tunnelPrompts: { state: true },
    testTunnels: { state: true },
  };

  private readonly context = new ClientConsumer(this);
  /** Of the tab in view; empty where there is none. */
  declare profileId: string;
  /** The tabs of this page. */
  declare tabs: readonly { readonly tabId: string }[];
  /** Dangerous statements that wait for the user. */
  declare protected pending: readonly Pending[];
  private readonly confirmations = new Confirmations(
    (queryId) => this.client.query(queryId),
    () => this.look(),
  );
  /** What tunnels ask the user. */
  declare protected tunnelPrompts: readonly TunnelPrompt[];
  /** The tunnels of connection tests. */
  declare protected testTunnels: readonly TunnelView[];
  private readonly tunnelQuestions = new TunnelPrompts(
    () => this.client.prompts(),
    () => this.look(),
  );
  /** Tunnels whose host key was shown, by their ids with the time of their end. */
  private readonly clashes = new Set<string>();
  private readonly since = Date.now();
  private readonly heard: readonly (readonly [string, (event: never) => void])[] = [
    ['qt-command', (event: CommandRequest) => event.answer(this.sender.send(event.command))],
    ['qt-new-connection', () => void this.editConnection(null)],
    ['qt-edit-connection', ({ detail }: ProfileEvent) => void this.editConnection(detail ?? this.profileId)],
    ['qt-duplicate-connection', ({ detail }: ProfileEvent) => void this.editConnection(detail, 'duplicate')],
    ['qt-delete-connection', ({ detail }: ProfileEvent) => void this.editConnection(detail, 'delete')],
    ['qt-profile-changed', (event: CustomEvent) => void this.profileChanged(event.detail)],
    ['qt-open-vault', () => void this.openVault()],
    ['qt-open-settings', () => void this.openSettings()],
    ['qt-open-history', () => void this.openHistory()],
    ['qt-open-metrics', () => void this.openMetrics()],
    ['qt-export-bundle', () => void this.exportBundle()],
    ['qt-refusal-act', ({ detail }: CustomEvent<RefusalAct>) => this.act(detail)],
  ];

  private readonly sender = new CommandSender({
    client: () => this.client,
    openVault: async (reason) => {
      this.requestUpdate();
      await this.updateComplete;
      await (await this.dialog<QtVaultDialog>('qt-vault-dialog')).open(reason);
    },
    askPassword: async (profile) => (await this.dialog<QtPasswordDialog>('qt-password-dialog')).ask(profile),
    showHostKeys: (refusal) => void this.showHostKeys(refusal),
  });

  private get profileNames(): ReadonlyMap<string, string> {
    return new Map(this.client.profiles.map(({ profileId, name }) => [profileId, name]));
  }

  private get client(): Client {
    return this.context.client;
  }

  /** The dialogs' code. */
  private readonly loaded: Promise<unknown> = afterFirstPaint().then(() => import('./lazy-dialogs.ts'));

  constructor() {
    super();
    this.profileId = '';
    this.tabs = [];
    this.pending = [];
    this.tunnelPrompts = [];
    this.testTunnels = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const root = this.getRootNode();
    for (const [type, hear] of this.heard) root.addEventListener(type, hear as EventListener);
    this.client.addEventListener('change', this.look);
    addEventListener('hashchange', this.followLink);
    this.followLink();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    const root = this.getRootNode();
    for (const [type, hear] of this.heard) root.removeEventListener(type, hear as EventListener);
    this.client.removeEventListener('change', this.look);
    removeEventListener('hashchange', this.followLink);
  }

  private readonly look = (): void => {
    const { queries, tunnels } = this.client.state;
    this.pending = stable(
      this.pending,
      this.confirmations.look(queries, (sessionId) => this.placeOf(sessionId)),
    );
    const asked = this.tunnelQuestions.look(
      tunnels,
      (sessionId) => this.placeOf(sessionId)?.profile.name ?? null,
    );
    if (
      asked.map(({ promptId }) => promptId).join() !==
      this.tunnelPrompts.map(({ promptId }) => promptId).join()
    )
      this.tunnelPrompts = asked;
    const ofTests = Object.values(tunnels).filter(({ testId }) => testId !== null);
    this.testTunnels = stable(this.testTunnels, ofTests);
    for (const sessionId of newHostKeyClashes(tunnels, this.clashes, this.since))
      void this.learnHostKeys(sessionId);
    this.requestUpdate();
  };

  /** Shows the keys of a session whose tunnel was not opened by another host key than the known one. */
  private async learnHostKeys(sessionId: string): Promise<void> {
    const failure = await this.client.sessionFailure(sessionId).catch(() => null);
    if (failure) await this.showHostKeys(failure);
  }

  private async showHostKeys(failure: Pick<FailureText, 'code' | 'hostKeys'>): Promise<void> {
    if (failure.hostKeys) await (await this.dialog<QtHostKeyDialog>('qt-host-key-dialog')).open(failure);
  }

  /** Where a session's statements run, for the confirmation. */
  private placeOf(sessionId: string) {
    const session = this.client.state.sessions[sessionId];
    const profile = this.client.profiles.find(({ profileId }) => profileId === session?.profileId);
    return session && profile ? { profile, environment: session.environment } : undefined;
  }

  async editConnection(profileId: string | null, act: 'duplicate' | 'delete' | null = null): Promise<void> {
    const dialog = await this.dialog<QtConnectionDialog>('qt-connection-dialog');
    const known = this.client.config.profiles.find(({ profile }) => profile.profileId === profileId);
    if (profileId === null) await dialog.edit(null);
    else if (known?.kept === 'vault') await dialog.edit(known.profile, known.secrets, act);
    else if (known === undefined && this.client.config.vault.state === 'locked') await this.openVault();
  }

  /** Offers a new connection with the ways to read some from a file. */
  async importConnections(): Promise<void> {
    await (await this.dialog<QtConnectionDialog>('qt-connection-dialog')).edit(null, [], 'import');
  }

  private async profileChanged({ what, profileId }: { what: string; profileId?: string }): Promise<void> {
    if (what !== 'duplicated' || profileId === undefined) return;
    await this.client.readConfig();
    await this.editConnection(profileId);
  }

  async openVault(): Promise<void> {
    void (await this.dialog<QtVaultDialog>('qt-vault-dialog')).open();
  }

  /** Shows them as they are now: what is saved from there is the whole of them. */
  async openSettings(): Promise<void> {
    await this.client.readConfig();
    await (await this.dialog<QtSettings>('qt-settings')).open(this.client.config.policy);
  }

  async openHistory(): Promise<void> {
    await (await this.dialog<QtHistoryDialog>('qt-history-dialog')).open();
  }

  async openMetrics(): Promise<void> {
    await (await this.dialog<QtMetrics>('qt-metrics')).open();
  }

  /** @param fragment of a link to a place on the tape */
  async openReplay(fragment = ''): Promise<void> {
    await (await this.dialog<QtReplay>('qt-replay')).open(fragment);
  }

  /** A link to a replay was opened: its fragment is taken out of the address, so that a reload does not open it again. */
  private readonly followLink = (): void => {
    const { hash } = location;
    if (!hash.startsWith('#replay')) return;
    history.replaceState(null, '', '/');
    void this.openReplay(hash);
  };

  async exportBundle(): Promise<void> {
    await (await this.dialog<QtBundle>('qt-bundle')).open();
  }

  /** The sessions of the tape's views, newest first. */
  private get bundleSessions(): readonly BundleSession[] {
    const names = this.profileNames;
    return Object.values(this.client.state.sessions)
      .sort((a, b) => b.openedAt - a.openedAt)
      .map(({ sessionId, profileId, state, openedAt }) => ({
        sessionId,
        words: `${names.get(profileId) ?? profileId} · opened ${minuteStamp(openedAt)} · ${state}`,
      }));
  }

  /** Shows every key and what it does. */
  async openShortcuts(): Promise<void> {
    await (await this.dialog<QtShortcuts>('qt-shortcuts')).open();
  }

  /** Shows the statements that would make a collection again. */
  async showDdl(request: DdlRequest): Promise<void> {
    await (await this.dialog<QtDdl>('qt-ddl')).open(request);
  }

  private readonly fetchPage = (path: string) => this.client.history(path);

  private act(act: RefusalAct): void {
    if (act === 'edit-connection') void this.editConnection(this.profileId);
    else if (act === 'open-settings') void this.openSettings();
    else if (act === 'unlock') void this.openVault();
  }

  private async dialog<E extends Element>(tag: string): Promise<E> {
    await this.loaded;
    await this.updateComplete;
    return this.renderRoot.querySelector<E>(tag)!;
  }

  protected override render() {
    const { vault, profiles, policy } = this.client.config;
    const folders = [...new Set(profiles.flatMap(({ profile: { folder } }) => folder ?? []))].sort();
    return html`
      <qt-connection-dialog
        .profiles=${profiles}
        .folders=${folders}
        .policy=${policy.policy}
        .testTunnels=${this.testTunnels}
      ></qt-connection-dialog>
      <qt-settings .current=${policy}></qt-settings>
      <qt-history-dialog
        .fetchPage=${this.fetchPage}
        .locked=${vault.state === 'locked'}
        .kept=${policy.policy.historyEnabled}
      ></qt-history-dialog>
      <qt-vault-dialog .vault=${vault}></qt-vault-dialog>
      <qt-password-dialog></qt-password-dialog>
      <qt-host-key-dialog></qt-host-key-dialog>
      <qt-metrics .profiles=${this.profileNames}></qt-metrics>
      <qt-replay .charts=${this.client.charts}></qt-replay>
      <qt-bundle .sessions=${this.bundleSessions}></qt-bundle>
      <qt-shortcuts></qt-shortcuts>
      <qt-ddl></qt-ddl>
      <qt-tunnel-prompt-dialog .prompts=${this.tunnelPrompts}></qt-tunnel-prompt-dialog>
      <qt-danger-dialog .pending=${this.pending} .tabs=${this.tabs}></qt-danger-dialog>`;
  }
}

/** Resolves once the browser has painted; at once in a page that is not in view and so paints nothing. */
async function afterFirstPaint(): Promise<void> {
  if (document.hidden) return;
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
}

customElements.define('qt-dialog-host', QtDialogHost);
