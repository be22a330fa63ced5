import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { FailureText } from '../../events/failure.ts';
import type { Profile } from '../../events/profile.ts';
import { sentences } from '../../events/sentences.ts';
import { type SessionView, sessionEnded, sessionLeft, sessionOpen } from '../../events/views/session-view.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import { chipStyles, environmentChip } from '../controls/environment-frame.ts';
import { icon } from '../controls/icons.ts';
import { type MenuItem, menuAt } from '../controls/qt-menu.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { stateColour } from '../format/state-colour.ts';
import { throughText, tunnelBriefText } from '../selectors/tunnel-text.ts';
import type { Catalogue } from './catalogue.ts';
import { treeStyles } from './connection-tree.css.ts';
import { foldersOf } from './folders.ts';
import { keyTarget, type TreeLine } from './tree-keys.ts';
import { collectionMenu, profileMenu } from './tree-menu.ts';
import type { TreeNode } from './tree-node.ts';
import { LINE_PX, linesSeen, ScrollPlace } from './tree-window.ts';

/** What a profile's session is doing, in the words beside its dot; empty where the dot says enough. */
function sessionWords(state: string): string {
  if (state === 'offline' || state === 'ready') return '';
  if (state === 'failed') return 'failed';
  if (state === 'disconnected') return 'catalogue disconnected';
  return `${state.split('.')[0]}…`;
}

/** The same, or what its tunnel is doing while that does not forward. */
function wordsOf(state: string, tunnel: TunnelView | undefined): string {
  return (tunnel && tunnelBriefText(tunnel)) || sessionWords(state);
}

/**
 * The connections, by folder, and their catalogue as one tree, of which only the lines in view are drawn.
 * Fires `qt-open-profile`, `qt-close-session`, `qt-reconnect`, `qt-new-tab`, `qt-open-collection`,
 * `qt-show-ddl`, `qt-new-connection` and what the menu of a connection fires.
 */
export class QtConnectionTree extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    saved: { attribute: false },
    locked: { attribute: false },
    sessions: { attribute: false },
    tunnels: { attribute: false },
    failures: { attribute: false },
    catalogues: { attribute: false },
    revision: { type: Number },
    current: { type: String },
    active: { state: true },
    collapsed: { state: true },
  };
  static override styles = [shared, chipStyles, treeStyles];

  declare profiles: readonly Profile[];
  /** The ids of those that can be edited. */
  declare saved: ReadonlySet<string>;
  /** There may be more, which a locked vault does not tell. */
  declare locked: boolean;
  /** The latest session of each profile, by profile id. */
  declare sessions: ReadonlyMap<string, SessionView>;
  /** The latest tunnel of each session that has one, by session id. */
  declare tunnels: ReadonlyMap<string, TunnelView>;
  /** Words of the last failure, by session id; of a refused opening, by profile id. */
  declare failures: ReadonlyMap<string, FailureText>;
  /** By session id. */
  declare catalogues: ReadonlyMap<string, Catalogue>;
  /** Changes whenever a catalogue has. */
  declare revision: number;
  /** The profile of the tab in view. */
  declare current: string;
  private readonly scroller = new ScrollPlace(this);
  /** The lines of all connections that can be walked to, in order. */
  private lines: TreeLine[] = [];
  /** The line that has or had the focus. */
  declare protected active: string;
  /** Profiles whose tree is folded away, and folders. */
  declare protected collapsed: ReadonlySet<string>;

  constructor() {
    super();
    this.profiles = [];
    this.saved = new Set();
    this.locked = false;
    this.sessions = new Map();
    this.tunnels = new Map();
    this.failures = new Map();
    this.catalogues = new Map();
    this.revision = 0;
    this.current = '';
    this.active = '';
    this.collapsed = new Set();
  }

  override focus(): void {
    this.element(this.active || this.lines[0]?.id || '')?.focus();
  }

  private element(id: string): HTMLElement | null {
    // Ids hold NUL, which no selector can name.
    const lines = this.renderRoot.querySelectorAll<HTMLElement>('[data-id]');
    return [...lines].find((line) => line.dataset.id === id) ?? null;
  }

  protected override render() {
    const { profiles } = this;
    this.lines = [];
    if (profiles.length === 0)
      return this.locked
        ? nothing
        : html`<p class="empty">No connections yet. <button class="link" @click=${() => this.fire('qt-new-connection', null)}>Add one</button>, or start Querytape with --demo for a database to try.</p>`;
    return html`<div role="tree" aria-label="Connections" @keydown=${this.key}>
      ${foldersOf(profiles).map(({ name, profiles: inside }) => (name === '' ? inside.map((profile) => this.profile(profile, 0)) : this.folder(name, inside)))}
    </div>`;
  }

  /** The end of a list that has come into view is where the next page is read. */
  protected override updated(): void {
    for (const { profileId } of this.profiles) {
      const catalogue = this.catalogueOf(profileId);
      const nodes = catalogue?.nodes() ?? [];
      if (!catalogue || !nodes.some(({ kind }) => kind === 'more')) continue;
      const seen = linesSeen(this.scroller, this.blockTop(profileId), nodes.length, 0);
      for (const node of nodes.slice(seen.from, seen.to))
        if (node.kind === 'more') catalogue.loadMore(node.namespace);
    }
  }

  /** A connection's catalogue while its session is open and it is not folded away. */
  private catalogueOf(profileId: string): Catalogue | undefined {
    const session = this.sessions.get(profileId);
    if (session?.state !== 'ready' || this.collapsed.has(profileId)) return undefined;
    return this.catalogues.get(session.sessionId);
  }

  /** Where a connection's lines begin, from the top of all. */
  private blockTop(profileId: string): number {
    const block = this.renderRoot.querySelector<HTMLElement>(`[data-block="${CSS.escape(profileId)}"]`);
    return block?.offsetTop ?? 0;
  }

  private folder(name: string, profiles: readonly Profile[]): TemplateResult {
    const id = folderId(name);
    const unfolded = !this.collapsed.has(id);
    this.lines.push({ id, level: 1, name, expanded: unfolded });
    return html`<div
        role="treeitem"
        aria-level="1"
        aria-expanded=${unfolded}
        class="profiles"
        tabindex=${this.tabindex(id)}
        data-id=${id}
        title=${name}
        @click=${() => this.fold(id)} @focus=${() => this.focused(id)}
      ><span class="twist">${icon(unfolded ? 'chevron-down' : 'chevron-right', 12)}</span><span class="name">${escapeInvisible(name.replaceAll('/', ' › '))}</span><span class="detail">${profiles.length}</span></div>
      ${unfolded ? profiles.map((profile) => this.profile(profile, 1)) : nothing}`;
  }

  /** The tunnel of a session that has not ended. */
  private tunnelOf(session: SessionView | undefined): TunnelView | undefined {
    return session && !sessionEnded(session.state) ? this.tunnels.get(session.sessionId) : undefined;
  }

  /** `depth` counts the folders around it. */
  private profile(profile: Profile, depth: 0 | 1): TemplateResult {
    const { profileId, name, target, environment, colour, tags = [], notes } = profile;
    const session = this.sessions.get(profileId);
    const state = session?.state ?? 'offline';
    const tunnel = this.tunnelOf(session);
    const words = wordsOf(state, tunnel);
    const way = throughText(profile.tunnel);
    const ready = session?.state === 'ready';
    const catalogue = session && ready ? this.catalogues.get(session.sessionId) : undefined;
    const unfolded = catalogue !== undefined && !this.collapsed.has(profileId);
    const failure = ready
      ? undefined
      : (this.failures.get(session?.sessionId ?? '') ?? this.failures.get(profileId));
    const id = `profile:${profileId}`;
    this.lines.push({ id, level: 1 + depth, name, expanded: unfolded });
    return html`
      <div
        role="treeitem"
        aria-level=${1 + depth}
        aria-expanded=${unfolded}
        aria-selected=${profileId === this.current}
        data-id=${id}
        class="l1"
        style=${`--indent:${12 * depth}px${colour ? `;--colour:${colour}` : ''}`}
        tabindex=${this.tabindex(id)}
        data-testid="open-profile"
        title=${[`${name} · ${target.user ? `${target.user}@` : ''}${target.host}:${target.port}/${target.database}${ready ? '' : ' · Enter opens it'}`, way, tags.join(', '), notes ?? ''].filter((line) => line !== '').join('\n')}
        @contextmenu=${(event: MouseEvent) => this.offerProfile(profile, event)}
        @qt-offer=${(event: Event) => this.offerProfile(profile, event)}
        @click=${() => this.enterProfile(profile)} @focus=${() => this.focused(id)}
      >
        <span class="dot ${stateColour('session', state)}"></span><span class="name ${ready ? 'strong' : ''}">${escapeInvisible(name)}</span>
        ${tags.length > 0 && !words ? html`<span class="tags">${escapeInvisible(tags.join(', '))}</span>` : nothing}
        ${words ? html`<span class="words">${words}</span>` : nothing}
        <span class="end">
          ${ready && session ? this.acts(session, this.tabindex(id)) : nothing}
          ${tunnel && !ready ? this.tunnelActs(session!, this.tabindex(id)) : nothing}
          ${this.saved.has(profileId) ? html`<button class="icon act" tabindex=${this.tabindex(id)} title="Edit, duplicate, delete" aria-label="More for ${name}" aria-haspopup="menu" @click=${(event: Event) => this.offerProfile(profile, event)}>${icon('ellipsis')}</button>` : nothing}
          ${environmentChip(environment)}
        </span>
      </div>
      ${failure ? this.failure(profile, session, failure, depth) : nothing}
      ${catalogue && unfolded ? this.catalogue(profileId, target.engine, catalogue, depth) : nothing}
    `;
  }

  /** A menu of what can be done with a saved connection. */
  private offerProfile({ profileId, name }: Profile, event: Event): void {
    if (!this.saved.has(profileId)) return;
    const items = profileMenu((type) => this.fire(type, profileId));
    this.offerMenu(`profile:${profileId}`, `Connection ${escapeInvisible(name)}`, items, event);
  }

  /** What can be done while the way to an open connection is lost, or being opened. */
  private tunnelActs({ sessionId, state }: SessionView, tabindex: number): TemplateResult {
    const act = (type: string) => (event: Event) => {
      event.stopPropagation();
      this.fire(type, sessionId);
    };
    return html`
      ${
        sessionOpen(state)
          ? html`<button class="icon act" tabindex=${tabindex} title="Reconnect now" aria-label="Reconnect now" @click=${act('qt-reconnect')}>${icon('refresh')}</button>`
          : nothing
      }
      <button class="icon act" tabindex=${tabindex} title="Close the connection" aria-label="Close the connection" @click=${act('qt-close-session')}>${icon('power')}</button>`;
  }

  /** What can be done with an open connection. In the tab order while its line is. */
  private acts({ sessionId, profileId }: SessionView, tabindex: number): TemplateResult {
    const catalogue = this.catalogues.get(sessionId);
    const system = catalogue?.showsSystem ?? false;
    const act = (what: () => void) => (event: Event) => {
      event.stopPropagation();
      what();
    };
    return html`
      <button class="icon act" tabindex=${tabindex} title="New query" aria-label="New query on this connection"
        @click=${act(() => this.fire('qt-new-tab', profileId))}>${icon('plus')}</button>
      <button class="icon act" tabindex=${tabindex} title="Refresh the catalogue" aria-label="Refresh the catalogue"
        @click=${act(() => void catalogue?.refresh())}>${icon('refresh')}</button>
      <button class="icon act" tabindex=${tabindex} title=${system ? 'Hide system schemas' : 'Show system schemas'}
        aria-label="System schemas"
        aria-pressed=${system}
        @click=${act(() => catalogue?.toggleSystem())}>${icon('layers')}</button>
      <button class="icon act" tabindex=${tabindex} title="Close the connection" aria-label="Close the connection"
        @click=${act(() => this.fire('qt-close-session', sessionId))}>${icon('power')}</button>`;
  }

  private failure(
    { profileId }: Profile,
    session: SessionView | undefined,
    { code, message, advice }: FailureText,
    depth: number,
  ): TemplateResult {
    const again = (): void =>
      session && !sessionEnded(session.state)
        ? this.fire('qt-reconnect', session.sessionId)
        : this.fire('qt-open-profile', profileId);
    return html`<div class="failure" role="treeitem" aria-level=${2 + depth}>
      <span role="alert"><b class="mono">${code}</b> ${sentences(message, advice)}</span>
      <button class="link" @click=${again}>Retry</button>
    </div>`;
  }

  private catalogue(profileId: string, engine: Engine, catalogue: Catalogue, depth: number): TemplateResult {
    const { find } = descriptorOf(engine).words;
    const nodes = catalogue.nodes();
    for (const { id, level, name, kind, expandable, expanded } of nodes)
      if (kind !== 'note')
        this.lines.push({
          id: `${profileId}\0${id}`,
          level: level + depth,
          name,
          expanded: expandable ? expanded : null,
        });
    const { from, to } = linesSeen(this.scroller, this.blockTop(profileId), nodes.length);
    // The line with the focus is drawn wherever it is, or it would lose it.
    const active = nodes.findIndex(({ id }) => `${profileId}\0${id}` === this.active);
    const drawn = nodes.slice(from, to).map((node, i) => ({ node, at: from + i }));
    if (active >= 0 && (active < from || active >= to)) drawn.push({ node: nodes[active]!, at: active });
    return html`
      <div class="search" role="treeitem" aria-level=${2 + depth} aria-label=${find}>
        <input
          type="search" placeholder=${find} aria-label=${find} .value=${catalogue.searched}
          @input=${(event: Event) => catalogue.searchFor((event.target as HTMLInputElement).value)}
        />
      </div>
      <div class="lines" role="none" data-block=${profileId} style="height:${nodes.length * LINE_PX}px">${repeat(
        drawn,
        ({ node }) => node.id,
        ({ node, at }) => this.node(profileId, catalogue, node, at, depth),
      )}</div>
    `;
  }

  private node(
    profileId: string,
    catalogue: Catalogue,
    node: TreeNode,
    at: number,
    depth: number,
  ): TemplateResult {
    const { level, kind, name, detail, expandable, expanded, namespace, collection } = node;
    const style = `top:${at * LINE_PX}px`;
    if (kind === 'note')
      return html`<div
        class="l${level} note ${node.waits ? 'late' : ''}"
        role="treeitem"
        aria-level=${level + depth}
        style=${style}
      >
        <span class="name" title=${escapeInvisible(name)}>${escapeInvisible(name)}</span>
      </div>`;
    const id = `${profileId}\0${node.id}`;
    const own = kind === 'namespace' ? namespace : `${namespace}.${collection}`;
    const testid = kind === 'namespace' || kind === 'collection' ? `tree-${own}` : nothing;
    const what = escapeInvisible([name, detail, node.title].filter((part) => part !== '').join(' · '));
    const hint = kind === 'collection' ? '\nDouble-click or Enter to show its rows' : '';
    return html`<div
      class="l${level} ${kind}"
      role="treeitem"
      aria-level=${level + depth}
      aria-expanded=${expandable ? expanded : nothing}
      style=${style}
      aria-posinset=${node.place || nothing} aria-setsize=${node.place ? node.of : nothing}
      tabindex=${this.tabindex(id)} data-id=${id} data-testid=${testid} title=${what + hint}
      @click=${(event: MouseEvent) => this.enterNode(profileId, catalogue, node, event)}
      @dblclick=${() => this.openCollection(profileId, node)}
      @qt-enter=${() => (kind === 'collection' ? this.openCollection(profileId, node) : this.enterNode(profileId, catalogue, node))}
      @qt-offer=${(event: Event) => this.offer(profileId, node, event)}
      @contextmenu=${(event: MouseEvent) => this.offer(profileId, node, event)}
      @focus=${() => this.focused(id)}
    >
      ${expandable ? html`<span class="twist">${icon(expanded ? 'chevron-down' : 'chevron-right', 12)}</span>` : nothing}
      ${node.icon === 'key' ? html`<span class="keymark" title="In the primary key">${icon('key', 13)}</span>` : node.icon ? html`<span class="kind">${icon(node.icon, 14)}</span>` : nothing}
      <span class="name">${escapeInvisible(name)}</span>${detail ? html`<span class="detail">${escapeInvisible(detail)}</span>` : nothing}
      ${
        kind === 'collection'
          ? html`<button class="icon act" tabindex="-1" title="Actions (Shift+F10)" aria-label="Actions for ${escapeInvisible(name)}" aria-haspopup="menu"
              @click=${(event: Event) => this.offer(profileId, node, event)}>${icon('ellipsis', 13)}</button>`
          : nothing
      }
    </div>`;
  }

  /** A menu of what can be done with a collection. */
  private offer(profileId: string, node: TreeNode, event: Event): void {
    if (node.kind !== 'collection') return;
    const { target } = this.profiles.find((one) => one.profileId === profileId)!;
    const items = collectionMenu(target, node, {
      open: () => this.openCollection(profileId, node),
      ddl: () => this.showDdl(profileId, node),
    });
    this.offerMenu(`${profileId}\0${node.id}`, node.name, items, event);
  }

  /** Offers a menu where the pointer is; for the keyboard and a button, below the line. */
  private offerMenu(id: string, label: string, items: readonly MenuItem[], event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    const line = this.element(id)!;
    const { left, bottom } = line.getBoundingClientRect();
    const pointed = event instanceof MouseEvent && event.type === 'contextmenu';
    menuAt(line, label, items, pointed ? event.clientX : left + 40, pointed ? event.clientY : bottom);
  }

  private showDdl(profileId: string, { namespace, collection }: TreeNode): void {
    this.fire('qt-show-ddl', { profileId, namespace, collection });
  }

  /** One line of the tree is in the tab order: the one that had the focus last, at first the first. */
  private tabindex(id: string): 0 | -1 {
    const [first] = foldersOf(this.profiles);
    const firstId = first?.name ? folderId(first.name) : `profile:${first?.profiles[0]?.profileId}`;
    return id === (this.active || firstId) ? 0 : -1;
  }

  private focused(id: string): void {
    this.active = id;
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  /** Opens a connection that is not open; folds and unfolds one that is. */
  private enterProfile({ profileId }: Profile): void {
    const session = this.sessions.get(profileId);
    if (!session || sessionLeft(session.state)) this.fire('qt-open-profile', profileId);
    else if (session.state === 'ready') this.fold(profileId);
  }

  private fold(id: string): void {
    const collapsed = new Set(this.collapsed);
    if (!collapsed.delete(id)) collapsed.add(id);
    this.collapsed = collapsed;
  }

  /** The second click of a double one is for opening, not for folding again. */
  private enterNode(profileId: string, catalogue: Catalogue, node: TreeNode, click?: MouseEvent): void {
    if (click && click.detail > 1) return;
    if (node.kind === 'more') catalogue.loadMore(node.namespace);
    else if (node.kind === 'ddl') this.showDdl(profileId, node);
    else if (node.expandable) catalogue.toggle(node.id);
  }

  private openCollection(profileId: string, { kind, namespace, collection }: TreeNode): void {
    if (kind === 'collection') this.fire('qt-open-collection', { profileId, namespace, collection });
  }

  private key(event: KeyboardEvent): void {
    const focused = event.composedPath()[0];
    if (!(focused instanceof HTMLElement) || focused.role !== 'treeitem') return;
    const at = this.lines.findIndex(({ id }) => id === focused.dataset.id);
    if (at < 0) return;
    const target = keyTarget(event, this.lines, at, Math.max(1, Math.floor(this.clientHeight / LINE_PX) - 1));
    const { expanded, id } = this.lines[at]!;
    if (target) void this.goTo(target.id);
    else if (event.key === 'ArrowRight' && expanded === false) focused.click();
    else if (event.key === 'ArrowLeft' && expanded === true) focused.click();
    else if (event.key === 'Enter' && id.includes('\0')) focused.dispatchEvent(new Event('qt-enter'));
    else if (event.key === 'Enter' || event.key === ' ') focused.click();
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))
      focused.dispatchEvent(new Event('qt-offer', { cancelable: true }));
    else return;
    event.preventDefault();
  }

  /** Gives a line the focus, drawn by then and in view. */
  private async goTo(id: string): Promise<void> {
    this.active = id;
    await this.updateComplete;
    const element = this.element(id);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: 'nearest' });
  }
}

/** A folder's line. No profile's id has a colon. */
function folderId(name: string): string {
  return `folder:${name}`;
}

customElements.define('qt-connection-tree', QtConnectionTree);
