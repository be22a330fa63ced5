import { html, type TemplateResult } from 'lit';
import { icon } from '../controls/icons.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';

/** The line of a folder of connections. */
interface FolderLine {
  readonly id: string;
  readonly name: string;
  /** How many connections are in it. */
  readonly size: number;
  readonly unfolded: boolean;
  readonly tabindex: 0 | -1;
}

/** The line of a folder, which folds and unfolds on a click. */
export function folderLine(
  { id, name, size, unfolded, tabindex }: FolderLine,
  acts: { readonly fold: () => void; readonly focused: (id: string) => void },
): TemplateResult {
  return html`<div
    role="treeitem"
    aria-level="1"
    aria-expanded=${unfolded}
    class="profiles"
    tabindex=${tabindex}
    data-id=${id}
    title=${name}
    @click=${acts.fold}
    @focus=${() => acts.focused(id)}
  >
    <span class="twist">${icon(unfolded ? 'chevron-down' : 'chevron-right', 12)}</span>
    <span class="name">${escapeInvisible(name.replaceAll('/', ' › '))}</span>
    <span class="detail">${size}</span>
  </div>`;
}
