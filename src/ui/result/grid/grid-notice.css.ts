import { css } from 'lit';

/** The line at the foot of a grid. */
export const gridNotice = css`
  .notice {
    position: absolute; left: 12px; right: 24px; bottom: 20px; z-index: 5; display: flex; align-items: center;
    gap: 12px; width: fit-content; max-width: calc(100% - 36px); box-sizing: border-box; margin: 0 auto;
    padding: 6px 6px 6px 12px; border: 1px solid var(--_border); border-radius: 6px; background: var(--_raised);
    font: 13px/20px var(--_sans); box-shadow: 0 4px 16px rgb(0 0 0 / 22%);
  }
  .notice.failed { border-color: var(--_failed); }
  .notice .failed { color: var(--_failed); font-weight: 600; }
  .notice p { margin: 0; min-width: 0; overflow-wrap: anywhere; }
  .notice button {
    flex: none; font: inherit; font-size: 12px; padding: 2px 10px; color: var(--_fg); background: transparent;
    border: 1px solid var(--_border); border-radius: 5px; cursor: pointer;
  }
  .notice button:hover { background: var(--_hover); }
  .notice button:focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
`;
