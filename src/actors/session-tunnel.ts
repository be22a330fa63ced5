import type { ConnectionEvent } from '../events/connection.ts';
import type { TunnelFact } from '../events/tunnel-facts.ts';
import { sessionSetup } from './session-setup.ts';
import { tell } from './tell.ts';

/** What a session does with its tunnel: it opens one, hurries the one that is being opened again, and loses its connections with it. */
export const tunnelActions = {
  /** On a session that has a tunnel, opens one where none lives, or hurries the one that is being opened again. */
  openTunnel: sessionSetup.enqueueActions((args) => {
    const { enqueue, context } = args;
    const { sessionId, profileId, connectTimeoutMs, tunnel } = context;
    if (!tunnel) return;
    if (context.tunnelId !== null) return tell<TunnelFact>(args, context.tunnelId, { type: 'tunnel.reopen' });
    const tunnelsMade = context.tunnelsMade + 1;
    const tunnelId = `${sessionId}.tunnel${tunnelsMade}`;
    enqueue.assign({ tunnelId, tunnelsMade });
    const of = { ownerId: sessionId, sessionId, testId: null, profileId, connectTimeoutMs };
    enqueue.spawnChild('tunnel', {
      id: tunnelId,
      systemId: tunnelId,
      input: { tunnelId, ...of, ...tunnel },
    });
  }),
  /** What goes through it is lost with it, whether TCP has noticed or not. */
  loseConnections: sessionSetup.enqueueActions((args) => {
    for (const connectionId of Object.keys(args.context.connections))
      tell<ConnectionEvent>(args, connectionId, { type: 'connection.lost', failure: TUNNEL_LOST });
  }),
  closeTunnel: sessionSetup.enqueueActions((args) => {
    tell<TunnelFact>(args, args.context.tunnelId, { type: 'tunnel.close' });
  }),
  forgetTunnel: sessionSetup.enqueueActions(({ enqueue, context, event }) => {
    if (event.type !== 'tunnel.ended') return;
    if (event.tunnelId === context.tunnelId) enqueue.assign({ tunnelId: null });
    enqueue.stopChild(event.tunnelId);
  }),
};

/** The tunnel that a connection went through was lost. */
const TUNNEL_LOST = { code: 'tunnel.lost', source: 'connection' } as const;
