import type { FailureText } from '../../../events/failure.ts';
import type { QueryView } from '../../../events/views/query-view.ts';
import type { Question } from '../../controls/qt-confirm.ts';
import type { Change, StagedChanges } from './staged-changes.ts';

/** `3 changes`. */
export function changesText(count: number): string {
  return `${count} ${count === 1 ? 'change' : 'changes'}`;
}

/** What is asked before unsaved changes are lost to `act`: `run`, `close`. */
export function discardQuestion(count: number, act: string): Question<'discard' | 'keep'> {
  return {
    title: `${changesText(count)} not applied`,
    lines: ['They exist only in this page and would be lost.'],
    choices: [
      { answer: 'discard', label: `Discard and ${act}`, danger: true },
      { answer: 'keep', label: 'Keep editing' },
    ],
  };
}

const KINDS = { update: 'updated', insert: 'inserted', delete: 'deleted' } as const;

/** `2 rows updated, 1 deleted`: what waits, by kind. */
export function kindsText(changes: readonly Change[]): string {
  return (['update', 'insert', 'delete'] as const)
    .map((kind) => ({ kind, count: changes.filter((change) => change.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }, i) => `${count}${i === 0 ? (count === 1 ? ' row' : ' rows') : ''} ${KINDS[kind]}`)
    .join(', ');
}

/** A note about edits saved since the rows were read; empty if there are none. */
export function savedText(edits: StagedChanges, inTransaction: boolean): string {
  if (!edits.hasSaved) return '';
  const cells = edits.hasUnread ? ' Some cells show the values sent, until the statement runs again.' : '';
  return `${inTransaction ? 'Applied in the open transaction; commit to keep it.' : 'Applied.'}${cells}`;
}

/** Why a change was not saved, where the server left no words; undefined is a query of which nothing is known any more. */
export function outcomeText(query: QueryView | undefined): FailureText {
  const code = query?.refusedCode ?? query?.failure?.code ?? query?.outcome ?? 'unknown';
  const message =
    query === undefined
      ? 'The outcome is unknown. Refresh the rows to see.'
      : query.outcome === 'cancelled' || query.outcome === 'timedOut'
        ? 'It was cancelled; nothing was changed.'
        : query.outcome === 'lost.mayHaveCompleted'
          ? 'The connection was lost before the server answered: the change may have been applied. Refresh the rows to see.'
          : 'It was not applied.';
  return { code, source: 'client', message };
}
