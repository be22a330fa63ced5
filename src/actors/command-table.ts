import type { Accepted, ActorCommand, Command } from '../events/command.ts';
import type { WorkspaceEvent } from '../events/workspace.ts';
import type { BlockersOptions } from './blockers.ts';
import type { Confirmations } from './confirmations.ts';
import type { Orphans } from './orphans.ts';
import type { ProfileTests } from './profile-test.ts';
import type { QueryContext } from './query-setup.ts';
import { Refused } from './refused.ts';
import type { SessionIntake } from './session-intake.ts';
import type { StatementIntake } from './statement-intake.ts';

/** What is answered to a command that was taken, beside its id. */
export type Taken = Omit<Accepted, 'accepted' | 'commandId'>;

/** Takes a command. @throws Refused, or an Error with a `code`, for one that is not taken */
export type Take<T extends Command['type']> = (
  command: Extract<Command, { type: T }>,
  commandId: string,
) => T extends ActorCommand['type'] ? Taken : Promise<Taken>;

/** What each command does. */
type CommandTable = { readonly [T in Command['type']]: Take<T> };

/** What carries out the commands. */
interface CommandParts extends BlockersOptions {
  readonly sessions: SessionIntake;
  readonly intake: StatementIntake;
  readonly confirmations: Confirmations;
  readonly orphans: Orphans;
  readonly tests: ProfileTests;
  /** Sends a fact to the workspace's actor. */
  readonly tell: (fact: WorkspaceEvent) => void;
}

/** The table of commands: every one that the vocabulary has, and what it does. */
export function commandTable(parts: CommandParts): CommandTable {
  const { sessions, intake, confirmations, orphans, tests, directory, side, resources, ports, tell } = parts;
  const configure = ports.config.take.bind(ports.config);
  return {
    'session.open': (command, commandId) => sessions.open(commandId, command),
    'session.openUnsaved': (command, commandId) => sessions.openUnsaved(commandId, command),
    'session.close': (command, commandId) => sessions.close(commandId, command),
    'session.reconnect': ({ sessionId }, commandId) => sessions.reconnect(commandId, sessionId),
    'tab.close': (command, commandId) => sessions.closeTab(commandId, command),
    'query.submit': (command, commandId) => intake.text(commandId, command),
    'query.cancel': ({ queryId }, commandId) => {
      const { reason } = directory.query(queryId).getSnapshot().context as QueryContext;
      // The first cancel counts: a statement that is being cancelled already is left to that.
      if (reason === null)
        directory.deliverToQuery(queryId, { type: 'query.cancel', commandId, reason: 'user' });
      return { queryIds: [queryId] };
    },
    'query.blockers': async ({ queryId }, commandId) => {
      // Loaded on first use, as most days pass without it.
      const { askBlockers } = await import('./blockers.ts');
      return askBlockers(parts, commandId, queryId);
    },
    'query.confirm': (command, commandId) => confirmations.confirm(commandId, command),
    'query.count': ({ queryId }, commandId) => confirmations.count(commandId, queryId),
    'prompt.answer': (command, commandId) => confirmations.answer(commandId, command),
    'prompt.dismiss': ({ promptId }, commandId) => confirmations.dismiss(commandId, promptId),
    'orphan.check': ({ orphanId }, commandId) => orphans.check(commandId, orphanId),
    'orphan.cancel': ({ orphanId }, commandId) => orphans.cancel(commandId, orphanId),
    'orphan.dismiss': ({ orphanId }, commandId) => orphans.dismiss(commandId, orphanId),
    'query.fetchAll': ({ queryId }) => {
      if (!side.fetchAll(queryId))
        throw new Refused('query.unknown', `Query ${queryId} is no longer remembered. Run it again.`);
      resources.runs.get(queryId)?.fetchAll();
      return { queryIds: [queryId] };
    },
    'transaction.begin': (command, commandId) =>
      intake.transaction(commandId, command, { step: 'begin', ...command.options }),
    'transaction.commit': (command, commandId) => intake.transaction(commandId, command, { step: 'commit' }),
    'transaction.rollback': (command, commandId) =>
      intake.transaction(commandId, command, { step: 'rollback' }),
    'row.insert': (command, commandId) => intake.edit(commandId, command),
    'row.update': (command, commandId) => intake.edit(commandId, command),
    'row.delete': (command, commandId) => intake.edit(commandId, command),
    'history.delete': async ({ queryIds }) => {
      const entries = await ports.history.delete(queryIds);
      tell({ type: 'history.deleted', entries });
      return { entries };
    },
    'history.purge': async () => {
      const entries = await ports.history.purge();
      tell({ type: 'history.purged', entries });
      return { entries };
    },
    'draft.save': async ({ type: _, commandId: __, ...draft }) => {
      await ports.drafts.save(draft);
      return {};
    },
    'draft.delete': async ({ tabId }) => {
      await ports.drafts.delete(tabId);
      return {};
    },
    'profile.test': async (command, commandId) => {
      parts.tapeMustWork();
      return { reached: await tests.run(await ports.config.candidate(command), commandId) };
    },
    'profile.stopTest': async ({ testCommandId }) => {
      tests.stop(testCommandId);
      return {};
    },
    'vault.lock': async (command) => {
      if (!command.rollback) sessions.noneMayBeOpen(directory.sessionsIn('production'));
      return configure(command);
    },
    'vault.create': (command) => configure(command),
    'vault.unlock': (command) => configure(command),
    'vault.protect': (command) => configure(command),
    'vault.restoreBackup': (command) => configure(command),
    'vault.setAside': (command) => configure(command),
    'profile.save': (command) => configure(command),
    'profile.saveImported': (command) => configure(command),
    'profile.duplicate': (command) => configure(command),
    'profile.delete': (command) => configure(command),
    'profile.import': (command) => configure(command),
    'policy.save': (command) => configure(command),
  };
}
