import type { FastifyInstance } from 'fastify';
import { CatalogueRequest } from '../events/catalogue.ts';
import { schemaCheck } from '../events/schema-check.ts';
import type { App } from './app.ts';

const catalogueCheck = schemaCheck(CatalogueRequest);

/** `GET /api/sessions/ID/catalogue`: a page of what the server of a session has. */
export function catalogueRoute(server: FastifyInstance, app: App): void {
  server.get<{ Params: { id: string }; Querystring: Record<string, string> }>(
    '/api/sessions/:id/catalogue',
    async (request, reply) => {
      const asked = catalogueRequest(request.query);
      if (!catalogueCheck.Check(asked))
        return reply.code(400).send({
          code: 'catalogue.invalid',
          message:
            '`list` is databases, namespaces, collections, or with namespace and collection: columns, indexes, foreignKeys, ddl. A search through all namespaces continues after both `after` and `afterNamespace`.',
        });
      try {
        return await app.catalogue(request.params.id, asked, request.query.tabId ?? null);
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        return reply.code(code === 'session.unknown' ? 404 : 409).send({ code: code ?? 'internal', message });
      }
    },
  );
}

/** What a query string asks of the catalogue; the schema says whether it is whole. */
function catalogueRequest(query: Record<string, string>): unknown {
  const { list, namespace, collection, after = null, search = null, system } = query;
  switch (list) {
    case 'databases':
      return { list, after };
    case 'namespaces':
      return { list, system: system === 'true', after };
    case 'collections': {
      // Within one namespace the name alone is unique.
      const key = after === null ? null : { namespace: query.afterNamespace ?? namespace, name: after };
      return { list, namespace: namespace ?? null, after: key, search };
    }
    default:
      return { list, namespace, collection };
  }
}
