import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import { type SessionView, sessionEnded } from '../events/views/session-view.ts';
import type { Catalogue } from './catalogue.ts';
import { icon } from './icons.ts';
import { shared } from './shared.css.ts';
import { keyTarget } from './tree-keys.ts';
import type { TreeNode } from './tree-node.ts';
import { sentences } from './words.ts';

const ENVIRONMENTS = { development: 'DEV', staging: 'STAGING', production: 'PROD' } as const;

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
 * The connections and their catalogue as one tree. Fires `qt-open-profile`, `qt-close-session`, `qt-reconnect` and
 * `qt-open-collection` and `qt-open-ddl`.
 */
export class QtConnectionTree extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    sessions: { attribute: false },
    failures: { attribute: false },
    catalogues: { attribute: false },
    revision: { type: Number },
    current: { type: String },
    active: { state: true },
    collapsed: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: block; overflow: auto; min-height: 0; padding-bottom: 12px; }
      [role='treeitem'] {
        display: flex; align-items: center; gap: 7px; height: 26px; padding-right: 12px; cursor: pointer;
        white-space: nowrap; user-select: none;
      }
      [role='treeitem']:hover { background: var(--qt-bg-hover); }
      [role='treeitem'][aria-selected='true'] { background: var(--qt-accent-soft); }
      [role='treeitem']:focus-visible { outline-offset: -2px; }
      .name { overflow: hidden; text-overflow: ellipsis; min-width: 24px; flex: 0 1 auto; }
      .name.strong { font-weight: 600; }
      .detail {
        margin-left: auto; padding-left: 8px; color: var(--qt-fg-faint); font: 11px/16px var(--qt-font-mono);
        overflow: hidden; text-overflow: ellipsis; flex: none;
      }
      /* A type gives way to its column's name; a count is whole or nothing. */
      .column .name { flex: none; max-width: 76%; }
      .column .detail { flex: 0 1 auto; min-width: 0; }
      .l1 { padding-left: 14px; }
      .l2 { padding-left: 22px; }
      .l3 { padding-left: 38px; }
      .l4 { padding-left: 78px; }
      .l4.group { padding-left: 57px; color: var(--qt-fg-muted); }
      .l5 { padding-left: 96px; }
      .l5 .name { flex: 0 1 auto; }
      .l5 .detail { flex: 0 1 auto; min-width: 40px; }
      .l2.note { padding-left: 41px; }
      .l3.note, .l3.more { padding-left: 57px; }
      .twist { display: inline-flex; width: 12px; flex: none; color: var(--qt-fg-faint); }
      .twist svg { width: 12px; height: 12px; }
      .kind { display: inline-flex; flex: none; color: var(--qt-fg-muted); }
      .kind svg, .keymark svg { width: 14px; height: 14px; }
      .keymark { color: var(--qt-state-waiting); display: inline-flex; flex: none; margin-left: -21px; }
      .chip {
        font: 600 10px/14px var(--qt-font-sans); letter-spacing: 0.02em; padding: 0 5px; border-radius: 3px;
        border: 1px solid var(--qt-border-strong); color: var(--qt-fg-muted);
      }
      .chip.production { color: var(--qt-state-failed); border-color: var(--qt-state-failed); }
      .chip.staging { color: var(--qt-state-waiting); border-color: var(--qt-state-waiting); }
      .words { color: var(--qt-fg-muted); font-size: 12px; }
      .end { margin-left: auto; display: flex; align-items: center; gap: 4px; flex: none; }
      .act { display: none; width: 20px; height: 20px; }
      .act svg { width: 13px; height: 13px; }
      [role='treeitem']:hover .act, [role='treeitem']:focus-within .act { display: inline-flex; }
      .act[aria-pressed='true'] { color: var(--qt-accent); }
      [role='treeitem'].note { color: var(--qt-fg-muted); cursor: default; background: none; }
      .more { color: var(--qt-accent); }
      .failure {
        padding: 2px 14px 8px 29px; white-space: normal; overflow-wrap: anywhere; color: var(--qt-fg-muted);
        font-size: 12px; line-height: 17px; user-select: text;
      }
      .failure b { color: var(--qt-state-failed); font-weight: 600; }
      .search { display: flex; margin: 4px 12px 6px 14px; }
      .search input {
        flex: 1; min-width: 0; height: 24px; padding: 0 8px; border: 1px solid var(--qt-border); border-radius: 5px;
        background: var(--qt-bg); font-size: 12px;
      }
      .search input::placeholder { color: var(--qt-fg-faint); opacity: 1; }
      .empty { margin: 0; padding: 4px 14px; color: var(--qt-fg-muted); }
    `,
  ];

  declare profiles: readonly Profile[];
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
  /** Profiles whose tree is folded away. */
  declare protected collapsed: ReadonlySet<string>;

  constructor() {
    super();
    this.profiles = [];
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
      return html`<p class="empty">No connection yet. Start Querytape with --demo for a database to try.</p>`;
    return html`<div role="tree" aria-label="Connections" @keydown=${this.key}>
      ${profiles.map((profile) => this.profile(profile))}
    </div>`;
  }

  private profile(profile: Profile): TemplateResult {
    const { profileId, name, target, environment } = profile;
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
        role="treeitem" aria-level="1" aria-expanded=${unfolded} aria-selected=${profileId === this.current} data-id=${id}
        class="l1" tabindex=${this.tabindex(id)} data-testid="open-profile"
        title=${`${name} · ${target.user}@${target.host}:${target.port}/${target.database}${ready ? '' : ' · Enter opens it'}`}
        @click=${() => this.enterProfile(profile)} @focus=${() => this.focused(id)}
      >
        <span class="dot ${dot}"></span><span class="name ${ready ? 'strong' : ''}">${name}</span>
        ${words ? html`<span class="words">${words}</span>` : nothing}
        <span class="end">
          ${catalogue && session ? this.acts(catalogue, session, this.tabindex(id)) : nothing}
          <span class="chip ${environment}">${ENVIRONMENTS[environment]}</span>
        </span>
      </div>
      ${failure ? this.failure(profile, session, failure) : nothing}
      ${catalogue && unfolded ? this.catalogue(profileId, catalogue) : nothing}
    `;
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

  private catalogue(profileId: string, catalogue: Catalogue): TemplateResult {
    return html`
      <div class="search" role="none">
        <input
          type="search" placeholder="Find a table" aria-label="Find a table" .value=${catalogue.searched}
          @input=${(event: Event) => catalogue.searchFor((event.target as HTMLInputElement).value)}
        />
      </div>
      ${catalogue.nodes().map((node) => this.node(profileId, catalogue, node))}
    `;
  }

  private node(profileId: string, catalogue: Catalogue, node: TreeNode): TemplateResult {
    const { level, kind, name, detail, expandable, expanded, namespace, collection } = node;
    if (kind === 'note')
      return html`<div class="l${level} note ${node.waits ? 'late' : ''}" role="treeitem" aria-level=${level}>
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
      class="l${level} ${kind}" role="treeitem" aria-level=${level} aria-expanded=${expandable ? expanded : nothing}
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
    const first = this.profiles[0] ? `profile:${this.profiles[0].profileId}` : '';
    return id === (this.active || first) ? 0 : -1;
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
    if (!session || sessionEnded(session.state)) this.fire('qt-open-profile', profileId);
    else if (session.state === 'ready') {
      const collapsed = new Set(this.collapsed);
      if (!collapsed.delete(profileId)) collapsed.add(profileId);
      this.collapsed = collapsed;
    }
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

customElements.define('qt-connection-tree', QtConnectionTree);
