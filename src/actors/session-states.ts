import type { SessionState } from '../events/session-state.ts';

/** Which connection holds a state, and whose it is. */
interface Holder {
  readonly connectionId: string;
  readonly sessionId: string;
  readonly tabId: string | null;
}

/**
 * What the connections of open sessions hold, with its values, which the tape may not have: in memory only, for as long as the tab
 * or its session lives. It outlives a lost connection, because the tab's next one is given it again.
 */
export class SessionStates {
  private readonly byConnection = new Map<string, Holder & { readonly state: SessionState }>();
  /** By session and tab: what is set again, which is never what stood in a transaction alone. */
  private readonly lasting = new Map<string, SessionState>();

  learned(holder: Holder, state: SessionState): void {
    const { connectionId, sessionId, tabId } = holder;
    for (const [id, one] of this.byConnection)
      if (one.sessionId === sessionId && one.tabId === tabId && id !== connectionId)
        this.byConnection.delete(id);
    this.byConnection.set(connectionId, { ...holder, state });
    if (!state.provisional) this.lasting.set(keyOf(sessionId, tabId), state);
  }

  /** What a connection holds, or held when it was lost, until its tab has another. */
  ofConnection(connectionId: string): SessionState | undefined {
    return this.byConnection.get(connectionId)?.state;
  }

  /** What a tab's last connection held outside of transactions. */
  ofTab(sessionId: string, tabId: string): SessionState | undefined {
    return this.lasting.get(keyOf(sessionId, tabId));
  }

  /** From now on the tab begins as any new connection does. */
  forgetTab(sessionId: string, tabId: string | null): void {
    this.lasting.delete(keyOf(sessionId, tabId));
    this.forget((one) => one.sessionId === sessionId && one.tabId === tabId);
  }

  forgetSession(sessionId: string): void {
    for (const key of [...this.lasting.keys()]) if (key.startsWith(`${sessionId}/`)) this.lasting.delete(key);
    this.forget((one) => one.sessionId === sessionId);
  }

  private forget(goes: (holder: Holder) => boolean): void {
    for (const [id, one] of this.byConnection) if (goes(one)) this.byConnection.delete(id);
  }
}

/** Ids hold no slash. */
function keyOf(sessionId: string, tabId: string | null): string {
  return `${sessionId}/${tabId ?? ''}`;
}
