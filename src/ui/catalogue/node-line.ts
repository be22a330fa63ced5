import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../controls/icons.ts';
import { markOf } from '../format/display-text.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';
import type { TreeNode } from './tree-node.ts';
import { LINE_PX } from './tree-window.ts';

/** A line of a catalogue: the node, its place among the lines of its connection, the folders around it. */
interface NodeLine {
  readonly id: string;
  readonly node: TreeNode;
  readonly at: number;
  readonly depth: number;
  readonly tabindex: 0 | -1;
}

/** What a user does with it. */
interface NodeActs {
  /** Unfolds, folds, reads on. */
  readonly enter: (click?: MouseEvent) => void;
  /** Shows a collection's rows. */
  readonly open: () => void;
  readonly offer: (event: Event) => void;
  readonly focused: (id: string) => void;
}

/** A name as its line shows it: what would not be seen of it, such as the spaces at its ends and what breaks a line, is marked. */
export function lineOfName(name: string): string {
  const spaced = name.replace(/^ +| +$/g, (spaces) => '·'.repeat(spaces.length));
  return escapeInvisible(spaced).replace(/[\n\t]/g, (unit) => markOf(unit.charCodeAt(0)));
}

/** One line of a connection's catalogue. */
export function nodeLine(line: NodeLine, acts: NodeActs): TemplateResult {
  const { id, node, at, depth, tabindex } = line;
  const { level, kind, name, detail, expandable, expanded, namespace, collection } = node;
  const style = `top:${at * LINE_PX}px`;
  const label = kind === 'note' ? escapeInvisible(name) : lineOfName(name);
  if (kind === 'note')
    return html`<div
      class="l${level} note ${node.waits ? 'late' : ''}"
      role="treeitem"
      aria-level=${level + depth}
      style=${style}
    >
      <span class="name" title=${label}>${label}</span>
    </div>`;
  const isCollection = kind === 'collection';
  const own = kind === 'namespace' ? namespace : `${namespace}.${collection}`;
  const testid = kind === 'namespace' || isCollection ? `tree-${own}` : nothing;
  const what = escapeInvisible([name, detail, node.title].filter((part) => part !== '').join(' · '));
  const hint = isCollection ? '\nDouble-click or Enter to show its rows' : '';
  return html`<div
    class="l${level} ${kind}"
    role="treeitem"
    aria-level=${level + depth}
    aria-expanded=${expandable ? expanded : nothing}
    aria-posinset=${node.place || nothing}
    aria-setsize=${node.place ? node.of : nothing}
    style=${style}
    tabindex=${tabindex}
    data-id=${id}
    data-testid=${testid}
    title=${what + hint}
    @click=${acts.enter}
    @dblclick=${acts.open}
    @qt-enter=${isCollection ? acts.open : () => acts.enter()}
    @qt-offer=${acts.offer}
    @contextmenu=${acts.offer}
    @focus=${() => acts.focused(id)}
  >
    ${expandable ? html`<span class="twist">${icon(expanded ? 'chevron-down' : 'chevron-right', 12)}</span>` : nothing}
    ${mark(node)}
    <span class="name">${label}</span>${detail ? html`<span class="detail">${escapeInvisible(detail)}</span>` : nothing}
    ${isCollection ? actions(label, acts.offer) : nothing}
  </div>`;
}

function mark(node: TreeNode): TemplateResult | typeof nothing {
  if (node.icon === 'key')
    return html`<span class="keymark" title="In the primary key">${icon('key', 13)}</span>`;
  return node.icon ? html`<span class="kind">${icon(node.icon, 14)}</span>` : nothing;
}

function actions(label: string, offer: (event: Event) => void): TemplateResult {
  return html`<button
    class="icon act"
    tabindex="-1"
    title="Actions (Shift+F10)"
    aria-label="Actions for ${label}"
    aria-haspopup="menu"
    @click=${offer}
  >${icon('ellipsis', 13)}</button>`;
}
