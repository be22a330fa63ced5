import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import { type SessionView, sessionEnded, sessionLeft } from '../events/views/session-view.ts';
import type { Catalogue } from './catalogue.ts';
import { treeStyles } from './connection-tree.css.ts';
import { chipStyles, environmentChip } from './environment-frame.ts';
import { foldersOf } from './folders.ts';
import { icon } from './icons.ts';
import type { QtProfileMenu } from './qt-profile-menu.ts';
import './qt-profile-menu.ts';
import { sentences } from '../events/sentences.ts';
import { shared } from './shared.css.ts';
import { keyTarget } from './tree-keys.ts';
import type { TreeNode } from './tree-node.ts';
import { visible } from './visible.ts';

/** What a profile's session is doing, for the dot and the words beside it. */
function standing(session: SessionView | undefined): { dot: string; words: string } {
  if (!session || session.state === 'offline') return { dot: 'hollow', words: '' };
  if (session.state === 'ready') return { dot: 'well', words: '' };
  if (session.state === 'failed') return { dot: 'failed', words: 'failed' };
  return {
    dot: 'waiting',
    words: session.state.startsWith('opening') ? 'opening…' : `${session.state.split('.')[0]}…`,
  };
}

/**
 * The connections, by folder, and their catalogue as one tree. Fires `qt-open-profile`, `qt-close-session`, `qt-reconnect`,
 * `qt-open-collection`, `qt-open-ddl`, `qt-new-connection` and what the menu of a connection fires.
 */
export class QtConnectionTree extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    saved: { attribute: false },
    locked: { attribute: false },
    sessions: { attribute: false },
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
  /** Words of the last failure, by session id; of a refused opening, by profile id. */
  declare failures: ReadonlyMap<string, FailureText>;
  /** By session id. */
  declare catalogues: ReadonlyMap<string, Catalogue>;
  /** Changes whenever a catalogue has. */
  declare revision: number;
  /** The profile of the tab in view. */
  declare current: string;
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
    this.failures = new Map();
    this.catalogues = new Map();
    this.revision = 0;
    this.current = '';
    this.active = '';
    this.collapsed = new Set();
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus();
  }

  protected override render() {
    const { profiles } = this;
    if (profiles.length === 0)
      return this.locked
        ? nothing
        : html`<p class="empty">No connection yet. <button class="link" @click=${() => this.fire('qt-new-connection', null)}>Add one</button>, or start Querytape with --demo for a database to try.</p>`;
    return html`<div role="tree" aria-label="Connections" @keydown=${this.key}>
        ${foldersOf(profiles).map(({ name, profiles: inside }) => (name === '' ? inside.map((profile) => this.profile(profile, 0)) : this.folder(name, inside)))}
      </div>
      <qt-profile-menu></qt-profile-menu>`;
  }

  private folder(name: string, profiles: readonly Profile[]): TemplateResult {
    const id = folderId(name);
    const unfolded = !this.collapsed.has(id);
    return html`<div
        role="treeitem" aria-level="1" aria-expanded=${unfolded} class="folder" tabindex=${this.tabindex(id)} data-id=${id} title=${name}
        @click=${() => this.fold(id)} @focus=${() => this.focused(id)}
      ><span class="twist">${icon(unfolded ? 'chevron-down' : 'chevron-right', 12)}</span><span class="name">${visible(name.replaceAll('/', ' › '))}</span><span class="detail">${profiles.length}</span></div>
      ${unfolded ? profiles.map((profile) => this.profile(profile, 1)) : nothing}`;
  }

  /** `depth` counts the folders around it. */
  private profile(profile: Profile, depth: 0 | 1): TemplateResult {
    const { profileId, name, target, environment, colour, tags = [], notes } = profile;
    const session = this.sessions.get(profileId);
    const { dot, words } = standing(session);
    const ready = session?.state === 'ready';
    const catalogue = session && ready ? this.catalogues.get(session.sessionId) : undefined;
    const unfolded = catalogue !== undefined && !this.collapsed.has(profileId);
    const failure = ready
      ? undefined
      : (this.failures.get(session?.sessionId ?? '') ?? this.failures.get(profileId));
    const id = `profile:${profileId}`;
    return html`
      <div
 role="treeitem" aria-level=${1 + depth} aria-expanded=${unfolded} aria-selected=${profileId === this.current} data-id=${id}
        class="l1" style=${`--indent:${12 * depth}px${colour ? `;--colour:${colour}` : ''}`} tabindex=${this.tabindex(id)} data-testid="open-profile"
        title=${[`${name} · ${target.user}@${target.host}:${target.port}/${target.database}${ready ? '' : ' · Enter opens it'}`, tags.join(', '), notes ?? ''].filter((line) => line !== '').join('\n')}
        @contextmenu=${(event: Event) => this.openMenu(event, profile)}
        @click=${() => this.enterProfile(profile)} @focus=${() => this.focused(id)}
      >
        <span class="dot ${dot}"></span><span class="name ${ready ? 'strong' : ''}">${visible(name)}</span>
        ${tags.length > 0 && !words ? html`<span class="tags">${visible(tags.join(', '))}</span>` : nothing}
        ${words ? html`<span class="words">${words}</span>` : nothing}
        <span class="end">
          ${catalogue && session ? this.acts(catalogue, session, this.tabindex(id)) : nothing}
          ${this.saved.has(profileId) ? html`<button class="icon act" tabindex=${this.tabindex(id)} title="Edit, duplicate, delete" aria-label="More for ${name}" aria-haspopup="menu" @click=${(event: Event) => this.openMenu(event, profile)}>${icon('ellipsis')}</button>` : nothing}
          ${environmentChip(environment)}
        </span>
      </div>
      ${failure ? this.failure(profile, session, failure) : nothing}
      ${catalogue && unfolded ? this.catalogue(profileId, catalogue, depth) : nothing}
    `;
  }

  private openMenu(event: Event, profile: Profile): void {
    if (!this.saved.has(profile.profileId)) return;
    event.preventDefault();
    event.stopPropagation();
    const row = (event.currentTarget as HTMLElement).closest<HTMLElement>('[role=treeitem]')!;
    void this.renderRoot.querySelector<QtProfileMenu>('qt-profile-menu')?.open(profile, row);
  }

  /** What can be done with an open connection. In the tab order while its line is. */
  private acts(catalogue: Catalogue, { sessionId }: SessionView, tabindex: number): TemplateResult {
    const system = catalogue.showsSystem;
    const act = (what: () => void) => (event: Event) => {
      event.stopPropagation();
      what();
    };
    return html`
      <button class="icon act" tabindex=${tabindex} title="Read the catalogue anew" aria-label="Read the catalogue anew"
        @click=${act(() => void catalogue.refresh())}>${icon('refresh')}</button>
      <button class="icon act" tabindex=${tabindex} title=${system ? 'Hide system schemas' : 'Show system schemas'}
        aria-label="System schemas" aria-pressed=${system} @click=${act(() => catalogue.toggleSystem())}>${icon('layers')}</button>
      <button class="icon act" tabindex=${tabindex} title="Close the connection" aria-label="Close the connection"
        @click=${act(() => this.fire('qt-close-session', sessionId))}>${icon('power')}</button>`;
  }

  private failure(
    { profileId }: Profile,
    session: SessionView | undefined,
    { code, message, advice }: FailureText,
  ): TemplateResult {
    const again = (): void =>
      session && !sessionEnded(session.state)
        ? this.fire('qt-reconnect', session.sessionId)
        : this.fire('qt-open-profile', profileId);
    return html`<div class="failure" role="alert">
      <b class="mono">${code}</b> ${sentences(message, advice)}
      <button class="link" @click=${again}>Retry</button>
    </div>`;
  }

  private catalogue(profileId: string, catalogue: Catalogue, depth: number): TemplateResult {
    return html`
      <div class="search" role="none">
        <input
          type="search" placeholder="Find a table" aria-label="Find a table" .value=${catalogue.searched}
          @input=${(event: Event) => catalogue.searchFor((event.target as HTMLInputElement).value)}
        />
      </div>
      ${catalogue.nodes().map((node) => this.node(profileId, catalogue, node, depth))}
    `;
  }

  private node(profileId: string, catalogue: Catalogue, node: TreeNode, depth: number): TemplateResult {
    const { level, kind, name, detail, expandable, expanded, namespace, collection } = node;
    if (kind === 'note')
      return html`<div class="l${level} note ${node.waits ? 'late' : ''}" role="treeitem" aria-level=${level + depth}>
        <span class="name" title=${name}>${name}</span>
      </div>`;
    const id = `${profileId}\0${node.id}`;
    const testid =
      kind === 'namespace'
        ? `tree-${namespace}`
        : kind === 'collection'
          ? `tree-${namespace}.${collection}`
          : nothing;
    return html`<div
      class="l${level} ${kind}" role="treeitem" aria-level=${level + depth} aria-expanded=${expandable ? expanded : nothing}
      tabindex=${this.tabindex(id)} data-id=${id} data-testid=${testid}
      title=${`${name}${detail ? ` · ${detail}` : ''}${kind === 'collection' ? ' · double click or Enter shows its rows' : ''}`}
      @click=${(event: MouseEvent) => this.enterNode(catalogue, node, event)}
      @dblclick=${() => this.openCollection(profileId, node)}
      @qt-enter=${() => (kind === 'collection' ? this.openCollection(profileId, node) : this.enterNode(catalogue, node))}
      @focus=${() => this.focused(id)}
    >
      ${expandable ? html`<span class="twist">${icon(expanded ? 'chevron-down' : 'chevron-right', 12)}</span>` : nothing}
      ${node.icon === 'key' ? html`<span class="keymark" title="In the primary key">${icon('key', 13)}</span>` : node.icon ? html`<span class="kind">${icon(node.icon, 14)}</span>` : nothing}
      <span class="name">${name}</span>${detail ? html`<span class="detail">${detail}</span>` : nothing}
      ${
        kind === 'collection'
          ? html`<button class="icon act" tabindex=${this.tabindex(id)} title="Show the DDL" aria-label="DDL of ${name}"
              @click=${(event: Event) => {
                event.stopPropagation();
                this.fire('qt-open-ddl', { profileId, namespace, collection });
              }}>${icon('braces', 13)}</button>`
          : nothing
      }
    </div>`;
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
  private enterNode(catalogue: Catalogue, node: TreeNode, click?: MouseEvent): void {
    if (click && click.detail > 1) return;
    if (node.kind === 'more') catalogue.loadMore(node.namespace);
    else if (node.expandable) catalogue.toggle(node.id);
  }

  private openCollection(profileId: string, { kind, namespace, collection }: TreeNode): void {
    if (kind === 'collection') this.fire('qt-open-collection', { profileId, namespace, collection });
  }

  private key(event: KeyboardEvent): void {
    const focused = event.composedPath()[0];
    if (!(focused instanceof HTMLElement) || focused.role !== 'treeitem') return;
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('[role=treeitem][tabindex]')];
    const at = items.indexOf(focused);
    if (at < 0) return;
    const target = keyTarget(event, items, at);
    const expanded = focused.getAttribute('aria-expanded');
    if (target) target.focus();
    else if (event.key === 'ArrowRight' && expanded === 'false') focused.click();
    else if (event.key === 'ArrowLeft' && expanded === 'true') focused.click();
    else if (event.key === 'Enter' && focused.dataset.id?.includes('\0'))
      focused.dispatchEvent(new Event('qt-enter'));
    else if (event.key === 'Enter' || event.key === ' ') focused.click();
    else return;
    event.preventDefault();
  }
}

/** A folder's line. No profile's id has a colon. */
function folderId(name: string): string {
  return `folder:${name}`;
}

customElements.define('qt-connection-tree', QtConnectionTree);
