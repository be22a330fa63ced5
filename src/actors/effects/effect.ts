import { type ActorSystem, type AnyActorRef, type EventObject, fromCallback } from 'xstate';
import type { CatalogueStatement } from '../../drivers/driver.ts';
import { DriverError } from '../../drivers/driver.ts';
import type { ConnectionEvent } from '../../events/connection.ts';
import { type FailureText, withoutWords } from '../../events/failure.ts';
import type { OrphanFact, OrphanInput } from '../../events/orphan.ts';
import type { TunnelFact, TunnelInput } from '../../events/tunnel-facts.ts';
import type { ConnectionEffectInput } from '../connection.machine.ts';
import type { Ports } from '../ports.ts';
import type { QueryContext, QueryEvent } from '../query-setup.ts';
import type { Recorder } from '../recorder.ts';
import type { Resources } from '../resources.ts';
import type { SideStore } from '../side-store.ts';

/** What the effects of the actors need of the program. */
export interface EffectPorts {
  readonly ports: Ports;
  readonly side: SideStore;
  readonly resources: Resources;
  readonly recorder: Recorder;
  /** The next query that waits for a query's connection; null where none does. */
  nextAfter(query: QueryContext): string | null;
  /** Reads a session's catalogue by a statement of ours, caused by the effect `cause`. */
  ask<T>(cause: AnyActorRef, sessionId: string, statement: CatalogueStatement<T>): Promise<T>;
  /** Looks for what earlier runs left behind on a server that a session has reached, caused by the effect `cause`. */
  lookForOrphans(
    cause: AnyActorRef,
    session: { readonly sessionId: string; readonly profileId: string },
  ): void;
  /** Whether a session has a statement that runs or waits. */
  isBusy(sessionId: string): boolean;
  /** Resolves once all that was recorded so far is on disk. Rejects where the tape can't be written. */
  durableNow(): Promise<void>;
  /** Rolls back a tab's transaction that has been idle for too long, caused by the effect `cause`. */
  rollBackIdle(cause: AnyActorRef, sessionId: string, tabId: string): void;
}

/** An effect that has begun: its complete input and its ways back. */
export interface Begun<I, E extends EventObject> {
  readonly input: I;
  /** Sends a fact to the machine that invoked the effect. */
  readonly report: (event: E) => void;
  /** Sends a fact to that machine, also after the effect has ended. */
  readonly notify: (event: E) => void;
  /** Takes what the effect did not foresee: the actor ends by it, never the process. */
  readonly defect: (error: unknown) => void;
  /** The effect's own actor, which what it starts elsewhere is caused by. */
  readonly self: AnyActorRef;
  /** The seq of the record by which the effect was invoked, once it is on disk. Rejects where the tape can't be written. */
  readonly recorded: () => Promise<number>;
}

/** What an effect returns: a function that ends it, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: an effect may return nothing.
type Cleanup = (() => void) | void;

/** An effect of a connection. */
export type ConnectionEffect = (begun: Begun<ConnectionEffectInput, ConnectionEvent>) => Cleanup;

/** An effect of a query. */
export type QueryEffect = (begun: Begun<QueryContext, QueryEvent>) => Cleanup;

/** An effect of an orphan. */
export type OrphanEffect = (begun: Begun<OrphanInput, OrphanFact>) => Cleanup;

/** An effect of a tunnel. */
export type TunnelEffect = (begun: Begun<TunnelInput, TunnelFact>) => Cleanup;

/** The logic of an effect of a connection. What it throws loses that connection. */
export function connectionEffect({ ports, side, recorder }: EffectPorts, effect: ConnectionEffect) {
  return fromCallback<ConnectionEvent, ConnectionEffectInput>(({ input, sendBack, self, system }) => {
    const { connectionId } = input;
    const defect = (error: unknown): void => {
      ports.defect(error);
      const failure = failureOf(error);
      side.failed(connectionId, failure);
      sendBack({ type: 'connection.lost', failure: withoutWords(failure) });
    };
    const notify = (event: ConnectionEvent) => system.get(connectionId)?.send(event);
    const recorded = durableRecord(ports, recorder, system, connectionId);
    return guarded(() => effect({ input, report: sendBack, notify, defect, self, recorded }), defect);
  });
}

/** The logic of an effect of a query. What it throws ends that query. */
export function queryEffect({ ports, side, recorder }: EffectPorts, effect: QueryEffect) {
  return fromCallback<QueryEvent, QueryContext>(({ input, sendBack, self, system }) => {
    const { queryId } = input;
    const defect = (error: unknown): void => {
      ports.defect(error);
      const failure = failureOf(error);
      side.ended(queryId, failure);
      sendBack({ type: 'query.abandoned', failure: withoutWords(failure) });
    };
    const notify = (event: QueryEvent) => system.get(queryId)?.send(event);
    const recorded = durableRecord(ports, recorder, system, queryId);
    return guarded(() => effect({ input, report: sendBack, notify, defect, self, recorded }), defect);
  });
}

/** The logic of an effect of an orphan. What it throws leaves the orphan unknown. */
export function orphanEffect({ ports, side, recorder }: EffectPorts, effect: OrphanEffect) {
  return fromCallback<OrphanFact, OrphanInput>(({ input, sendBack, self, system }) => {
    const { actorId } = input;
    const defect = (error: unknown): void => {
      ports.defect(error);
      const failure = failureOf(error);
      side.failed(actorId, failure);
      sendBack({ type: 'orphan.notChecked', failure: withoutWords(failure) });
    };
    const notify = (event: OrphanFact) => system.get(actorId)?.send(event);
    const recorded = durableRecord(ports, recorder, system, actorId);
    return guarded(() => effect({ input, report: sendBack, notify, defect, self, recorded }), defect);
  });
}

/** The logic of an effect of a tunnel. What it throws ends the tunnel. */
export function tunnelEffect({ ports, side, recorder }: EffectPorts, effect: TunnelEffect) {
  return fromCallback<TunnelFact, TunnelInput>(({ input, sendBack, self, system }) => {
    const { tunnelId } = input;
    const defect = (error: unknown): void => {
      ports.defect(error);
      const failure = failureOf(error);
      side.failed(tunnelId, failure);
      for (const type of ['tunnel.notOpened', 'tunnel.lost'] as const)
        sendBack({ type, failure: withoutWords(failure) });
    };
    const notify = (event: TunnelFact) => system.get(tunnelId)?.send(event);
    const recorded = durableRecord(ports, recorder, system, tunnelId);
    return guarded(() => effect({ input, report: sendBack, notify, defect, self, recorded }), defect);
  });
}

// biome-ignore lint/suspicious/noExplicitAny: XState types a system by its actors.
function durableRecord(ports: Ports, recorder: Recorder, system: ActorSystem<any>, actorId: string) {
  return async (): Promise<number> => {
    const seq = await recorder.recordBeingTaken(system.get(actorId) as AnyActorRef);
    await ports.tape.durable(seq);
    return seq;
  };
}

/** Starts an effect, and hands what it throws at its start or at its end to `defect`. Invariant I8. */
function guarded(start: () => Cleanup, defect: (error: unknown) => void): Cleanup {
  try {
    const cleanup = start();
    return cleanup && (() => void guarded(cleanup, defect));
  } catch (error) {
    defect(error);
  }
}

/** The code of whatever was thrown, or `unknown`. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown })?.code;
  return typeof code === 'string' ? code : 'unknown';
}

/** Whatever was thrown, as a failure. */
export function failureOf(error: unknown): FailureText {
  if (error instanceof DriverError) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return { code: codeOf(error), source: 'client', message };
}
