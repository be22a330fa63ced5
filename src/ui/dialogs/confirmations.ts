import type { DangerKind } from '../../events/judgement.ts';
import type { Environment, Profile, Target } from '../../events/profile.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { QueryText } from '../../events/wire.ts';
import { KeyedReads } from '../api/keyed-reads.ts';

/** A statement that waits for the user, with what the decision depends on. */
export interface Pending {
  readonly queryId: string;
  /** The tab that it was submitted in, which may be another page's; null where it is none's. */
  readonly tabId: string | null;
  readonly profileName: string;
  readonly environment: Environment;
  readonly target: Target;
  /** What is remembered of the statement; null where it is forgotten, and can only be cancelled. */
  readonly words: QueryText | null;
}

/** What a danger is called, in a few words. */
export const DANGER_WORDS: Readonly<Record<DangerKind, string>> = {
  drop: 'Drops',
  truncate: 'Empties a table',
  alter: 'Changes a definition',
  deleteAll: 'Deletes every row',
  updateAll: 'Updates every row',
  alwaysTrue: 'May affect every row',
  grant: 'Changes privileges or owners',
  codeExecution: 'Runs hidden code',
  fileAccess: 'Accesses the server’s files',
  lock: 'Blocks other sessions',
  rewrite: 'Rewrites a table while others wait',
  terminate: 'Stops other sessions',
  settings: 'Disables a safeguard',
  admin: 'Changes the server',
  unknown: 'Cannot be analysed',
  commitAmongOthers: 'Can’t be rolled back',
};

/**
 * The statements that wait for the user, oldest first, each with its words once they are known. `look` is
 * called with every change of the tape's fold; `changed` is called when words have come.
 */
export class Confirmations {
  private readonly texts: KeyedReads<QueryText | null>;

  constructor(learn: (queryId: string) => Promise<QueryText | null>, changed: () => void) {
    this.texts = new KeyedReads(learn, changed);
  }

  look(
    queries: Readonly<Record<string, QueryView>>,
    profileOf: (sessionId: string) => { profile: Profile; environment: Environment } | undefined,
  ): readonly Pending[] {
    const waiting = Object.values(queries)
      .filter(({ state }) => state === 'confirming' || state.startsWith('counting.'))
      .sort((a, b) => a.submittedAt - b.submittedAt);
    const pending: Pending[] = [];
    this.texts.keepOnly(new Set(waiting.map(({ queryId }) => queryId)));
    for (const { queryId, sessionId, tabId } of waiting) {
      const known = profileOf(sessionId);
      this.texts.want(queryId, 'whole');
      const words = this.texts.values.get(queryId);
      if (words !== undefined && known)
        pending.push({
          queryId,
          tabId,
          profileName: known.profile.name,
          environment: known.environment,
          target: known.profile.target,
          words,
        });
    }
    return pending;
  }
}
