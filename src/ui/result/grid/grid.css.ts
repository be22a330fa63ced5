import { css } from 'lit';

/** The page's tokens, each with what to do without it. */
export const gridTokens = css`
  :host {
    --_bg: var(--qt-bg, light-dark(#ffffff, #0f1113));
    --_raised: var(--qt-bg-raised, light-dark(#f6f8fa, #15191c));
    --_sunken: var(--qt-bg-sunken, light-dark(#f0f2f5, #0b0d0f));
    --_fg: var(--qt-fg, light-dark(#1b1f24, #e6e9ec));
    --_muted: var(--qt-fg-muted, light-dark(#59636e, #9aa4ad));
    --_faint: var(--qt-fg-faint, light-dark(#6e7781, #7d868f));
    --_border: var(--qt-border, light-dark(#dfe3e8, #262b30));
    --_accent: var(--qt-accent, light-dark(#0b63ce, #4c9aff));
    --_accent-soft: var(--qt-accent-soft, light-dark(#dbeafe, #16304f));
    --_well: var(--qt-state-well, light-dark(#1a7f4b, #3fc486));
    --_waiting: var(--qt-state-waiting, light-dark(#9a6700, #f0b429));
    --_failed: var(--qt-state-failed, light-dark(#c9242b, #ff6b5e));
    --_sans: var(--qt-font-sans, 'Inter Variable', Inter, system-ui, sans-serif);
    --_mono: var(--qt-font-mono, 'JetBrains Mono Variable', 'JetBrains Mono', ui-monospace, monospace);
    --_changed: var(--qt-found, light-dark(#fff0c2, #392c0a));
    --_hover: color-mix(in srgb, var(--_fg) 5%, transparent);
  }
`;

export const gridStyles = css`
  :host { display: block; position: relative; min-height: 0; min-width: 0; background: var(--_bg); color: var(--_fg); }
  [hidden] { display: none !important; }
  .scroller {
    position: absolute; inset: 0; overflow: auto; overflow-anchor: none; outline: none;
    user-select: none; -webkit-user-select: none; contain: strict;
    scrollbar-color: color-mix(in srgb, var(--_fg) 28%, transparent) transparent;
    font: 12px/16px var(--_mono); font-variant-numeric: tabular-nums; font-variant-ligatures: none;
    font-feature-settings: 'calt' 0, 'liga' 0;
  }
  .head {
    position: sticky; top: 0; z-index: 3; box-sizing: border-box; height: 38px; min-width: 100%;
    background: var(--_bg); border-bottom: 1px solid var(--_border);
  }
  .corner {
    position: sticky; left: 0; z-index: 1; box-sizing: border-box; height: 37px;
    background: var(--_bg); border-right: 1px solid var(--_border);
  }
  .columns { position: absolute; top: 0; height: 37px; right: 0; overflow: hidden; }
  .column {
    position: absolute; top: 0; box-sizing: border-box; height: 37px; padding: 4px 10px 0; overflow: hidden;
    border-right: 1px solid var(--_border); cursor: default; contain: strict;
  }
  .name, .type { display: block; overflow: hidden; text-overflow: ellipsis; white-space: pre; }
  .name { font: 600 12px/16px var(--_sans); }
  [aria-sort]::before { content: '↑'; position: absolute; left: 0; font-family: var(--_sans); color: var(--_accent); }
  [aria-sort='descending']::before { content: '↓'; }
  .type { font-size: 10.5px; line-height: 13px; color: var(--_faint); }
  .column.numeric { text-align: right; }
  .column:hover { background: var(--_hover); }
  .column.selected { background: color-mix(in srgb, var(--_accent-soft) 55%, var(--_bg)); }
  .column.selected .type { color: var(--_muted); }
  .grip { position: absolute; top: 0; right: 0; width: 7px; height: 100%; cursor: col-resize; touch-action: none; }
  .grip:hover, .grip:active { background: linear-gradient(to left, var(--_accent) 2px, transparent 2px); }
  .drop { position: absolute; top: 0; width: 2px; background: var(--_accent); }
  .moving * { cursor: grabbing !important; }
  .body { position: relative; min-width: 100%; }
  .gutter { position: sticky; left: 0; z-index: 2; height: 0; }
  .number {
    position: absolute; top: 0; left: 0; box-sizing: border-box; width: 100%; height: 26px; padding: 5px 10px 4px 0;
    text-align: right; white-space: pre; color: var(--_faint); background: var(--_bg); contain: strict;
    border-right: 1px solid var(--_border); border-bottom: 1px solid var(--_border);
  }
  .number.selected { color: var(--_fg); background: color-mix(in srgb, var(--_accent-soft) 55%, var(--_bg)); }
  .rows { position: absolute; top: 0; right: 0; height: 0; }
  .row {
    position: absolute; top: 0; left: 0; box-sizing: border-box; width: 100%; height: 26px; contain: layout style size;
    border-bottom: 1px solid var(--_border);
  }
  .row:hover { background: var(--_hover); }
  .cell {
    position: absolute; top: 0; box-sizing: border-box; height: 25px; padding: 5px 10px 4px; overflow: hidden;
    text-overflow: ellipsis; white-space: pre; text-align: left; unicode-bidi: isolate; contain: strict;
    border-right: 1px solid var(--_border);
  }
  .cell.numeric { text-align: right; }
  .cell.null { font-style: italic; color: var(--_faint); }
  .cell[aria-selected] { background: var(--_accent-soft); }
  .cell[aria-selected].null { color: var(--_muted); }
  .cell.none { font-style: italic; color: var(--_faint); }
  .cell.missing { color: var(--_faint); }
  .cell.typed { color: var(--qt-code-name, var(--_fg)); }
  .cell.changed { background: var(--_changed); box-shadow: inset 2px 0 0 var(--_waiting); }
  .cell.saved { box-shadow: inset 2px 0 0 var(--_well); }
  .cell.failed, .cell.unknown { background: var(--qt-failed-soft, var(--_changed)); box-shadow: inset 2px 0 0 var(--_failed); }
  .row.inserted { background: color-mix(in srgb, var(--_changed) 45%, transparent); }
  .number:is(.inserted, .added, .deleted, .gone)::before { position: absolute; left: 8px; font-weight: 700; }
  .number.inserted::before { content: '+'; color: var(--_waiting); }
  .number.deleted::before { content: '−'; color: var(--_failed); }
  .number.added::before { content: '+'; color: var(--_well); }
  .number.gone::before { content: '−'; color: var(--_well); }
  .number.wrong::before { content: '!'; position: absolute; left: 8px; font-weight: 700; color: var(--_failed); }
  .row.wrong { background: var(--qt-failed-soft, var(--_changed)); }
  .row:is(.deleted, .gone) .cell { text-decoration: line-through; color: var(--_muted); }
  .editor {
    position: absolute; top: 0; left: 0; z-index: 4; display: flex; align-items: center; gap: 4px; box-sizing: border-box; height: 27px;
    max-width: min(620px, 90%); margin-top: -1px; padding: 0 3px 0 0; background: var(--_bg); border: 2px solid var(--_accent);
    border-radius: 3px; box-shadow: 0 4px 14px rgb(0 0 0 / 22%); user-select: text;
  }
  .editor.wrong { border-color: var(--_failed); }
  .editor input {
    flex: 1; min-width: 96px; height: 100%; padding: 0 8px; border: 0; outline: none; background: none; color: var(--_fg);
    font: 12px/16px var(--_mono); font-variant-ligatures: none; field-sizing: content;
  }
  .editor input::placeholder { font-style: italic; color: var(--_faint); opacity: 1; }
  .editor .kind { color: var(--_muted); font-size: 10.5px; white-space: nowrap; max-width: 130px; overflow: hidden; text-overflow: ellipsis; }
  .editor button {
    flex: none; height: 19px; padding: 0 6px; border: 1px solid var(--_border); border-radius: 4px; background: none; color: var(--_muted);
    font: 10.5px/16px var(--_mono); cursor: pointer;
  }
  .editor button:hover:not(:disabled) { color: var(--_fg); background: var(--_hover); }
  .editor button[aria-pressed='true'] { background: var(--_accent-soft); color: var(--_fg); }
  .editor button:disabled { opacity: 0.4; cursor: default; }
  .mark { color: var(--_accent); opacity: 0.8; }
  .pending .cell::before {
    content: ''; position: absolute; left: 10px; right: 40%; top: 10px; height: 6px; border-radius: 3px;
    background: var(--_border); opacity: 0.55;
  }
  .pending .cell.numeric::before { left: 40%; right: 10px; }
  .lead { outline: 1px solid var(--_faint); outline-offset: -1px; }
  .scroller:focus .lead, :host([finding]) .lead { outline: 2px solid var(--_accent); outline-offset: -2px; }
  .empty {
    position: absolute; left: 0; right: 0; top: 38px; margin: 0; padding: 16px; color: var(--_muted);
    font: 13px/20px var(--_sans); pointer-events: none;
  }
  .empty.alone { top: 0; }
  .heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: pre; }
  @media (forced-colors: active) {
    .cell[aria-selected], .column.selected { background: Highlight; color: HighlightText; forced-color-adjust: none; }
    .column.selected .type { color: inherit; }
  }
`;
