import { css } from 'lit';

/** What dialogs, their buttons and their forms look like. */
export const dialogStyles = css`
  [hidden] { display: none !important; }
  dialog {
    width: min(640px, calc(100vw - 32px)); max-height: min(820px, calc(100vh - 48px)); margin: auto; padding: 0;
    border: 1px solid var(--qt-border-strong); border-radius: 10px; background: var(--qt-bg-raised); color: var(--qt-fg);
    box-shadow: var(--qt-shadow); overflow: hidden;
  }
  dialog[open] { display: flex; flex-direction: column; }
  dialog::backdrop { background: rgb(0 0 0 / 45%); }
  dialog > form { display: contents; }
  .head { display: flex; align-items: center; gap: 10px; flex: none; min-height: 46px; padding: 8px 10px 8px 18px; flex-wrap: nowrap; }
  .head .icon { margin-left: auto; }
  h2 { margin: 0; font-size: 15px; line-height: 22px; font-weight: 600; overflow-wrap: anywhere; }
  h3 { margin: 0; font-size: 12px; line-height: 20px; font-weight: 600; color: var(--qt-fg-muted); }
  p { margin: 0; }
  .body { flex: 1; min-height: 0; overflow: auto; padding: 4px 18px 16px; }
  .foot {
    display: flex; align-items: center; gap: 8px; flex: none; padding: 10px 18px; border-top: 1px solid var(--qt-border);
    flex-wrap: wrap;
  }
  .foot .space { flex: 1; min-width: 0; }
  .button {
    display: inline-flex; align-items: center; justify-content: center; gap: 7px; height: 30px; padding: 0 13px; flex: none;
    border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); background: var(--qt-bg); color: var(--qt-fg);
    white-space: nowrap;
  }
  .button:hover:not(:disabled) { background: var(--qt-bg-hover); }
  .button.primary { background: var(--qt-accent); border-color: var(--qt-accent); color: var(--qt-on-accent); font-weight: 600; }
  .button.primary:hover:not(:disabled) { background: color-mix(in srgb, var(--qt-accent) 88%, var(--qt-fg)); }
  .button.danger { border-color: var(--qt-state-failed); color: var(--qt-state-failed); font-weight: 600; }
  .button.danger:hover:not(:disabled) { background: var(--qt-failed-soft); }
  .button:disabled { opacity: 1; color: var(--qt-fg-faint); border-color: var(--qt-border); background: none; }
  .button:focus-visible, .icon:focus-visible { outline-offset: 2px; border-radius: var(--qt-radius); }
  .quiet { color: var(--qt-fg-muted); }
  .said { overflow-wrap: anywhere; user-select: text; }
  /* An error, where it happened. */
  .alert {
    border-left: 3px solid var(--qt-state-failed); background: var(--qt-failed-soft); padding: 6px 12px; overflow-wrap: anywhere;
    user-select: text;
  }
  .note { border-left: 3px solid var(--qt-border-strong); background: var(--qt-bg-sunken); padding: 6px 12px; color: var(--qt-fg-muted); }
  .note.waiting { border-left-color: var(--qt-state-waiting); color: var(--qt-fg); }
  .note.well { border-left-color: var(--qt-state-well); color: var(--qt-fg); }
  .alert ul, .note ul { margin: 2px 0 0; padding-left: 18px; }
  .code { color: var(--qt-state-failed); font-weight: 600; margin-right: 8px; }
  /* Fields: label above, error below, both of them the field's. */
  .fields { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 10px 12px; margin: 2px 0 16px; }
  .field { grid-column: span 3; display: flex; flex-direction: column; gap: 3px; min-width: 0; }
  .field.s1 { grid-column: span 1; }
  .field.s2 { grid-column: span 2; }
  .field.s4 { grid-column: span 4; }
  .field.s5 { grid-column: span 5; }
  .field.s6 { grid-column: 1 / -1; }
  .label { font-size: 12px; line-height: 16px; color: var(--qt-fg-muted); }
  .hint { font-size: 12px; line-height: 16px; color: var(--qt-fg-faint); }
  .error { font-size: 12px; line-height: 16px; color: var(--qt-state-failed); overflow-wrap: anywhere; }
  .input {
    width: 100%; height: 30px; padding: 0 9px; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius);
    background: var(--qt-bg); color: var(--qt-fg); min-width: 0;
  }
  textarea.input { height: auto; padding: 5px 9px; font: inherit; resize: vertical; }
  .input::placeholder { color: var(--qt-fg-faint); opacity: 1; font-family: var(--qt-font-sans); font-size: 13px; }
  .input:focus-visible { outline-offset: -1px; border-radius: var(--qt-radius); }
  .input[aria-invalid='true'] { border-color: var(--qt-state-failed); }
  .input:disabled { color: var(--qt-fg-faint); background: none; opacity: 1; border-color: var(--qt-border); }
  option { background: var(--qt-bg-raised); color: var(--qt-fg); }
  .check { display: flex; align-items: start; gap: 9px; cursor: pointer; }
  .check input { margin: 3px 0 0; width: 14px; height: 14px; flex: none; accent-color: var(--qt-accent); }
  .check span { min-width: 0; }
  .check .hint { display: block; }
  fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
  legend { padding: 0; margin-bottom: 3px; }
  /* A choice of a few, side by side. */
  .segments { display: flex; border: 1px solid var(--qt-border-strong); border-radius: var(--qt-radius); overflow: hidden; background: var(--qt-bg); }
  .segments label { position: relative; flex: 1 1 auto; display: flex; align-items: center; justify-content: center; gap: 6px; height: 28px; padding: 0 10px; color: var(--qt-fg-muted); cursor: pointer; white-space: nowrap; }
  .segments label + label { border-left: 1px solid var(--qt-border); }
  .segments label:hover { background: var(--qt-bg-hover); }
  .segments label:has(:checked) { background: var(--qt-accent-soft); color: var(--qt-fg); font-weight: 600; }
  .segments label:has(:focus-visible) { outline: 2px solid var(--qt-accent); outline-offset: -2px; border-radius: var(--qt-radius); }
  .segments input { position: absolute; opacity: 0; width: 100%; height: 100%; inset: 0; margin: 0; cursor: pointer; }
  @media (max-width: 560px) {
    .field, .field.s1, .field.s2, .field.s4, .field.s5 { grid-column: 1 / -1; }
    .segments { flex-wrap: wrap; }
    .foot { justify-content: flex-end; }
    .foot .space { flex: 1 1 100%; }
    .foot .space:empty { display: none; }
  }
`;
