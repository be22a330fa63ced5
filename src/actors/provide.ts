import { type AnyActorRef, type EventObject, fromCallback } from 'xstate';
import type {
  CatalogueStatement,
  Connection,
  Driver,
  ExecuteHints,
  Execution,
  RowSink,
} from '../drivers/driver.ts';
import { DriverError } from '../drivers/driver.ts';
import type { Engine } from '../events/capabilities.ts';
import { type ConnectionEvent, withoutServerWords } from '../events/connection.ts';
import { type FailureText, withoutWords } from '../events/failure.ts';
import { type Judgement, recordableShape, unknownJudgement } from '../events/judgement.ts';
import { lexicalModeOf } from '../events/lexical-facts.ts';
import { CATALOGUE_BYTES_MAX, CONFIRM_TIMEOUT_MS } from '../events/limits.ts';
import type { Profile } from '../events/profile.ts';
import type { QueryFact } from '../events/query.ts';
import { kindsOf, type SessionState, STATE_NOT_RESTORED } from '../events/session-state.ts';
import { type Admitted, admit, ownVerdict, refusedSince, trustIn } from './admission.ts';
import { type ConnectionEffectInput, connectionMachine } from './connection.machine.ts';
import { type Counted, CountRun, NO_SAVEPOINT, STOPPED } from './count-run.ts';
import { Enclosed, enclosureOf } from './enclosed.ts';
import { guardedSink } from './guarded-sink.ts';
import { LOCKS_HELD, releasesLocks } from './held-locks.ts';
import type { Ports } from './ports.ts';
import { type QueryContext, type QueryEffectInput, type QueryEvent, queryMachine } from './query.machine.ts';
import type { Recorder } from './recorder.ts';
import { type SessionContext, sessionMachine } from './session.machine.ts';
import { SessionStates } from './session-states.ts';
import type { SideStore } from './side-store.ts';
import { micros, StatementRun } from './statement-run.ts';
import { workspaceMachine } from './workspace.machine.ts';

/** The code of whatever was thrown, or `unknown`. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown })?.code;
  return typeof code === 'string' ? code : 'unknown';
}

function failureOf(error: unknown): FailureText {
  if (error instanceof DriverError) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return { code: codeOf(error), source: 'client', message };
}

/** The machine actor that invoked an effect. */
function owner(self: AnyActorRef): AnyActorRef {
  return (self as unknown as { _parent: AnyActorRef })._parent;
}

/** The session that a query belongs to. */
function sessionOf(query: AnyActorRef): SessionContext {
  const { sessionId } = query.getSnapshot().context as QueryContext;
  return query.system.get(sessionId)!.getSnapshot().context as SessionContext;
}

/** Whether other queries of the session wait for a connection. */
function othersOn(connectionId: string, queryId: string, query: AnyActorRef): boolean {
  const { sessionId } = query.getSnapshot().context as QueryContext;
  const session: SessionContext | undefined = query.system.get(sessionId)?.getSnapshot().context;
  return Object.entries(session?.queries ?? {}).some(
    ([id, other]) => id !== queryId && other.connectionId === connectionId,
  );
}

/** A statement of ours: nothing of it is a person's, and nothing is dangerous by itself. */
const OWN: Omit<Judgement, 'verdict'> = {
  dangers: [],
  reason: null,
  position: null,
  statements: 1,
  shape: null,
  asks: [],
};

/** Handles that live as long as the states that own them, by actor id. The machines hold the ids only. */
export class Handles {
  /** The drivers that were used. */
  readonly drivers = new Map<Engine, Driver>();
  readonly connections = new Map<string, Connection>();
  readonly closings = new Map<string, Promise<void>>();
  readonly runs = new Map<string, StatementRun>();
  readonly states = new SessionStates();
  /** Counts of what statements would touch, by the query, and who waits for them. */
  readonly counts = new Map<string, CountRun>();
  readonly countWaiters = new Map<string, (counted: Omit<Counted, 'end'>) => void>();
  /** Asks a session's catalogue by a statement of ours. */
  ask: <T>(sessionId: string, statement: CatalogueStatement<T>) => Promise<T> = () =>
    Promise.reject(new Error('nobody can be asked yet'));
  /** Rolls back a tab's transaction that nobody has used for too long. */
  rollBackIdle: (sessionId: string, tabId: string) => void = () => undefined;
}

/** Binds the machines' effects to the program. What is not bound here does not touch the world. */
export function provideWorkspace(ports: Ports, recorder: Recorder, side: SideStore, handles = new Handles()) {
  /** An effect of a connection. */
  const connectionEffect = (run: Effect<ConnectionEvent, ConnectionEffectInput>) =>
    fromCallback<ConnectionEvent, ConnectionEffectInput>(({ input, sendBack, self }) => {
      const defect = (error: unknown): void => {
        ports.defect(error);
        const failure = failureOf(error);
        side.failed(input.connectionId, failure);
        sendBack({ type: 'connection.lost', failure: withoutWords(failure) });
      };
      return guarded(() => run(input, sendBack, owner(self), defect), defect);
    });
  /** An effect of a query. What it throws ends its query, never the process. */
  const queryEffect = (run: Effect<QueryEvent, QueryEffectInput>) =>
    fromCallback<QueryEvent, QueryEffectInput>(({ input, sendBack, self }) => {
      const defect = (error: unknown): void => {
        ports.defect(error);
        const failure = failureOf(error);
        side.ended(input.queryId, failure);
        sendBack({ type: 'query.abandoned', failure: withoutWords(failure) });
      };
      return guarded(() => run(input, sendBack, owner(self), defect), defect);
    });

  /** The profile of a connection that is made now. @throws DriverError where it can't be dialled */
  const profileToDial = ({ profileId, engine, sessionId }: ConnectionEffectInput): Profile => {
    const profile = ports.profiles.get(profileId);
    if (!profile) throw new DriverError({ source: 'client', ...ports.profiles.missing(profileId) });
    if (profile.target.engine !== engine) throw new DriverError(engineChanged);
    if (profile.askPassword && side.password(sessionId) === undefined)
      throw new DriverError(passwordForgotten);
    return profile;
  };

  const connection = connectionMachine.provide({
    actors: {
      connect: connectionEffect((input, tell, actor) => {
        const { connectionId, sessionId, tabId, restores = [] } = input;
        const abort = new AbortController();
        const startedAt = performance.now();
        const timer = setTimeout(() => abort.abort('timeout'), input.connectTimeoutMs);
        const dial = async (): Promise<void> => {
          // Not even the greeting leaves before the record that says so is on disk.
          await ports.tape.durable(await recorder.recordBeingTaken(actor));
          const driver = await ports.driver(input.engine);
          handles.drivers.set(input.engine, driver);
          const profile = profileToDial(input);
          const restore = tabId === null ? undefined : handles.states.ofTab(sessionId, tabId);
          if (restores.length > 0 && !restore) throw new DriverError(stateForgotten);
          const learned = (state: SessionState): void =>
            handles.states.learned({ connectionId, sessionId, tabId }, state);
          const opened = await driver.connect(profile.target, {
            password: () => side.password(sessionId) ?? ports.profiles.password(input.profileId),
            signal: abort.signal,
            applicationName: 'querytape',
            readOnly: input.readOnly || profile.readOnly,
            ...(restore ? { restore } : {}),
            onState: (state) => {
              // While it is still being set again, what there was is what counts.
              if (!handles.connections.has(connectionId)) return;
              learned(state);
              actor.send({ type: 'connection.stateChanged', held: kindsOf(state) });
            },
            onLost: (failure) => {
              side.failed(connectionId, failure);
              actor.send({ type: 'connection.lost', failure: withoutWords(failure) });
            },
          });
          if (abort.signal.aborted) return opened.destroy();
          handles.connections.set(connectionId, opened);
          learned(opened.state);
          const afterMs = micros(performance.now() - startedAt);
          tell({ type: 'connection.opened', server: withoutServerWords(opened.server), afterMs });
          const held = kindsOf(opened.state);
          if (held.join() !== restores.join()) tell({ type: 'connection.stateChanged', held });
        };
        dial()
          .catch((error: unknown) => {
            const failure = abort.signal.aborted ? connectTimedOut(input.connectTimeoutMs) : failureOf(error);
            side.failed(connectionId, failure);
            side.failed(sessionId, failure);
            if (failure.code === STATE_NOT_RESTORED) handles.states.forgetTab(sessionId, tabId);
            tell({ type: 'connection.notOpened', failure: withoutWords(failure) });
          })
          .finally(() => clearTimeout(timer));
        return () => {
          clearTimeout(timer);
          if (!handles.connections.has(connectionId)) abort.abort('closed');
        };
      }),
      hold: connectionEffect(({ connectionId }) => () => {
        const held = handles.connections.get(connectionId);
        handles.connections.delete(connectionId);
        if (!held) return;
        const closing = held
          .close()
          .catch(ports.defect)
          .finally(() => handles.closings.delete(connectionId));
        handles.closings.set(connectionId, closing);
      }),
      disconnect: connectionEffect(({ connectionId }, tell) => {
        void (handles.closings.get(connectionId) ?? Promise.resolve()).then(() =>
          tell({ type: 'connection.closed' }),
        );
      }),
      rollBackIdle: connectionEffect(({ sessionId, tabId }) => {
        if (tabId !== null) handles.rollBackIdle(sessionId, tabId);
      }),
    },
  });

  /** What a statement does: known where it is ours, else by the engine's grammar and, for functions, the catalogue. */
  const judge = async (context: QueryContext, { engine, sessionId }: SessionContext): Promise<Judgement> => {
    const { queryId, connectionId, purpose } = context;
    const own = ownVerdict(purpose);
    if (own !== null) return { ...OWN, verdict: own };
    try {
      const { text } = side.statement(queryId);
      const facts = handles.connections.get(connectionId)?.facts ?? {};
      const first = await ports.classify(engine, text, facts);
      const reading =
        first.asks.length > 0 ? handles.drivers.get(engine)?.volatility?.(first.asks) : undefined;
      if (!reading) return first;
      const volatility = await handles.ask(sessionId, reading);
      return await ports.classify(engine, text, {
        ...facts,
        volatility: { ...facts.volatility, ...volatility },
      });
    } catch (error) {
      // What can't be judged is not known, and treated so.
      return unknownJudgement(`It could not be judged (${codeOf(error)}).`);
    }
  };

  /** A rollback of a tab's transaction writes nothing, so a profile that has become read-only does not stand in its way. */
  const isRollback = ({ purpose, queryId }: QueryContext, { engine }: SessionContext): boolean =>
    purpose === 'transaction' &&
    handles.drivers.get(engine)!.transaction({ step: 'rollback' }).includes(side.statement(queryId).text);

  const query = queryMachine.provide({
    actors: {
      classify: queryEffect((_input, tell, actor, defect) => {
        const context = actor.getSnapshot().context as QueryContext;
        const session = sessionOf(actor);
        const { endsTransaction, mode } = side.statement(context.queryId);
        const undoes = isRollback(context, session);
        const facts = handles.connections.get(context.connectionId)?.facts ?? {};
        const isReadOtherwise = mode !== undefined && mode !== lexicalModeOf(session.engine, facts);
        const judging = isReadOtherwise ? Promise.resolve(READ_OTHERWISE) : judge(context, session);
        const judged = judging.then((judgement) => {
          const trust = trustIn(session, ports.profiles.get(session.profileId));
          const admitted =
            endsTransaction && context.transaction === 'none'
              ? NO_TRANSACTION
              : isReadOtherwise
                ? MODE_CHANGED
                : undoes
                  ? { admission: 'admitted' as const }
                  : admit(judgement, trust, ports.rules(trust.environment));
          const expiresAt = ports.now() + CONFIRM_TIMEOUT_MS;
          const challenge =
            admitted.admission === 'confirm' ? { id: ports.newId('challenge'), expiresAt } : null;
          side.judged(context.queryId, judgement, challenge);
          const { verdict, dangers } = judgement;
          const shape = recordableShape(judgement);
          const kinds = [...new Set(dangers.map(({ kind }) => kind))];
          const told = { type: 'query.classified', verdict, dangers: kinds, ...admitted } as const;
          tell(shape === null ? told : { ...told, shape });
        });
        judged.catch(defect);
      }),
      count: queryEffect(({ queryId, connectionId }, tell, actor) => {
        const held = handles.connections.get(connectionId);
        const { judgement } = side.judgement(queryId)!;
        const { transaction } = actor.getSnapshot().context as QueryContext;
        let isOver = false;
        const over = (event: QueryFact & { type: 'query.counted' }, counted: Omit<Counted, 'end'>): void => {
          if (isOver) return;
          isOver = true;
          tell(event);
          handles.countWaiters.get(queryId)?.(counted);
        };
        const none = (failure: FailureText, usable = true): void => {
          const code = withoutWords(failure).code;
          over({ type: 'query.counted', code, serverMs: 0, transaction, usable }, { rows: null, failure });
        };
        const recorded = async (): Promise<void> => {
          // Not even a count leaves before the record that says so is on disk.
          await ports.tape.durable(await recorder.recordBeingTaken(actor));
        };
        const counted = async (): Promise<void> => {
          const stopped = (actor.getSnapshot().context as QueryContext).reason !== null;
          if (isOver || stopped || !held || !judgement.counting || !('text' in judgement.counting))
            return none(STOPPED);
          if (held.transaction !== 'none' && !held.server.capabilities.savepoints) return none(NO_SAVEPOINT);
          const driver = handles.drivers.get(sessionOf(actor).engine)!;
          if (releasesLocks(driver, held, driver.readOnlyEnclosure?.before ?? [])) return none(LOCKS_HELD);
          const run = new CountRun(driver, held, judgement.counting.text);
          handles.counts.set(queryId, run);
          const { end, rows, failure } = await run.ended;
          const { usable } = end;
          const told = rows === null ? { code: withoutWords(failure!).code } : { rows: Number(rows) };
          const serverMs = micros(end.serverMs);
          over(
            { type: 'query.counted', ...told, serverMs, transaction: end.transaction, usable },
            { rows, failure },
          );
        };
        recorded().then(
          () =>
            counted().catch((error: unknown) => {
              ports.defect(error);
              // What the connection is in now is not known.
              none(failureOf(error), false);
            }),
          (error: unknown) => none(failureOf(error)),
        );
        return () => {
          handles.counts.delete(queryId);
          // The query went on without it: its connection is gone.
          if (!isOver) handles.countWaiters.get(queryId)?.({ rows: null, failure: STOPPED });
          isOver = true;
        };
      }),
      stopCount: queryEffect(({ queryId }) => {
        handles.counts.get(queryId)?.stop();
      }),
      record: queryEffect((_input, tell, actor) => {
        const startedAt = performance.now();
        const recorded = async (): Promise<void> => {
          const seq = await recorder.recordBeingTaken(actor);
          // What a server has seen is in the history even if this process is killed at once.
          await Promise.all([ports.tape.durable(seq), ports.texts.written()]);
          tell({ type: 'query.recorded', seq, afterMs: micros(performance.now() - startedAt) });
        };
        recorded().catch((error: unknown) => tell({ type: 'query.notRecorded', code: codeOf(error) }));
      }),
      execute: queryEffect(({ queryId, connectionId }, tell, actor, defect) => {
        const held = handles.connections.get(connectionId);
        if (!held) {
          side.ended(queryId, CONNECTION_GONE);
          tell({ type: 'query.lost', ran: 'notRun', failure: withoutWords(CONNECTION_GONE) });
          return;
        }
        const context = actor.getSnapshot().context as QueryContext;
        const session = sessionOf(actor);
        const trust = trustIn(session, ports.profiles.get(session.profileId));
        const { readOnly } = trust;
        const { judgement, confirmed } = side.judgement(queryId)!;
        const refused = refusedSince(judgement, trust, ports.rules(trust.environment), confirmed);
        const statement = side.statement(queryId);
        const driver = handles.drivers.get(session.engine)!;
        const undoes = isRollback(context, session);
        // To begin a read-only transaction would end the one that is open, on some servers by a commit.
        const writes = readOnly && held.transaction !== 'none' && !undoes;
        const harmlessSetting = judgement.harmlessSetting === true;
        const enclosing = { ...context, readOnly, harmlessSetting };
        const enclosure = undoes ? null : enclosureOf(driver, held, enclosing);
        const own = context.purpose === 'transaction' ? [statement.text] : [];
        const releases = releasesLocks(driver, held, [...(enclosure?.before ?? []), ...own]);
        if (!undoes && (refused !== null || writes || releases)) {
          const ours = writes ? transactionWrites : LOCKS_HELD;
          const failure = refused === null ? ours : stricterNow(refused);
          side.ended(queryId, failure);
          tell({ type: 'query.withheld', code: failure.code });
          return;
        }
        const { rowsMax } = context;
        const { results } = ports;
        const reads = judgement.verdict === 'read';
        const inTransaction = held.transaction !== 'none' || (context.manualCommit && !readOnly);
        // Stopping it would fail its transaction, or leave undone a part of what it does.
        const harmless = reads && !inTransaction;
        const hints = hintsOf(context, statement.copyData, reads, harmless);
        const { fetchAheadBytes } = ports.rules(trust.environment);
        const isAwaited = (): boolean => othersOn(connectionId, queryId, actor);
        const execute = (sink: RowSink): Execution => {
          const rows = guardedSink(sink, defect);
          return enclosure
            ? new Enclosed(held, enclosure, { ...statement, hints }, rows, (row) => side.left(queryId, row))
            : held.execute(statement.text, rows, statement.params, hints);
        };
        const run = new StatementRun({
          queryId,
          execute,
          rowsMax,
          fetchAheadBytes,
          reads,
          harmless,
          isAwaited,
          results,
          side,
          tell,
          defect,
        });
        handles.runs.set(queryId, run);
        return () => handles.runs.delete(queryId);
      }),
      cancelOnServer: queryEffect(({ queryId }, tell, actor) => {
        const { reason } = actor.getSnapshot().context as QueryContext;
        const run = handles.runs.get(queryId);
        run?.cancel(reason!, {
          sent: (attempt) => tell({ type: 'query.cancelSent', attempt }),
          acknowledged: (attempt, afterMs) =>
            tell({ type: 'query.cancelAcknowledged', attempt, afterMs: micros(afterMs) }),
          refused: (failure) => run.noticeNow(failure),
          escalated: (step) => tell({ type: 'query.cancelEscalated', step }),
        });
      }),
    },
  });

  const session = sessionMachine.provide({ actors: { connection, query } });
  return workspaceMachine.provide({ actors: { session } });
}

/** What a driver is to know of a statement. */
function hintsOf(
  { purpose, rowsMax }: Pick<QueryContext, 'purpose' | 'rowsMax'>,
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

/** What an effect returns: a function that ends it, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: an effect may return nothing.
type Cleanup = (() => void) | void;

/** Starts an effect. `defect` takes what it did not foresee. */
type Effect<E extends EventObject, I> = (
  input: I,
  tell: (event: E) => void,
  actor: AnyActorRef,
  defect: (error: unknown) => void,
) => Cleanup;

/** Starts an effect, and hands what it throws at its start or at its end to `defect`. */
function guarded(start: () => Cleanup, defect: (error: unknown) => void): Cleanup {
  try {
    const cleanup = start();
    return cleanup && (() => void guarded(cleanup, defect));
  } catch (error) {
    defect(error);
  }
}

const CONNECTION_GONE: FailureText = {
  code: 'connection.gone',
  source: 'client',
  message: 'The connection was lost before the statement was sent.',
  advice: 'Run the statement again.',
};

/** What was to be committed or rolled back had ended by the time its turn came. */
const NO_TRANSACTION: Admitted = { admission: 'refused', code: 'transaction.none' };

const passwordForgotten: FailureText = {
  code: 'profile.passwordNeeded',
  source: 'client',
  message: 'The password is asked for each time, and the one that was typed is forgotten.',
  advice: 'Close the connection and open it again.',
};

const stateForgotten: FailureText = {
  code: STATE_NOT_RESTORED,
  source: 'client',
  message: 'The connection was lost, and what it held of its session is not known any more.',
};
/** A statement before it changed how strings are read, so where this one ends may have been misread. */
const MODE_CHANGED = { admission: 'refused', code: 'script.modeChanged' } as const;
const READ_OTHERWISE = unknownJudgement(
  'A statement before this one changed how strings are read (sql_mode, standard_conforming_strings), so where this one ends is not certain. Run the rest again.',
);

const engineChanged: FailureText = {
  code: 'profile.engineChanged',
  source: 'client',
  message: 'The profile names another kind of server than it did when it was opened.',
  advice: 'Close the connection and open it again.',
};

const transactionWrites: FailureText = {
  code: 'readOnly.transactionOpen',
  source: 'client',
  message:
    'The profile has become read-only, and the tab has an open transaction that may have written. Nothing was sent.',
  advice: 'Roll back the transaction, then run the statement again.',
};

function stricterNow(code: string): FailureText {
  return {
    code,
    source: 'client',
    message: 'The profile or the policy became stricter before the statement was sent. Nothing was sent.',
    advice: 'Run it again to see what holds now.',
  };
}

function connectTimedOut(timeoutMs: number): FailureText {
  return {
    code: 'connect.timeout',
    source: 'connection',
    message: `The server did not answer within ${timeoutMs / 1000} s.`,
    advice: 'Check host and port, and whether a firewall drops the packets.',
  };
}
