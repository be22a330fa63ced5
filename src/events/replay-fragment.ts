/** Whether a value has the form of a replay's id. */
export function isReplayId(value: unknown): value is string {
  return typeof value === 'string' && /^rpl-[0-9a-z]{1,32}$/.test(value);
}

/** How a fragment that leads to an open replay begins. */
const OPENED = '#replay=';

/** The fragment that leads the page to a replay that is open already. */
export function replayFragment(replayId: string): string {
  return `${OPENED}${replayId}`;
}

/** The replay that such a fragment leads to; null for any other one. */
export function replayOfFragment(fragment: string): string | null {
  const replayId = fragment.slice(OPENED.length);
  return fragment.startsWith(OPENED) && isReplayId(replayId) ? replayId : null;
}
