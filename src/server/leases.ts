import type { WebSocket } from 'ws';
import { SESSIONS_MAX } from '../events/limits.ts';
import { sessionEnded } from '../events/views/session-view.ts';
import type { App } from './app.ts';

/** WebSocket close codes: as many leases are held as there may be sessions; the id is in use. */
const CLOSE_FULL = 4001;
const CLOSE_TAKEN = 4002;

/**
 * A lease is a WebSocket that a script holds open for as long as it lives. A session that was opened under it is closed when the
 * socket is, whatever ends the script: its statement is cancelled on the server, its transaction rolled back.
 */
export class Leases {
  private readonly sessions = new Map<string, Set<string>>();

  constructor(private readonly app: App) {}

  /** Holds a lease until its socket closes. */
  join(socket: WebSocket, leaseId: string): void {
    if (this.sessions.size >= SESSIONS_MAX || this.sessions.has(leaseId)) {
      const isHeld = this.sessions.has(leaseId);
      socket.close(isHeld ? CLOSE_TAKEN : CLOSE_FULL, isHeld ? 'the lease is held' : 'too many leases');
      return;
    }
    this.sessions.set(leaseId, new Set());
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      const owned = this.sessions.get(leaseId) ?? [];
      this.sessions.delete(leaseId);
      for (const sessionId of owned) this.end(sessionId);
    });
    socket.send(JSON.stringify({ type: 'lease', leaseId }));
  }

  isHeld(leaseId: string): boolean {
    return this.sessions.has(leaseId);
  }

  /** From now on the session ends with the lease; at once where that has ended by now. */
  own(leaseId: string, sessionId: string): void {
    const owned = this.sessions.get(leaseId);
    if (owned) owned.add(sessionId);
    else this.end(sessionId);
  }

  private end(sessionId: string): void {
    const session = this.app.state().sessions[sessionId];
    if (session && sessionEnded(session.state)) return;
    void this.app.command({ type: 'session.close', sessionId, rollback: true });
  }
}
