import type { CommandAnswer } from '../../events/command.ts';
import { connectionEnded } from '../../events/views/connection-view.ts';
import type { State } from '../../events/views/state.ts';
import type { Client } from '../api/client.ts';
import type { SendCommand } from '../api/command-request.ts';
import type { Choice, Question } from '../controls/qt-confirm.ts';

type Answer = 'commit' | 'rollback' | 'keep';

const KEEP: Choice<'keep'> = { answer: 'keep', label: 'Keep open' };

/** What the guard reads, sends and asks by. */
interface CloseGuardParts {
  readonly client: Pick<Client, 'state' | 'ended' | 'query'>;
  readonly send: SendCommand;
  ask<T extends string>(question: Question<T>): Promise<T>;
  /** Says why something was not closed. */
  say(why: string): void;
  /** A tab's name as the user knows it, in quotes, or in words that it is in another page. */
  nameOf(tabId: string): string;
}

/** Tabs of a session whose connection is in a transaction, by the tape. */
function tabsInTransaction({ connections }: State, sessionId: string, tabId: string | null): string[] {
  return Object.values(connections)
    .filter((one) => one.sessionId === sessionId && !connectionEnded(one.state) && one.transaction !== 'none')
    .map((one) => one.tabId)
    .filter((id): id is string => id !== null && (tabId === null || id === tabId));
}

/** Tabs of a session, also of other pages, in which a statement runs or waits outside a transaction. */
function runningTabs(state: State, sessionId: string): string[] {
  const asked = tabsInTransaction(state, sessionId, null);
  const running = Object.values(state.queries).filter(
    (one) => one.sessionId === sessionId && one.outcome === null,
  );
  return [...new Set(running.map((one) => one.tabId))].filter(
    (id): id is string => id !== null && !asked.includes(id),
  );
}

/**
 * Closes a tab or a session. Where a transaction is open, or a session's statements would be cancelled, the user decides
 * first, and what is not decided stays open.
 */
export class CloseGuard {
  constructor(private readonly parts: CloseGuardParts) {}

  /** True when the tab's connection is closed, or there is none to close. */
  async tab(sessionId: string, tabId: string): Promise<boolean> {
    const close = (rollback: boolean): Promise<CommandAnswer> =>
      this.parts.send({ type: 'tab.close', sessionId, tabId, ...(rollback ? { rollback } : {}) });
    return this.close(sessionId, tabId, `Close ${this.parts.nameOf(tabId)}?`, close);
  }

  /** True when the session closes. */
  async session(sessionId: string, name: string): Promise<boolean> {
    const title = `Close ${name}?`;
    const running = runningTabs(this.parts.client.state, sessionId);
    if (running.length > 0) {
      const [what, them] =
        running.length > 1 ? ['Statements have not ended', 'them'] : ['A statement has not ended', 'it'];
      const lines = [`${what} in ${this.named(running)}. Closing the connection cancels ${them}.`];
      const close: Choice<'close' | 'keep'> = { answer: 'close', label: 'Cancel and close', danger: true };
      if ((await this.parts.ask({ title, lines, choices: [close, KEEP] })) === 'keep') return false;
    }
    const close = (rollback: boolean): Promise<CommandAnswer> =>
      this.parts.send({ type: 'session.close', sessionId, ...(rollback ? { rollback } : {}) });
    return this.close(sessionId, null, title, close);
  }

  private async close(
    sessionId: string,
    tabId: string | null,
    title: string,
    close: (rollback: boolean) => Promise<CommandAnswer>,
  ): Promise<boolean> {
    let answer = await close(false);
    let said = '';
    while ('refused' in answer && answer.refused.code === 'transaction.open') {
      const tabs = tabsInTransaction(this.parts.client.state, sessionId, tabId);
      const decided = await this.parts.ask(this.question(title, tabs, said));
      if (decided === 'keep') return false;
      said = decided === 'commit' ? await this.commit(sessionId, tabs) : '';
      if (said === '') answer = await close(decided === 'rollback');
    }
    if (!('refused' in answer)) return true;
    this.parts.say(answer.refused.message);
    // A tab that is known to be in a transaction stays in view.
    return tabsInTransaction(this.parts.client.state, sessionId, tabId).length === 0;
  }

  private named(tabs: readonly string[]): string {
    return tabs.map((tabId) => this.parts.nameOf(tabId)).join(', ');
  }

  private question(title: string, tabs: readonly string[], said: string): Question<Answer> {
    const { connections, queries } = this.parts.client.state;
    const runs = Object.values(queries).some((one) => one.outcome === null && tabs.includes(one.tabId ?? ''));
    const failed = Object.values(connections).some(
      (one) => one.transaction === 'failed' && one.tabId !== null && tabs.includes(one.tabId),
    );
    const [which, whose] = tabs.length > 1 ? ['Transactions are', 'Their'] : ['A transaction is', 'Its'];
    const commit: Choice<Answer> = { answer: 'commit', label: 'Commit and close' };
    return {
      title,
      lines: [
        ...(said ? [said] : []),
        failed
          ? 'Its transaction has failed: it cannot be committed, only rolled back.'
          : `${which} open in ${this.named(tabs)}. ${whose} changes are kept only if you commit.`,
        ...(runs ? ['A statement has not ended: a commit waits for it, rolling back cancels it.'] : []),
      ],
      choices: [
        { answer: 'rollback', label: 'Roll back and close', danger: true },
        ...(failed ? [] : [commit]),
        KEEP,
      ],
    };
  }

  /** Commits each; resolves with why one could not be committed, or empty. */
  private async commit(sessionId: string, tabs: readonly string[]): Promise<string> {
    const { client, nameOf } = this.parts;
    for (const tabId of tabs) {
      const answer = await this.parts.send({ type: 'transaction.commit', sessionId, tabId });
      const prefix = tabs.length > 1 ? `Not committed in ${nameOf(tabId)}` : 'It was not committed';
      if ('refused' in answer) return `${prefix}: ${answer.refused.message}`;
      for (const queryId of answer.queryIds ?? []) {
        const query = await client.ended(queryId);
        if (query?.outcome === 'succeeded') continue;
        const words = await client.query(queryId).catch(() => null);
        return `${prefix}: ${words?.failure?.message ?? query?.outcome ?? 'its outcome is unknown'}`;
      }
    }
    return '';
  }
}
