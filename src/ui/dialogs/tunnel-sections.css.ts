import { css } from 'lit';

/** What the way to the server looks like in a connection's form. */
export const tunnelStyles = css`
  .hops { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 8px; }
  .hops > li { border: 1px solid var(--qt-border); border-radius: var(--qt-radius); padding: 6px 10px 2px; background: var(--qt-bg); }
  .hops .fields { margin-bottom: 6px; }
  .hop-head { display: flex; align-items: center; gap: 2px; min-height: 24px; }
  .hop-head .label { flex: 1; font-weight: 600; }
  .add-hop { flex-direction: row; align-items: center; gap: 12px; }
  .resolved:empty { display: none; }
  .resolved ol { margin: 0; padding-left: 20px; }
  .resolved li { overflow-wrap: anywhere; user-select: text; }
  .resolved .hint { margin-left: 8px; }
  .argv {
    list-style: none; margin: 0; padding: 4px 9px; max-height: 240px; overflow: auto; border: 1px solid var(--qt-border);
    border-radius: var(--qt-radius); background: var(--qt-bg-sunken);
  }
  .argv li { overflow-wrap: anywhere; user-select: text; white-space: pre-wrap; }
  .argv li + li { border-top: 1px solid var(--qt-border); }
`;
