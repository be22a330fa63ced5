import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryView } from '../events/views/query-view.ts';
import type { SessionView } from '../events/views/session-view.ts';
import type { Catalogue, TreeNode } from './catalogue.ts';
import { icon } from './icons.ts';
import { shared } from './shared.css.ts';

const ENVIRONMENTS = { development: 'DEV', staging: 'STAGING', production: 'PROD' } as const;

/** What a profile's session is doing, for the dot and the words beside it. */
function standing(session: SessionView | undefined): { dot: string; words: string } {
  if (!session || session.state === 'offline') return { dot: 'hollow', words: '' };
  if (session.state === 'ready') return { dot: 'well', words: '' };
  if (session.state === 'failed') return { dot: 'failed', words: '' };
  return {
    dot: 'waiting',
    words: session.state.startsWith('opening') ? 'opening…' : `${session.state.split('.')[0]}…`,
  };
}

/**
 * The connections and their catalogue as one tree. Fires `qt-open-profile`, `qt-close-session`, `qt-reconnect`,
 * `qt-open-collection`.
 */
export class QtSidebar extends LitElement {
  static override properties = {
    profiles: { attribute: false },
    sessions: { attribute: false },
    failures: { attribute: false },
    catalogues: { attribute: false },
    orphans: { attribute: false },
    revision: { type: Number },
    active: { state: true },
  };
  static override styles = [
    shared,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; background: var(--qt-bg-raised); }
      h2 {
        display: flex; align-items: center; height: 36px; margin: 0; padding: 0 8px 0 14px; flex: none;
        font-size: 12px; font-weight: 600; color: var(--qt-fg-muted);
      }
      h2 span { margin-right: auto; }
      [role='tree'] { overflow: auto; flex: 1; padding-bottom: 12px; }
      [role='treeitem'] {
        display: flex; align-items: center; gap: 7px; height: 26px; padding-right: 12px; cursor: pointer;
        white-space: nowrap; outline-offset: -2px; user-select: none;
      }
      [role='treeitem']:hover { background: var(--qt-bg-hover); }
      [role='treeitem'][aria-selected='true'] { background: var(--qt-accent-soft); }
      .name { overflow: hidden; text-overflow: ellipsis; min-width: 24px; }
      .name.strong { font-weight: 600; }
      .detail {
        margin-left: auto; padding-left: 8px; color: var(--qt-fg-faint); font: 11px/16px var(--qt-font-mono);
        overflow: hidden; text-overflow: ellipsis; max-width: 55%;
      }
      .l1 { padding-left: 14px; }
      .l2 { padding-left: 22px; }
      .l3 { padding-left: 38px; }
      .l4 { padding-left: 68px; }
      .twist { display: inline-flex; width: 12px; color: var(--qt-fg-faint); }
      .twist svg { width: 12px; height: 12px; }
      .kind { display: inline-flex; color: var(--qt-fg-muted); }
      .kind svg, .keymark svg { width: 14px; height: 14px; }
      .keymark { color: var(--qt-state-waiting); display: inline-flex; margin-left: -20px; width: 13px; }
      .chip {
        font: 600 10px/14px var(--qt-font-sans); letter-spacing: 0.02em; padding: 0 5px; border-radius: 3px;
        border: 1px solid var(--qt-border-strong); color: var(--qt-fg-muted);
      }
      .chip.production { color: var(--qt-state-failed); border-color: var(--qt-state-failed); }
      .chip.staging { color: var(--qt-state-waiting); border-color: var(--qt-state-waiting); }
      .end { margin-left: auto; display: flex; align-items: center; gap: 4px; }
      .act { display: none; width: 20px; height: 20px; }
      .act svg { width: 13px; height: 13px; }
      [role='treeitem']:hover .act, [role='treeitem']:focus .act, .act:focus-visible { display: inline-flex; }
      .note { color: var(--qt-fg-muted); font-style: italic; cursor: default; }
      .more { color: var(--qt-accent); }
      .failure { padding: 4px 14px 8px 29px; white-space: normal; color: var(--qt-fg-muted); font-size: 12px; line-height: 17px; }
      .failure b { color: var(--qt-state-failed); font-weight: 600; }
      .search { display: flex; align-items: center; gap: 6px; margin: 2px 12px 6px 14px; }
      .search input {
        flex: 1; min-width: 0; height: 24px; padding: 0 8px; border: 1px solid var(--qt-border); border-radius: 5px;
        background: var(--qt-bg); font-size: 12px;
      }
      .empty { padding: 8px 14px; color: var(--qt-fg-muted); }
      .orphan { display: flex; gap: 8px; align-items: center; padding: 3px 14px; color: var(--qt-fg-muted); font-size: 12px; }
    `,
  ];

  declare profiles: readonly Profile[];
  /** The latest session of each profile, by profile id. */
  declare sessions: ReadonlyMap<string, SessionView>;
  /** Words of the last failure, by session id. */
  declare failures: ReadonlyMap<string, FailureText>;
  /** By session id. */
  declare catalogues: ReadonlyMap<string, Catalogue>;
  /** Statements that a former run left in flight. */
  declare orphans: readonly QueryView[];
  /** Changes whenever a catalogue has. */
  declare revision: number;
  /** The line that has the focus. */
  declare protected active: string;

  constructor() {
    super();
    this.profiles = [];
    this.sessions = new Map();
    this.failures = new Map();
    this.catalogues = new Map();
    this.orphans = [];
    this.revision = 0;
    this.active = '';
  }

  override focus(): void {
    (this.renderRoot.querySelector('[role=treeitem][tabindex="0"]') as HTMLElement | null)?.focus();
  }

  protected override render() {
    return html`
      <h2><span>Connections</span></h2>
      <div role="tree" aria-label="Connections" @keydown=${this.key}>
        ${
          this.profiles.length === 0
            ? html`<p class="empty">No connection yet. Start with --demo for a database to try.</p>`
            : this.profiles.map((profile) => this.profile(profile))
        }
      </div>
      ${
        this.orphans.length > 0
          ? html`<h2><span>Left behind by a crash</span></h2>
            ${this.orphans.map(
              (
                query,
              ) => html`<div class="orphan" title="The program ended while this statement ran. Whether it still runs can be seen on the server.">
                <span class="dot waiting"></span>${query.queryId.slice(0, 12)} · unknown whether it still runs
              </div>`,
            )}`
          : nothing
      }
    `;
  }

  private profile(profile: Profile): TemplateResult {
    const session = this.sessions.get(profile.profileId);
    const { dot, words } = standing(session);
    const ready = session?.state === 'ready';
    const catalogue = session && ready ? this.catalogues.get(session.sessionId) : undefined;
    const failure = session && this.failures.get(session.sessionId);
    const id = `profile:${profile.profileId}`;
    return html`
      <div
        role="treeitem" aria-level="1" aria-expanded=${ready} aria-selected=${ready} data-id=${id} class="l1"
        tabindex=${this.tabindex(id)} data-testid="open-profile" title=${`${profile.name}: ${profile.target.host}:${profile.target.port}/${profile.target.database}`}
        @click=${() => this.enterProfile(profile)}
        @focus=${() => this.focused(id)}
      >
        <span class="dot ${dot}"></span><span class="name ${ready ? 'strong' : ''}">${profile.name}</span>
        <span class="detail">${words}</span>
        <span class="end">
          ${
            ready
              ? html`<button class="icon act" tabindex="-1" title="Read the catalogue anew" aria-label="Refresh" @click=${(e: Event) => this.act(e, () => void catalogue?.refresh())}>${icon('refresh')}</button>
                <button class="icon act" tabindex="-1" title=${catalogue?.showsSystem ? 'Hide system schemas' : 'Show system schemas'} aria-label="System schemas" aria-pressed=${catalogue?.showsSystem ?? false} @click=${(e: Event) => this.act(e, () => catalogue?.toggleSystem())}>${icon('layers')}</button>
                <button class="icon act" tabindex="-1" title="Close the connection" aria-label="Close" @click=${(e: Event) => this.act(e, () => this.fire('qt-close-session', session.sessionId))}>${icon('power')}</button>`
              : nothing
          }
          <span class="chip ${profile.environment}">${ENVIRONMENTS[profile.environment]}</span>
        </span>
      </div>
      ${session && failure && !ready ? this.failure(profile, session, failure) : nothing}
      ${catalogue ? this.tree(catalogue) : nothing}
    `;
  }

  private failure(
    profile: Profile,
    session: SessionView,
    { code, message, advice }: FailureText,
  ): TemplateResult {
    const again = (): void =>
      session.state === 'failed'
        ? this.fire('qt-open-profile', profile.profileId)
        : this.fire('qt-reconnect', session.sessionId);
    return html`<div class="failure" role="alert">
      <b class="mono">${code}</b> ${message} ${advice ?? ''}
      <button class="link" @click=${again}>Try again</button>
    </div>`;
  }

  private tree(catalogue: Catalogue): TemplateResult {
    return html`
      <div class="search">
        <input
          type="search" placeholder="Find a table" aria-label="Find a table" .value=${catalogue.searched}
          @input=${(event: Event) => catalogue.searchFor((event.target as HTMLInputElement).value)}
        />
      </div>
      ${catalogue.nodes().map((node) => this.node(catalogue, node))}
    `;
  }

  private node(catalogue: Catalogue, node: TreeNode): TemplateResult {
    const { id, level, kind, name, detail, expandable, expanded, namespace, collection } = node;
    if (kind === 'note')
      return html`<div class="l${level} note" role="treeitem" aria-level=${level}>${name}</div>`;
    const testid =
      kind === 'namespace'
        ? `tree-${namespace}`
        : kind === 'collection'
          ? `tree-${namespace}.${collection}`
          : nothing;
    return html`<div
      class="l${level} ${kind}" role="treeitem" aria-level=${level} aria-expanded=${expandable ? expanded : nothing}
      tabindex=${this.tabindex(id)} data-id=${id} data-testid=${testid} title=${detail ? `${name}: ${detail}` : name}
      @click=${() => this.enterNode(catalogue, node)}
      @dblclick=${() => this.openCollection(node)}
      @focus=${() => this.focused(id)}
    >
      ${expandable ? html`<span class="twist">${icon(expanded ? 'chevron-down' : 'chevron-right', 12)}</span>` : nothing}
      ${node.icon === 'key' ? html`<span class="keymark">${icon('key', 13)}</span>` : node.icon ? html`<span class="kind">${icon(node.icon, 14)}</span>` : nothing}
      <span class="name">${name}</span><span class="detail">${detail}</span>
    </div>`;
  }

  /** One line of the tree is in the tab order: the one that had the focus last, at first the first. */
  private tabindex(id: string): number {
    const first = this.profiles[0] ? `profile:${this.profiles[0].profileId}` : '';
    return id === (this.active || first) ? 0 : -1;
  }

  private focused(id: string): void {
    this.active = id;
  }

  private act(event: Event, what: () => void): void {
    event.stopPropagation();
    what();
  }

  private fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  private enterProfile(profile: Profile): void {
    const state = this.sessions.get(profile.profileId)?.state;
    if (state === undefined || state === 'offline' || state === 'failed')
      this.fire('qt-open-profile', profile.profileId);
  }

  private enterNode(catalogue: Catalogue, node: TreeNode): void {
    if (node.kind === 'more') catalogue.loadMore(node.namespace);
    else if (node.expandable) catalogue.toggle(node.id);
  }

  private openCollection({ kind, namespace, collection }: TreeNode): void {
    if (kind === 'collection') this.fire('qt-open-collection', { namespace, collection });
  }

  /** The keys of a tree (WAI-ARIA practices): arrows, Home, End, Enter opens, letters find. */
  private key(event: KeyboardEvent): void {
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>('[role=treeitem][tabindex]')];
    const at = items.findIndex((item) => item.dataset.id === this.active);
    const current = items[at];
    if (!current || event.composedPath()[0] instanceof HTMLInputElement) return;
    const expanded = current.getAttribute('aria-expanded');
    const target = this.keyTarget(event, items, at);
    if (target) target.focus();
    else if (event.key === 'ArrowRight' && expanded === 'false') current.click();
    else if (event.key === 'ArrowLeft' && expanded === 'true' && current.getAttribute('aria-level') !== '1')
      current.click();
    else if (event.key === 'Enter') this.enterKey(current);
    else if (event.key === ' ') current.click();
    else return;
    event.preventDefault();
  }

  private keyTarget(
    event: KeyboardEvent,
    items: readonly HTMLElement[],
    at: number,
  ): HTMLElement | undefined {
    const level = Number(items[at]!.getAttribute('aria-level'));
    const expanded = items[at]!.getAttribute('aria-expanded');
    switch (event.key) {
      case 'ArrowDown':
        return items[at + 1];
      case 'ArrowUp':
        return items[at - 1];
      case 'Home':
        return items[0];
      case 'End':
        return items.at(-1);
      case 'ArrowRight':
        return expanded === 'true' ? items[at + 1] : undefined;
      case 'ArrowLeft':
        return expanded === 'true' && level > 1
          ? undefined
          : items.slice(0, at).findLast((item) => Number(item.getAttribute('aria-level')) < level);
      default: {
        if (event.key.length !== 1 || event.key === ' ' || event.ctrlKey || event.metaKey || event.altKey)
          return undefined;
        const letter = event.key.toLowerCase();
        const begins = (item: HTMLElement): boolean =>
          item.querySelector('.name')?.textContent?.toLowerCase().startsWith(letter) ?? false;
        return [...items.slice(at + 1), ...items.slice(0, at)].find(begins);
      }
    }
  }

  private enterKey(current: HTMLElement): void {
    const [namespace, collection, ...rest] = current.dataset.id!.split('\0');
    if (current.classList.contains('collection') && rest.length === 0)
      this.fire('qt-open-collection', { namespace, collection });
    else current.click();
  }
}

customElements.define('qt-sidebar', QtSidebar);
