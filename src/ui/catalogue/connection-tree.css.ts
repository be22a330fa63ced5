import { css } from 'lit';

/** What the connections and their catalogue look like. */
export const treeStyles = css`
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
  .leaf .name { flex: 0 0 auto; max-width: 70%; }
  .leaf .detail { flex: 0 1 auto; min-width: 0; }
  .lines { position: relative; }
  .lines [role='treeitem'] { position: absolute; left: 0; right: 0; }
  .l1 { position: relative; padding-left: calc(14px + var(--indent, 0px)); }
  .l1::before {
    content: ''; position: absolute; left: calc(5px + var(--indent, 0px)); top: 6px; bottom: 6px; width: 3px; border-radius: 2px;
    background: var(--colour, transparent);
  }
  .l2 { padding-left: 22px; }
  .l3 { padding-left: 38px; }
  .l4 { padding-left: 57px; color: var(--qt-fg-muted); }
  .l5 { padding-left: 96px; }
  .l2.note { padding-left: 41px; }
  .l3.note, .l3.more { padding-left: 57px; }
  .l4.ddl { padding-left: 76px; }
  .l5.note { padding-left: 76px; }
  .twist { display: inline-flex; width: 12px; flex: none; color: var(--qt-fg-faint); }
  .twist svg { width: 12px; height: 12px; }
  .kind { display: inline-flex; flex: none; color: var(--qt-fg-muted); }
  .kind svg, .keymark svg { width: 14px; height: 14px; }
  .keymark { color: var(--qt-state-waiting); display: inline-flex; flex: none; margin-left: -21px; }
  .tags { flex: 1 1 0; min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--qt-fg-faint); font-size: 11px; }
  .profiles { padding-left: 11px; color: var(--qt-fg-muted); font-size: 12px; }
  /* What is beside a name has the room that the name leaves. */
  .words { flex: 1 1 0; min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--qt-fg-muted); font-size: 12px; }
  .end { margin-left: auto; display: flex; align-items: center; gap: 4px; flex: none; }
  .act { display: none; width: 24px; height: 24px; margin: 0 -2px; flex: none; }
  .collection .act { margin-left: 0; margin-right: -8px; }
  .act svg { width: 13px; height: 13px; }
  [role='treeitem']:hover .act, [role='treeitem']:focus-within .act, .act.shown { display: inline-flex; }
  .act[aria-pressed='true'] { color: var(--qt-accent); }
  [role='treeitem'].note { color: var(--qt-fg-muted); cursor: default; background: none; }
  .more { color: var(--qt-accent); }
  [role='treeitem'].failure {
    display: block; height: auto; padding: 2px 14px 8px 29px; white-space: normal; overflow-wrap: anywhere;
    color: var(--qt-fg-muted); font-size: 12px; line-height: 17px; user-select: text; background: none; cursor: default;
  }
  .failure b {
    display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--qt-state-failed);
    font: 600 11px/17px var(--qt-font-mono);
  }
  /* Beside other connections a long reason is its beginning; the tab has all of it. */
  .failure .why { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
  [role='treeitem'].search { height: auto; margin: 4px 12px 6px 14px; padding: 0; background: none; cursor: default; }
  .search input {
    flex: 1; min-width: 0; height: 24px; padding: 0 8px; border: 1px solid var(--qt-border); border-radius: 5px;
    background: var(--qt-bg); font-size: 12px;
  }
  .search input::placeholder { color: var(--qt-fg-faint); opacity: 1; }
  .empty { margin: 0; padding: 4px 14px; color: var(--qt-fg-muted); }
`;
