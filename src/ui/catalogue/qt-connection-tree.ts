import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Engine } from '../../events/engines/engine-name.ts';
import { descriptorOf } from '../../events/engines/index.ts';
import type { FailureText } from '../../events/failure.ts';
import type { Profile } from '../../events/profile.ts';
import { type SessionView, sessionEnded, sessionLeft, sessionOpen } from '../../events/views/session-view.ts';
import type { TunnelView } from '../../events/views/tunnel-view.ts';
import { chipStyles } from '../controls/environment-frame.ts';
import { shared } from '../controls/shared.css.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import { UNCONNECTED } from '../format/session-state-text.ts';
import type { Catalogue } from './catalogue.ts';
import { treeStyles } from './connection-tree.css.ts';
import { folderLine } from './folder-line.ts';
import { foldersOf } from './folders.ts';
import { nodeLine } from './node-line.ts';
import { failureLine, profileLine } from './profile-line.ts';
import { TreeFocus } from './tree-focus.ts';
import { collectionMenu, menuOfLine, profileMenu } from './tree-menu.ts';
import type { TreeNode } from './tree-node.ts';
import { LINE_PX, linesDrawn, linesSeen, ScrollPlace } from './tree-window.ts';

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
    connected: { attribute: false },
    failures: { attribute: false },
    catalogues: { attribute: false },
    revision: { type: Number },
    current: { type: String },
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
  /** The sessions that have a connection, by id; null while the program does not answer. */
  declare connected: readonly string[] | null;
  /** Words of the last failure, by session id; of a refused opening, by profile id. */
  declare failures: ReadonlyMap<string, FailureText>;
  /** By session id. */
  declare catalogues: ReadonlyMap<string, Catalogue>;
  /** Changes whenever a catalogue has. */
  declare revision: number;
  /** The profile of the tab in view. */
  declare current: string;
  private readonly scroller = new ScrollPlace(this);
  private readonly walk = new TreeFocus(this);
  /** Profiles whose tree is folded away, and folders. */
  declare protected collapsed: ReadonlySet<string>;

  constructor() {
    super();
    this.profiles = [];
    this.saved = new Set();
    this.locked = false;
    this.sessions = new Map();
    this.tunnels = new Map();
    this.connected = [];
    this.failures = new Map();
    this.catalogues = new Map();
    this.revision = 0;
    this.current = '';
    this.collapsed = new Set();
  }

  override focus(): void {
    this.walk.restore();
  }

  protected override render() {
    const { profiles } = this;
    this.walk.lines = [];
    if (profiles.length === 0)
      return this.locked
        ? nothing
        : html`<p class="empty">No connections yet. <button
            class="link"
            @click=${() => this.fire('qt-new-connection', null)}
          >Add one</button>, or start Querytape with --demo for a database to try.</p>`;
    return html`<div role="tree" aria-label="Connections" @keydown=${this.walk.keyed}>
      ${foldersOf(profiles).map(({ name, profiles: inside }) =>
        name === '' ? inside.map((profile) => this.profile(profile, 0)) : this.folder(name, inside),
      )}
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

  /** A folder's line, and those in it. No profile's id has a colon. */
  private folder(name: string, profiles: readonly Profile[]): TemplateResult {
    const id = `folder:${name}`;
    const unfolded = !this.collapsed.has(id);
    this.walk.lines.push({ id, level: 1, name, expanded: unfolded });
    const line = { id, name, size: profiles.length, unfolded, tabindex: this.walk.tabindex(id) };
    return html`
      ${folderLine(line, { fold: () => this.fold(id), focused: this.walk.focused })}
      ${unfolded ? profiles.map((profile) => this.profile(profile, 1)) : nothing}
    `;
  }

  /** The tunnel of a session that has not ended. */
  private tunnelOf(session: SessionView | undefined): TunnelView | undefined {
    return session && !sessionEnded(session.state) ? this.tunnels.get(session.sessionId) : undefined;
  }

  /** Why a session that is ready has no connection now, in words; empty where it has one. */
  private unconnected(sessionId: string): string {
    if (!this.connected) return 'not known while Querytape does not answer';
    return this.connected.includes(sessionId) ? '' : UNCONNECTED;
  }

  /** A connection's line and what hangs below it. `depth` counts the folders around it. */
  private profile(profile: Profile, depth: 0 | 1): TemplateResult {
    const { profileId, name, target } = profile;
    const session = this.sessions.get(profileId);
    const sessionId = session?.sessionId ?? '';
    const ready = session?.state === 'ready';
    const catalogue = ready ? this.catalogues.get(sessionId) : undefined;
    const unfolded = catalogue !== undefined && !this.collapsed.has(profileId);
    const failure = ready ? undefined : (this.failures.get(sessionId) ?? this.failures.get(profileId));
    const id = `profile:${profileId}`;
    this.walk.lines.push({ id, level: 1 + depth, name, expanded: unfolded });
    const line = {
      id,
      profile,
      session,
      tunnel: this.tunnelOf(session),
      unconnected: ready ? this.unconnected(sessionId) : '',
      depth,
      unfolded,
      current: profileId === this.current,
      saved: this.saved.has(profileId),
      tabindex: this.walk.tabindex(id),
    };
    const isInTab = line.current && !sessionOpen(session?.state ?? 'offline');
    const reopen = (): void =>
      session && !sessionEnded(session.state)
        ? this.fire('qt-reconnect', sessionId)
        : this.fire('qt-open-profile', profileId);
    return html`
      ${profileLine(line, {
        enter: () => this.enterProfile(profile),
        offer: (event) => this.offerProfile(profile, catalogue, event),
        focused: this.walk.focused,
        newTab: () => this.fire('qt-new-tab', profileId),
        reconnect: () => this.fire('qt-reconnect', sessionId),
        close: () => this.fire('qt-close-session', sessionId),
      })}
      ${failure ? failureLine(failure, depth, isInTab, reopen) : nothing}
      ${catalogue && unfolded ? this.catalogue(profileId, target.engine, catalogue, depth) : nothing}
    `;
  }

  /** A menu of what can be done with a connection that is open or saved. */
  private offerProfile({ profileId, name }: Profile, catalogue: Catalogue | undefined, event: Event): void {
    const saved = this.saved.has(profileId);
    const items = profileMenu(catalogue, saved, (type) => this.fire(type, profileId));
    if (items.length === 0) return;
    menuOfLine(
      this.walk.element(`profile:${profileId}`)!,
      `Connection ${escapeInvisible(name)}`,
      items,
      event,
    );
  }

  private catalogue(profileId: string, engine: Engine, catalogue: Catalogue, depth: number): TemplateResult {
    const { find } = descriptorOf(engine).words;
    const nodes = catalogue.nodes();
    for (const { id, level, name, kind, expandable, expanded } of nodes)
      if (kind !== 'note')
        this.walk.lines.push({
          id: `${profileId}\0${id}`,
          level: level + depth,
          name,
          expanded: expandable ? expanded : null,
        });
    const seen = linesSeen(this.scroller, this.blockTop(profileId), nodes.length);
    const active = nodes.findIndex(({ id }) => `${profileId}\0${id}` === this.walk.active);
    return html`
      <div class="search" role="treeitem" aria-level=${2 + depth} aria-label=${find}>
        <input
          type="search"
          placeholder=${find}
          aria-label=${find}
          .value=${catalogue.searched}
          @input=${(event: Event) => catalogue.searchFor((event.target as HTMLInputElement).value)}
        />
      </div>
      <div
        class="lines"
        role="none"
        data-block=${profileId}
        style="height:${nodes.length * LINE_PX}px"
      >${repeat(
        linesDrawn(seen, active),
        (at) => nodes[at]!.id,
        (at) => this.node(profileId, catalogue, nodes[at]!, at, depth),
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
    const id = `${profileId}\0${node.id}`;
    const tabindex = this.walk.tabindex(id);
    return nodeLine(
      { id, node, at, depth, tabindex },
      {
        enter: (click) => this.enterNode(profileId, catalogue, node, click),
        open: () => this.openCollection(profileId, node),
        offer: (event) => this.offer(profileId, node, event),
        focused: this.walk.focused,
      },
    );
  }

  /** A menu of what can be done with a collection. */
  private offer(profileId: string, node: TreeNode, event: Event): void {
    if (node.kind !== 'collection') return;
    const { target } = this.profiles.find((one) => one.profileId === profileId)!;
    const items = collectionMenu(target, node, {
      open: () => this.openCollection(profileId, node),
      ddl: () => this.showDdl(profileId, node),
    });
    menuOfLine(this.walk.element(`${profileId}\0${node.id}`)!, node.name, items, event);
  }

  private showDdl(profileId: string, { namespace, collection }: TreeNode): void {
    this.fire('qt-show-ddl', { profileId, namespace, collection });
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
}

customElements.define('qt-connection-tree', QtConnectionTree);
