import { css } from 'lit';

/** Where toolbar, editor and results of a tab stand. */
export const queryTabStyles = css`
  :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; flex: 1; }
  /* What was a good height in a tall window leaves room for the result in a low one. */
  .editor { flex: none; min-height: 60px; max-height: calc(100% - 220px); }
  .result { display: flex; flex-direction: column; flex: 1; min-height: 0; }
`;
