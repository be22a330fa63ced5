import type { AnyActorRef } from 'xstate';
import type { CatalogueStatement } from '../drivers/driver.ts';
import type { CataloguePage, CatalogueRequest } from '../events/catalogue.ts';
import { MIB } from '../events/limits.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import { sentences } from '../events/sentences.ts';
import type { ActorDirectory } from './actor-directory.ts';
import { readCatalogue } from './catalogue-reading.ts';
import { CATALOGUE_BYTES_MAX, CATALOGUE_TIMEOUT_MS } from './limits.ts';
import { Refused } from './refused.ts';
import { connectionFor, type SessionContext } from './session-context.ts';
import { OURS, ours, type Submissions } from './submissions.ts';
import type { WorkspaceParts } from './workspace-parts.ts';

/** What reading a catalogue needs of its workspace. */
export interface CatalogueReaderOptions extends WorkspaceParts {
  readonly submissions: Submissions;
}

/** Reads the catalogues of open sessions, by statements of ours that are recorded like any other. */
export class CatalogueReader {
  private readonly directory: ActorDirectory;

  constructor(private readonly options: CatalogueReaderOptions) {
    this.directory = options.directory;
  }

  /** Reads a page of a session's catalogue. @throws Refused with the server's code, message and what to do when it can't be read */
  async page(
    sessionId: string,
    request: CatalogueRequest,
    tabId: string | null = null,
  ): Promise<CataloguePage> {
    const session = this.directory.readySession(sessionId);
    const driver = await this.options.ports.driver(session.engine);
    const reader = { tabId: tabId === null ? null : this.readsIn(session, tabId) };
    return readCatalogue(driver, request, (statement) => this.ask(sessionId, statement, reader));
  }

  /**
   * The tab on whose connection its tables are described, as temporary tables and uncommitted ones are seen there alone; null, the
   * session's own connection, for a tab that has none, where reading would change what the user's next transaction is, and for engines
   * whose transaction could be failed by reading.
   */
  readsIn(session: SessionContext, tabId: string): string | null {
    const { drivers, connections } = this.options.resources;
    const connectionId = connectionFor(session, tabId);
    if (connectionId === null || !drivers.get(session.engine)?.savepoint) return null;
    return connections.get(connectionId)?.catalogueDisturbs ? null : tabId;
  }

  /**
   * Reads a session's catalogue by a statement of ours, run and recorded like any other.
   *
   * @param reader on whose connection: a tab's, or the session's own; and the effect that asks, where it is one
   * @throws Refused with the server's code, message and what to do when it can't be read
   */
  async ask<T>(
    sessionId: string,
    statement: CatalogueStatement<T>,
    reader: { readonly tabId?: string | null; readonly cause?: AnyActorRef } = {},
  ): Promise<T> {
    const { tabId = null, cause } = reader;
    const submission = {
      ...OURS,
      sessionId,
      tabId,
      purpose: 'catalogue',
      statements: [ours(statement.text)],
      timeoutMs: CATALOGUE_TIMEOUT_MS,
    } as const;
    const { ports, recorder } = this.options;
    const submit = () => this.options.submissions.submit(ports.newId('command'), submission);
    const [queryId] = cause ? recorder.causedBy(cause, submit) : submit();
    const { outcome } = await this.directory.ended(queryId!);
    const { results } = this.options.ports;
    try {
      // The server calls our own time limit a cancel by the user.
      if (outcome === 'timedOut') throw new Refused('catalogue.timeout', TOO_LONG);
      if (outcome !== 'succeeded') {
        const failure = this.options.side.query(queryId!)?.failure;
        if (outcome === 'failed' && statement.refused) return statement.refused();
        throw new Refused(
          failure?.code ?? `catalogue.${outcome}`,
          failure ? sentences(failure.message, failure.advice) : `It ended as ${outcome}.`,
        );
      }
      const result = results.get(queryId!);
      if (!result) return statement.read([], []);
      const { encoding, columns } = result.meta();
      const codec = rowCodec(encoding);
      const rows: (string | null)[][] = [];
      let size = 0;
      for await (const { bytes } of result.rowsFrom(0)) {
        size += bytes.length;
        if (size > CATALOGUE_BYTES_MAX) throw new Refused('catalogue.tooLarge', TOO_LARGE);
        rows.push(...readRows(codec, bytes, columns));
      }
      const next = statement.next?.(rows, columns);
      return next ? await this.ask(sessionId, next, reader) : statement.read(rows, columns);
    } finally {
      results.dropQuery(queryId!);
    }
  }
}

const TOO_LARGE = `The server’s answer is larger than ${CATALOGUE_BYTES_MAX / MIB} MiB, more than a catalogue has to say.`;
const TOO_LONG = `The server did not answer within ${CATALOGUE_TIMEOUT_MS / 1000} s, so the request was stopped. It may be busy, or wait for a lock; try again.`;
