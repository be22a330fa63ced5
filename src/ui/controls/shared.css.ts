import { css } from 'lit';

/** What buttons, fields and focus look like, in every element. */
export const shared = css`
  :host {
    box-sizing: border-box;
    font-feature-settings: 'calt' 0, 'liga' 0;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    background: none;
    border: 0;
    padding: 0;
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
    opacity: 0.55;
  }
  :focus-visible {
    outline: 2px solid var(--qt-accent);
    outline-offset: -1px;
    border-radius: 4px;
  }
  .mono {
    font-family: var(--qt-font-mono);
    font-size: 12px;
    line-height: 16px;
    font-variant-ligatures: none;
  }
  .icon {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    width: 28px;
    height: 28px;
    border-radius: var(--qt-radius);
    color: var(--qt-fg-muted);
  }
  .icon:hover:not(:disabled) {
    background: var(--qt-bg-hover);
    color: var(--qt-fg);
  }
  .icon svg {
    width: 16px;
    height: 16px;
  }
  .dot {
    flex: none;
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--qt-fg-faint);
  }
  .dot.hollow {
    background: none;
    border: 1.5px solid var(--qt-fg-faint);
  }
  .dot.running {
    background: var(--qt-state-running);
  }
  .dot.well {
    background: var(--qt-state-well);
  }
  .dot.waiting {
    background: var(--qt-state-waiting);
  }
  .dot.failed {
    background: var(--qt-state-failed);
  }
  .link {
    color: var(--qt-accent);
  }
  .link:hover {
    text-decoration: underline;
  }
  /* A wait says what it waits for once it is one: nothing flashes for what is there at once. */
  .late {
    animation: late 0s linear 300ms backwards;
  }
  @keyframes late {
    from {
      opacity: 0;
    }
  }
  /* For screen readers only. */
  .heard {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    *:not(.late) {
      transition: none !important;
      animation: none !important;
    }
  }
  /* Where the system chooses the colours, backgrounds say nothing: a line says what is chosen, and a dot keeps its state. */
  @media (forced-colors: active) {
    .dot {
      forced-color-adjust: none;
    }
    [aria-selected='true'],
    [aria-pressed='true'],
    [aria-checked='true'],
    label:has(:checked) {
      outline: 1px solid Highlight;
      outline-offset: -1px;
    }
  }
`;
