import { css, html, nothing } from 'lit';
import type { SeenHostKey } from '../../events/host-key-clash.ts';
import { escapeInvisible } from '../format/escape-invisible.ts';

/** What a host key looks like, and other pairs of a term and what it is. */
export const seenKeyStyles = css`
  dl { margin: 0; min-width: 0; }
  dt { font-size: 12px; line-height: 16px; color: var(--qt-fg-muted); }
  dd { margin: 0 0 8px; overflow-wrap: anywhere; user-select: text; }
  pre { margin: 0; width: max-content; padding: 6px 10px; border: 1px solid var(--qt-border); border-radius: var(--qt-radius); background: var(--qt-bg-sunken); line-height: 14px; }
`;

/** A host key: algorithm, fingerprint and `more` pairs, and its random art as ssh draws it, where it is known. */
export function seenKey({ keyType, fingerprint, art }: SeenHostKey, more: unknown = nothing) {
  return html`<dl>
      <dt>Algorithm</dt><dd class="mono">${escapeInvisible(keyType)}</dd>
      <dt>Fingerprint</dt><dd class="mono">${escapeInvisible(fingerprint)}</dd>
      ${more}
    </dl>
    ${art === null ? nothing : html`<pre class="mono" role="img" aria-label="Random art of the fingerprint">${escapeInvisible(art)}</pre>`}`;
}
