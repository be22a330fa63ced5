import { css } from 'lit';

/** What the sections of a connection's form look like. */
export const sectionStyles = css`
  .environments { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; }
  .environments label {
    position: relative; display: block; padding: 8px 10px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius);
    background: var(--qt-bg); cursor: pointer;
  }
  .environments label:hover { background: var(--qt-bg-hover); }
  .environments label:has(:checked) { outline: 2px solid var(--qt-accent); outline-offset: -1px; background: var(--qt-accent-soft); }
  .environments label.production:has(:checked) { outline-color: var(--qt-state-failed); background: var(--qt-failed-soft); }
  .environments label.staging:has(:checked) { outline-color: var(--qt-state-waiting); background: var(--qt-found); }
  .environments label:has(:focus-visible) { box-shadow: 0 0 0 2px var(--qt-bg-raised), 0 0 0 4px var(--qt-accent); }
  .environments input { position: absolute; opacity: 0; inset: 0; width: 100%; height: 100%; margin: 0; cursor: pointer; }
  .environments .hint { display: block; margin-top: 4px; color: var(--qt-fg-muted); }
  .kept { display: flex; gap: 8px; align-items: center; }
  .kept .input { flex: 1; }
  .colours { display: flex; gap: 8px; height: 30px; align-items: center; }
  .colours label { position: relative; width: 20px; height: 20px; border-radius: 50%; border: 1px solid var(--qt-border-strong); background: var(--colour, transparent); }
  .colours label:has(:checked) { outline: 2px solid var(--qt-fg); outline-offset: 2px; }
  .colours label:has(:focus-visible) { outline: 2px solid var(--qt-accent); outline-offset: 2px; }
  .colours input { position: absolute; inset: 0; opacity: 0; margin: 0; width: 100%; height: 100%; cursor: pointer; }
  details > summary { cursor: pointer; color: var(--qt-fg-muted); font-size: 12px; font-weight: 600; line-height: 24px; border-radius: 4px; }
  details > .fields { margin-top: 6px; }
  @media (max-width: 560px) { .environments { grid-template-columns: 1fr; } }
`;
