const ENDED_STATE =
  /^(?:offline|failed|closed|lost|ended|stopped|succeeded|refused|cancelled|timedOut|answered|dismissed|expired)\b/;

/** Whether an actor never leaves a state, as its machine names it. */
export function actorEnded(state: string): boolean {
  return ENDED_STATE.test(state);
}
