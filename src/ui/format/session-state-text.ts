/** What is said of a session that is ready where the server has closed all of its connections while they were idle. */
export const UNCONNECTED = 'not connected until the next statement';

/** A session's states as they follow "The connection is". Of a compound state the first part says enough. */
const TEXTS: Readonly<Record<string, string>> = {
  opening: 'still opening',
  ready: 'open',
  reconnecting: 'reconnecting',
  disconnected: 'disconnected',
  closing: 'closing',
  offline: 'closed',
  failed: 'not open: the last attempt failed',
};

/** A session's state in words, such as `still opening` for `opening.connecting`. */
export function sessionStateText(state: string): string {
  const [first = ''] = state.split('.');
  return TEXTS[first] ?? first;
}
