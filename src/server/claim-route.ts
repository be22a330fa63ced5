import type { FastifyInstance } from 'fastify';
import { schemaCheck } from '../events/schema-check.ts';
import { TabClaim } from '../events/wire.ts';
import type { TabClaims } from './tab-claims.ts';

const claimCheck = schemaCheck(TabClaim);

/** `POST /api/tabs/claim`: gives a page editor tabs of its own. */
export function claimRoute(server: FastifyInstance, claims: TabClaims): void {
  server.post('/api/tabs/claim', (request, reply) => {
    const { body } = request;
    if (claimCheck.Check(body)) return reply.send({ tabIds: claims.claim(body.pageId, body.tabIds) });
    return reply
      .code(400)
      .send({ code: 'claim.invalid', message: 'A page claims tabs by `pageId` and `tabIds`.' });
  });
}
