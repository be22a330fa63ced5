import type { DriverError } from '../../driver.ts';
import { type HopName, sshError } from '../failures.ts';

/** Why a host was not dialled, by Node's code. */
export function dialFailed(at: HopName, error: NodeJS.ErrnoException): DriverError {
  switch (error.code) {
    case 'ECONNREFUSED':
      return sshError('ssh.refused', at);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return sshError('ssh.nameNotFound', at);
    case 'ETIMEDOUT':
      return sshError('ssh.timedOut', at);
    default:
      return sshError('ssh.unreachable', at, error.code ?? error.message);
  }
}

/** Why a hop opened no channel (RFC 4254 §5.1: 1 administratively prohibited, 2 connect failed). */
export function channelFailed(at: HopName, error: Error & { readonly reason?: unknown }): DriverError {
  if (error.reason === 1) return sshError('tunnel.forwardProhibited', at);
  if (error.reason === 2) return sshError('tunnel.targetRefused', at, oneLine(error.message));
  return sshError('ssh.failed', at, oneLine(error.message));
}

/** What ended a hop's connection, by what ssh2 reports. `isOpen`: it had signed in. */
export function protocolFailed(
  at: HopName,
  error: Error & { readonly level?: string; readonly code?: unknown },
  isOpen: boolean,
): DriverError {
  const words = oneLine(error.message);
  if (/no matching/i.test(words)) return sshError('ssh.algorithms', at, words);
  if (/before handshake|protocol version|identification|header|greeting/i.test(words))
    return sshError('ssh.notSsh', at);
  if (/too many authentication failures/i.test(words)) return sshError('ssh.tooManyAttempts', at);
  // The network's error, or a disconnect with a reason (RFC 4253 §11.1).
  if (error.level === 'client-socket' || typeof error.code === 'number')
    return sshError(isOpen ? 'tunnel.lost' : 'ssh.closed', at, words);
  return sshError('ssh.protocol', at, words);
}

/** Words of a server's, as text of one line. */
function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200);
}

/** A server's words as text that moves no cursor and turns no direction: control characters are replaced. */
export function plainText(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
