import type { TunnelView } from '../../events/views/tunnel-view.ts';

const CODES: ReadonlySet<string> = new Set(['ssh.hostKeyChanged', 'ssh.hostKeyRevoked']);

/**
 * The sessions whose tunnel ended by another host key than the known one, or a revoked one, since `since` (milliseconds since 1970 UTC),
 * each once: what is shown is added to `shown`, by the tunnel's id.
 */
export function newHostKeyClashes(
  tunnels: Readonly<Record<string, TunnelView>>,
  shown: Set<string>,
  since: number,
): readonly string[] {
  return Object.values(tunnels).flatMap(({ tunnelId, sessionId, failure, endedAt }) => {
    if (sessionId === null || endedAt === null || endedAt < since || shown.has(tunnelId)) return [];
    if (!failure || !CODES.has(failure.code)) return [];
    shown.add(tunnelId);
    return [sessionId];
  });
}
