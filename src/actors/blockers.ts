import { DriverError } from '../drivers/driver.ts';
import type { Accepted } from '../events/command.ts';
import { withoutWords } from '../events/failure.ts';
import { CONNECT_TIMEOUT_MS } from '../events/limits.ts';
import {
  type BlockersAnswer,
  type SeenBlocker,
  type SeenWait,
  withoutServerText,
} from '../events/lock-wait.ts';
import type { QueryFact } from '../events/query.ts';
import { sentences } from '../events/sentences.ts';
import { connectTimedOut, profileToDial, secretsOf } from './effects/dialled-profile.ts';
import { failureOf } from './effects/effect.ts';
import { micros } from './micros.ts';
import type { QueryContext } from './query-setup.ts';
import { Refused } from './refused.ts';
import type { SessionContext } from './session-context.ts';
import { leadsTo } from './tunnels.ts';
import type { WorkspaceParts } from './workspace-parts.ts';

/** What asking who blocks a statement needs of its workspace. */
export interface BlockersOptions extends WorkspaceParts {
  /** Resolves once all records so far are on disk. */
  readonly durableNow: () => Promise<void>;
}

/**
 * Asks a server who blocks a statement that runs: once, where the user wants it, by a connection of its own that only reads.
 * @throws Refused for a statement that does not run, and with the server's code where it does not say
 */
export function askBlockers(
  options: BlockersOptions,
  commandId: string,
  queryId: string,
): Promise<Pick<Accepted, 'blockers' | 'queryIds'>> {
  return new Blockers(options).ask(commandId, queryId);
}

class Blockers {
  constructor(private readonly options: BlockersOptions) {}

  /** @throws Refused for a statement that does not run, and with the server's code where it does not say */
  async ask(commandId: string, queryId: string): Promise<Pick<Accepted, 'blockers' | 'queryIds'>> {
    const { directory, tapeMustWork, durableNow } = this.options;
    tapeMustWork();
    const query = directory.query(queryId);
    const context = query.getSnapshot().context as QueryContext;
    if (context.asksBlockers)
      throw new Refused('blockers.busy', 'Its server is being asked. Wait for the answer.');
    directory.deliverToQuery(queryId, { type: 'query.blockersWanted', commandId });
    const report = (fact: QueryFact): void => {
      // A statement that has ended in the meantime has its end as its last record.
      if (query.getSnapshot().can(fact)) query.send(fact);
    };
    const startedAt = performance.now();
    const afterMs = (): number => micros(performance.now() - startedAt);
    try {
      await durableNow();
      const seen = await this.seen(context);
      const blockers: BlockersAnswer = {
        ...seen,
        blockers: seen.blockers.map((one) => this.named(context, one)),
        afterMs: afterMs(),
      };
      report({ type: 'query.blockersFound', wait: withoutServerText(blockers), afterMs: blockers.afterMs });
      return { blockers, queryIds: [queryId] };
    } catch (error) {
      const { code } = withoutWords(failureOf(error));
      report({ type: 'query.blockersNotFound', code, afterMs: afterMs() });
      if (!(error instanceof DriverError)) throw error;
      const { message, detail, hint, advice } = error.failure;
      throw new Refused(error.failure.code, sentences(message, detail, hint, advice));
    }
  }

  /** @throws DriverError */
  private async seen({ connectionId, sessionId, profileId, engine }: QueryContext): Promise<SeenWait> {
    const { ports, side, resources } = this.options;
    const process = resources.connections.get(connectionId)?.server.process ?? NOT_KNOWN;
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    try {
      const driver = await ports.driver(engine);
      if (!driver.blockers) throw new DriverError(NOT_ASKED);
      const dialled = { profileId, engine, sessionId };
      const profile = profileToDial({ ports, side }, dialled);
      const route = await resources.tunnels.route(sessionId, profile, signal);
      return await driver.blockers(profile.target, process, {
        ...secretsOf({ ports, side }, dialled),
        signal,
        applicationName: 'querytape',
        ...(route ? { route } : {}),
      });
    } catch (error) {
      throw signal.aborted ? new DriverError(connectTimedOut(CONNECT_TIMEOUT_MS)) : error;
    }
  }

  /** A blocker, with the connection of this program that it is. What that ran last is often a question of ours, and is left out. */
  private named(context: QueryContext, one: SeenBlocker): BlockersAnswer['blockers'][number] {
    const connectionId = this.own(context, one.processId);
    const text = connectionId !== null && one.state !== 'running' ? '' : one.text;
    return { ...one, text, connectionId };
  }

  /** The connection of this program that a process of a query's server is: one of a session to the same address. */
  private own({ profileId }: QueryContext, processId: number): string | null {
    const { resources, directory } = this.options;
    if (processId === 0) return null;
    const address = this.address(profileId);
    for (const sessionId of directory.sessions) {
      const session = directory.session(sessionId).getSnapshot().context as SessionContext;
      if (
        session.profileId !== profileId &&
        (address === null || this.address(session.profileId) !== address)
      )
        continue;
      const own = resources
        .connectionsOf(sessionId)
        .find(([, { server }]) => server.process.processId === processId);
      if (own) return own[0];
    }
    return null;
  }

  /** Where a profile's server is, and the way to it. */
  private address(profileId: string): string | null {
    const profile = this.options.ports.profiles.get(profileId);
    return profile ? leadsTo(profile) : null;
  }
}

const NOT_KNOWN = { processId: 0, startedAt: '' } as const;

const NOT_ASKED = {
  code: 'process.unknown',
  source: 'client',
  message: 'This kind of server does not report who blocks a statement.',
  advice: 'Look at the server’s own list of processes.',
} as const;
