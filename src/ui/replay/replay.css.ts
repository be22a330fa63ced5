import { css } from 'lit';

/** The replay page: its head, its panes, and the bar that moves on the tape. */
export const replayStyles = css`
  dialog { width: 100vw; height: 100vh; max-width: none; max-height: none; border: 0; border-radius: 0; background: var(--qt-bg); }
  .head { border-bottom: 1px solid var(--qt-border); background: var(--qt-bg-raised); }
  .head h2 { flex: none; }
  .head .source { color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .head .button { margin-left: auto; }
  .head .icon, .head .second { margin-left: 0; }
  .verdict { flex: none; display: flex; flex-wrap: wrap; gap: 0 10px; align-items: center; padding: 8px 18px; border-bottom: 1px solid var(--qt-border); }
  .verdict strong { font-weight: 600; }
  .verdict .when { color: var(--qt-fg-muted); white-space: nowrap; }
  .verdict .private { margin-left: auto; color: var(--qt-fg-muted); font-size: 12px; }
  .verdict .vouched { flex-basis: 100%; padding-left: 18px; color: var(--qt-fg-muted); overflow-wrap: anywhere; user-select: text; }
  .verdict progress { width: 120px; accent-color: var(--qt-accent); }
  .range { display: inline-flex; align-items: center; gap: 4px; padding-left: 8px; border: 1px solid var(--qt-accent); border-radius: var(--qt-radius); font-size: 12px; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .range .icon { width: 24px; height: 24px; }
  .panes { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) clamp(320px, 28vw, 440px); }
  .left { display: flex; flex-direction: column; min-width: 0; min-height: 0; }
  qt-timeline { flex: 1; }
  qt-machine-chart { flex: 1.3; border-top: 1px solid var(--qt-border); }
  aside { display: flex; flex-direction: column; min-height: 0; border-left: 1px solid var(--qt-border); background: var(--qt-bg-raised); }
  .story { flex: 3; min-height: 0; overflow: auto; padding: 12px 14px; }
  .story:focus-visible { outline-offset: -2px; }
  section + section { margin-top: 18px; }
  .story h3, .events h3 { margin: 0 0 8px; font-size: 12px; font-weight: 600; color: var(--qt-fg-muted); }
  .story section > .button { margin-top: 8px; }
  .living { list-style: none; margin: 0; padding: 0; }
  .living button { display: grid; grid-template-columns: 8px auto minmax(0, 1fr); gap: 8px; align-items: center; width: 100%; min-height: 24px; text-align: left; font-size: 12px; }
  .living button:hover { background: var(--qt-bg-hover); }
  .living .query { padding-left: 28px; }
  .living .connection { padding-left: 14px; }
  .living .detail { color: var(--qt-fg-muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .events { flex: 2; display: flex; flex-direction: column; min-height: 0; border-top: 1px solid var(--qt-border); }
  .events h3 { margin: 0; padding: 8px 14px 4px; }
  qt-tape-list { flex: 1; }
  .foot { flex-direction: column; align-items: stretch; gap: 8px; background: var(--qt-bg-raised); }
  .foot .line { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; }
  .foot .leaps { display: inline-flex; align-items: center; gap: 4px; margin-left: 8px; color: var(--qt-fg-muted); }
  .foot .zoom { display: inline-flex; align-items: center; gap: 6px; margin-left: auto; }
  .foot .small { width: 30px; padding: 0; }
  .foot select { width: auto; height: 30px; }
  .foot input[type='range'] { flex: 1; min-width: 120px; accent-color: var(--qt-accent); }
  .foot .where { font: 12px/16px var(--qt-font-mono); white-space: nowrap; }
  .notice { color: var(--qt-state-waiting); }
  .empty { margin: auto; color: var(--qt-fg-muted); }
  @media (max-width: 760px) { .panes { grid-template-columns: minmax(0, 1fr); } aside { display: none; } }
`;
