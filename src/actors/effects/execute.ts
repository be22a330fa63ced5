import type { ExecuteHints, Execution, RowSink } from '../../drivers/driver.ts';
import { type FailureText, withoutWords } from '../../events/failure.ts';
import { refusedSince } from '../admission.ts';
import { guardedSink } from '../guarded-sink.ts';
import { LOCKS_HELD, releasesLocks } from '../held-locks.ts';
import { CATALOGUE_BYTES_MAX } from '../limits.ts';
import type { QueryContext } from '../query-setup.ts';
import { StatementRun } from '../statement-run.ts';
import { wrapperOf } from '../statement-wrapper.ts';
import { WrappedExecution } from '../wrapped-execution.ts';
import type { EffectPorts, QueryEffect } from './effect.ts';
import { isRollback } from './rollback.ts';
import { trustNow } from './trust.ts';

/**
 * Sends the statement, after asking once more whether it may be sent, and reports what the server does with it. Lives as long as the
 * query runs.
 */
export function execute(program: EffectPorts): QueryEffect {
  const { ports, side, resources } = program;
  return ({ input, report, defect }) => {
    const { queryId, sessionId, connectionId, engine, purpose, manualCommit, rowsMax } = input;
    const connection = resources.connections.get(connectionId);
    if (!connection) {
      side.ended(queryId, CONNECTION_LOST);
      report({ type: 'query.lost', ran: 'notRun', failure: withoutWords(CONNECTION_LOST) });
      return;
    }
    const { trust, rules } = trustNow(ports, input);
    const { readOnly } = trust;
    const { judgement, confirmed } = side.judgement(queryId)!;
    const refused = refusedSince(judgement, trust, rules, confirmed);
    const statement = side.statement(queryId);
    const driver = resources.drivers.get(engine)!;
    const undoes = isRollback(program, input);
    // Beginning a read-only transaction would end the one that is open, on some servers by a commit.
    const writes = readOnly && connection.transaction !== 'none' && !undoes;
    const harmlessSetting = judgement.harmlessSetting === true;
    const wrapping = { manualCommit, purpose, readOnly, harmlessSetting };
    const wrapper = undoes ? null : wrapperOf(driver, connection, wrapping);
    const own = purpose === 'transaction' ? [statement.text] : [];
    const releases = releasesLocks(driver, connection, [...(wrapper?.before ?? []), ...own]);
    const means = meansTheSame(statement.printedBy, connection.printing);
    const failure = undoes ? null : whyWithheld(refused, writes, releases, means);
    if (failure) {
      side.ended(queryId, failure);
      report({ type: 'query.withheld', code: failure.code });
      return;
    }
    const reads = judgement.verdict === 'read';
    const inTransaction = connection.transaction !== 'none' || (manualCommit && !readOnly);
    // Stopping it would fail its transaction, or leave a part of what it does undone.
    const harmless = reads && !inTransaction;
    const hints = hintsOf(input, statement.copyData, reads, harmless);
    const start = (sink: RowSink): Execution => {
      const rows = guardedSink(sink, defect);
      const execution = wrapper
        ? new WrappedExecution(connection, wrapper, { ...statement, hints }, rows, (row) =>
            side.left(queryId, row),
          )
        : connection.execute(statement.text, rows, statement.params, hints);
      return resources.tunnels.through(sessionId, execution);
    };
    const run = new StatementRun({
      queryId,
      execute: start,
      rowsMax,
      fetchAheadBytes: rules.fetchAheadBytes,
      reads,
      harmless,
      isAwaited: () => program.nextAfter(input) !== null,
      results: ports.results,
      side,
      tell: report,
      defect,
    });
    resources.runs.set(queryId, run);
    return () => resources.runs.delete(queryId);
  };
}

/** What a driver is to know of a statement. */
function hintsOf(
  { purpose, rowsMax }: QueryContext,
  copyData: string | undefined,
  reads: boolean,
  harmless: boolean,
): ExecuteHints {
  return {
    reads,
    rowsMax: harmless ? 0 : rowsMax,
    ...(copyData === undefined ? {} : { copyData }),
    ...(purpose === 'catalogue' ? { answerBytesMax: CATALOGUE_BYTES_MAX } : {}),
  };
}

/** Why a statement that was admitted is not sent after all; null where it is. */
function whyWithheld(
  refused: string | null,
  writes: boolean,
  releases: boolean,
  meansTheSame: boolean,
): FailureText | null {
  if (refused !== null) return stricterNow(refused);
  if (writes) return TRANSACTION_WRITES;
  if (releases) return LOCKS_HELD;
  return meansTheSame ? null : PRINTED_OTHERWISE;
}

/** Whether texts that were printed under some settings are the same values now. What ran before in the tab may have set others. */
function meansTheSame(printedBy: readonly string[] | undefined, now: readonly string[] = []): boolean {
  return printedBy === undefined || printedBy.join() === now.join();
}

const CONNECTION_LOST: FailureText = {
  code: 'connection.gone',
  source: 'client',
  message: 'The connection was lost before the statement was sent.',
  advice: 'Run the statement again.',
};

const TRANSACTION_WRITES: FailureText = {
  code: 'readOnly.transactionOpen',
  source: 'client',
  message:
    'The profile has become read-only, and the tab has an open transaction that may have written. Nothing was sent.',
  advice: 'Roll back the transaction, then run the statement again.',
};

const PRINTED_OTHERWISE: FailureText = {
  code: 'edit.printedOtherwise',
  source: 'client',
  message:
    'Its values were read under other settings than those that hold by now, so that their texts may be other values. Nothing was sent.',
  advice: 'Run the statement again, then repeat the edit.',
};

function stricterNow(code: string): FailureText {
  return {
    code,
    source: 'client',
    message: 'The profile or the policy became stricter before the statement was sent. Nothing was sent.',
    advice: 'Run it again to see what holds now.',
  };
}
