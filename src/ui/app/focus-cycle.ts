/** Goes to the next pane, round the end; one that is not there is passed over. */
export function nextPane(panes: readonly (HTMLElement | null)[], by: 1 | -1): void {
  const at = panes.findIndex((pane) => pane?.matches(':focus-within'));
  for (let step = 1; step <= panes.length; step++) {
    const from = at < 0 && by < 0 ? 0 : at;
    const pane = panes[(from + by * step + 2 * panes.length) % panes.length];
    if (!pane) continue;
    pane.focus();
    return;
  }
}
