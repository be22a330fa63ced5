import { css } from 'lit';

/** What the vault's dialog looks like. */
export const vaultStyles = css`
  dialog { width: min(460px, calc(100vw - 32px)); }
  .body { display: flex; flex-direction: column; gap: 12px; }
  .fields { margin: 0; }
  .strength { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px; grid-column: 1 / -1; margin-top: -4px; }
  .strength i { height: 3px; border-radius: 2px; background: var(--qt-border); }
  .strength.l1 i:nth-child(-n + 1) { background: var(--qt-state-failed); }
  .strength.l2 i:nth-child(-n + 2) { background: var(--qt-state-waiting); }
  .strength.l3 i { background: var(--qt-state-well); }
  .strength .hint { grid-column: 1 / -1; }
  .kinds { display: grid; gap: 8px; }
  .kinds label { display: flex; gap: 9px; padding: 8px 10px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); background: var(--qt-bg); cursor: pointer; }
  .kinds label:has(:checked) { border-color: var(--qt-accent); background: var(--qt-accent-soft); }
  .kinds label:has(:disabled) { cursor: default; color: var(--qt-fg-faint); }
  .kinds input { margin: 3px 0 0; width: 14px; height: 14px; flex: none; align-self: start; accent-color: var(--qt-accent); }
  .kinds .hint { display: block; }
  .state { display: flex; gap: 8px; align-items: center; font-weight: 600; }
  .state.unlocked { color: var(--qt-state-waiting); }
  p { margin: 0; }
  .aside { justify-self: start; align-self: flex-start; }
`;
