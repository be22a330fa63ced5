import { css } from 'lit';

/** The row of tabs. */
export const tabStyles = css`
  :host {
    display: flex; height: 34px; flex: none; background: var(--qt-bg-raised); border-bottom: 1px solid var(--qt-border);
  }
  [role='tablist'] { display: flex; min-width: 0; overflow-x: auto; scrollbar-width: none; }
  .tab {
    display: flex; align-items: center; border-right: 1px solid var(--qt-border); max-width: 280px; flex: none;
    border-top: 2px solid transparent;
  }
  .moving, .moving [role='tab'] { cursor: grabbing; }
  .tab.before { box-shadow: inset 2px 0 var(--qt-accent); }
  .tab.after { box-shadow: inset -2px 0 var(--qt-accent); }
  .tab.active { background: var(--qt-bg); border-top-color: var(--qt-accent); }
  .tab:hover:not(.active) { background: var(--qt-bg-hover); }
  [role='tab'] {
    display: flex; align-items: center; gap: 8px; padding: 0 4px 0 14px; height: 100%; min-width: 60px;
    overflow: hidden; white-space: nowrap; color: var(--qt-fg-muted);
  }
  .active [role='tab'] { color: var(--qt-fg); font-weight: 500; }
  .transaction {
    flex: none; min-width: 15px; height: 15px; border: 1px solid currentColor; border-radius: 4px; text-align: center;
    font: 600 10px/13px var(--qt-font-sans);
  }
  .transaction.waiting { color: var(--qt-state-waiting); }
  .transaction.failed { color: var(--qt-state-failed); }
  .tunnel { display: inline-flex; align-items: center; gap: 4px; flex: none; font-size: 11px; font-weight: 400; color: var(--qt-fg-muted); }
  .tunnel svg { width: 13px; height: 13px; }
  .tunnel.waiting { color: var(--qt-state-waiting); }
  .tunnel.failed { color: var(--qt-state-failed); }
  .title { overflow: hidden; text-overflow: ellipsis; }
  .owner { flex: none; max-width: 96px; overflow: hidden; text-overflow: ellipsis; font-size: 11px; font-weight: 400; color: var(--qt-fg-muted); }
  .owner.production { color: var(--qt-state-failed); }
  .owner.staging { color: var(--qt-state-waiting); }
  .close { width: 24px; height: 24px; margin-right: 4px; opacity: 0; }
  .close svg { width: 13px; height: 13px; }
  .tab:hover .close, .active .close { opacity: 1; }
  input {
    width: 168px; height: 24px; margin: 0 8px; padding: 0 6px; border: 1px solid var(--qt-accent); border-radius: 4px;
    background: var(--qt-bg); outline: none;
  }
  .new { margin: 2px 4px; flex: none; }
  .elsewhere { margin: auto 8px; flex: none; font-size: 12px; color: var(--qt-fg-muted); }
  .unkept { margin: auto 8px; flex: none; font-size: 12px; color: var(--qt-state-waiting); }
`;
