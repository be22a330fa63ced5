import { expect, it } from 'vitest';
import type { TunnelView } from '../../../../src/events/views/tunnel-view.ts';
import { newHostKeyClashes } from '../../../../src/ui/dialogs/host-key-clashes.ts';

function ended(tunnelId: string, code: string, more: Partial<TunnelView> = {}): TunnelView {
  const failure = { code, source: 'client' } as const;
  return { tunnelId, sessionId: `session of ${tunnelId}`, failure, endedAt: 20, ...more } as TunnelView;
}

it('names each session that a host key stopped once, and neither tests nor what ended before', () => {
  const shown = new Set<string>();
  const tunnels = {
    changed: ended('changed', 'ssh.hostKeyChanged'),
    revoked: ended('revoked', 'ssh.hostKeyRevoked'),
    refused: ended('refused', 'ssh.authFailed'),
    closed: ended('closed', 'ssh.hostKeyChanged', { failure: null }),
    living: ended('living', 'ssh.hostKeyChanged', { endedAt: null }),
    earlier: ended('earlier', 'ssh.hostKeyChanged', { endedAt: 5 }),
    test: ended('test', 'ssh.hostKeyChanged', { sessionId: null }),
  };
  expect(newHostKeyClashes(tunnels, shown, 10)).toEqual(['session of changed', 'session of revoked']);
  expect(newHostKeyClashes(tunnels, shown, 10)).toEqual([]);
});
