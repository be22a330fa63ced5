import { type HopName, sshError } from './failures.ts';

/** The socket of the agent that a hop signs in by. @throws DriverError `ssh.agentUnreachable` where none is named */
export function agentSocket(at: HopName, socket = process.env.SSH_AUTH_SOCK): string {
  if (socket) return socket;
  throw sshError('ssh.agentUnreachable', at, 'SSH_AUTH_SOCK is not set');
}
