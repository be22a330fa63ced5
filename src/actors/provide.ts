import { type AnyActorRef, type EventObject, fromCallback } from 'xstate';
import type { Connection, Driver, Execution, RowSink } from '../drivers/driver.ts';
import { DriverError } from '../drivers/driver.ts';
import type { Engine } from '../events/capabilities.ts';
import type { ConnectionEvent } from '../events/connection.ts';
import { type FailureText, withoutWords } from '../events/failure.ts';
import { admit } from './admission.ts';
import { type ConnectionEffectInput, connectionMachine } from './connection.machine.ts';
import { Enclosed, enclosureOf } from './enclosed.ts';
import type { Ports } from './ports.ts';
import { type QueryContext, type QueryEffectInput, type QueryEvent, queryMachine } from './query.machine.ts';
import type { Recorder } from './recorder.ts';
import { type SessionContext, sessionMachine } from './session.machine.ts';
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

/** The engine of the session that a query belongs to. */
function engineOf(query: AnyActorRef): Engine {
  const { sessionId } = query.getSnapshot().context as QueryContext;
  return (query.system.get(sessionId)!.getSnapshot().context as SessionContext).engine;
}

/** Handles that live as long as the states that own them, by actor id. The machines hold the ids only. */
export class Handles {
  /** The drivers that were used. */
  readonly drivers = new Map<Engine, Driver>();
  readonly connections = new Map<string, Connection>();
  readonly closings = new Map<string, Promise<void>>();
  readonly runs = new Map<string, StatementRun>();
}

/** Binds the machines' effects to the program. What is not bound here does not touch the world. */
export function provideWorkspace(ports: Ports, recorder: Recorder, side: SideStore, handles = new Handles()) {
  /** An effect of a connection. */
  const connectionEffect = (run: Effect<ConnectionEvent, ConnectionEffectInput>) =>
    fromCallback<ConnectionEvent, ConnectionEffectInput>(({ input, sendBack, self }) =>
      run(input, sendBack, owner(self)),
    );
  const queryEffect = (run: Effect<QueryEvent, QueryEffectInput>) =>
    fromCallback<QueryEvent, QueryEffectInput>(({ input, sendBack, self }) =>
      run(input, sendBack, owner(self)),
    );

  const connection = connectionMachine.provide({
    actors: {
      connect: connectionEffect((input, tell, actor) => {
        const { connectionId } = input;
        const abort = new AbortController();
        const startedAt = performance.now();
        const timer = setTimeout(() => abort.abort('timeout'), input.connectTimeoutMs);
        const dial = async (): Promise<void> => {
          // Not even the greeting leaves before the record that says so is on disk.
          await ports.tape.durable(await recorder.recordBeingTaken(actor));
          const driver = await ports.driver(input.engine);
          handles.drivers.set(input.engine, driver);
          const profile = ports.profiles.get(input.profileId);
          if (!profile) throw new DriverError(profileGone);
          const opened = await driver.connect(profile.target, {
            password: () => ports.profiles.password(input.profileId),
            signal: abort.signal,
            applicationName: 'querytape',
            onLost: (failure) => {
              side.failed(connectionId, failure);
              actor.send({ type: 'connection.lost', failure: withoutWords(failure) });
            },
          });
          if (abort.signal.aborted) return opened.destroy();
          handles.connections.set(connectionId, opened);
          const afterMs = micros(performance.now() - startedAt);
          tell({ type: 'connection.opened', server: opened.server, afterMs });
        };
        dial()
          .catch((error: unknown) => {
            const failure = abort.signal.aborted ? connectTimedOut(input.connectTimeoutMs) : failureOf(error);
            side.failed(connectionId, failure);
            side.failed(connectionId.replace(/\.c\d+$/, ''), failure);
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
        const closing = held.close().finally(() => handles.closings.delete(connectionId));
        handles.closings.set(connectionId, closing);
      }),
      disconnect: connectionEffect(({ connectionId }, tell) => {
        void (handles.closings.get(connectionId) ?? Promise.resolve()).then(() =>
          tell({ type: 'connection.closed' }),
        );
      }),
    },
  });

  const query = queryMachine.provide({
    actors: {
      classify: queryEffect((_input, tell, actor) => {
        const { sessionId } = actor.getSnapshot().context as QueryContext;
        const session = actor.system.get(sessionId)?.getSnapshot().context as SessionContext;
        // No engine has its grammar here yet, so nothing is proven to read.
        const verdict = 'unknown';
        tell({ type: 'query.classified', verdict, ...admit(verdict, session) });
      }),
      record: queryEffect((_input, tell, actor) => {
        const startedAt = performance.now();
        const recorded = async (): Promise<void> => {
          const seq = await recorder.recordBeingTaken(actor);
          await ports.tape.durable(seq);
          tell({ type: 'query.recorded', seq, afterMs: micros(performance.now() - startedAt) });
        };
        recorded().catch((error: unknown) => tell({ type: 'query.notRecorded', code: codeOf(error) }));
      }),
      execute: queryEffect(({ queryId, connectionId }, tell, actor) => {
        const held = handles.connections.get(connectionId);
        if (!held) {
          tell({ type: 'query.lost', ran: 'notRun', failure: { code: 'connection.gone', source: 'client' } });
          return;
        }
        const context = actor.getSnapshot().context as QueryContext;
        const statement = side.statement(queryId);
        const execute = (sink: RowSink): Execution => {
          const enclosure = enclosureOf(handles.drivers.get(engineOf(actor))!, held, context);
          return enclosure
            ? new Enclosed(held, enclosure, statement, sink)
            : held.execute(statement.text, sink, statement.params);
        };
        const { rowsMax } = context;
        const { results } = ports;
        const run = new StatementRun({ queryId, execute, rowsMax, results, side, tell });
        handles.runs.set(queryId, run);
        return () => handles.runs.delete(queryId);
      }),
      cancelOnServer: queryEffect(({ queryId }, tell) => {
        handles.runs.get(queryId)?.execution.cancel({
          sent: (attempt) => tell({ type: 'query.cancelSent', attempt }),
          acknowledged: (attempt, afterMs) =>
            tell({ type: 'query.cancelAcknowledged', attempt, afterMs: micros(afterMs) }),
          escalated: (step) => tell({ type: 'query.cancelEscalated', step }),
        });
      }),
    },
  });

  const session = sessionMachine.provide({ actors: { connection, query } });
  return workspaceMachine.provide({ actors: { session } });
}

/** Starts an effect; what it returns ends it. */
type Effect<E extends EventObject, I> = (
  input: I,
  tell: (event: E) => void,
  actor: AnyActorRef,
  // biome-ignore lint/suspicious/noConfusingVoidType: an effect may return nothing.
) => (() => void) | void;

const profileGone: FailureText = {
  code: 'profile.gone',
  source: 'client',
  message: 'The profile does not exist any more.',
  advice: 'Open another profile.',
};

function connectTimedOut(timeoutMs: number): FailureText {
  return {
    code: 'connect.timeout',
    source: 'connection',
    message: `The server did not answer within ${timeoutMs / 1000} s.`,
    advice: 'Check host and port, and whether a firewall drops the packets.',
  };
}
