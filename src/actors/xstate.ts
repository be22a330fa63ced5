import {
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventObject,
  type InspectionEvent,
  StateMachine,
} from 'xstate';

/**
 * All that this program takes from XState beside its documented interface. It holds for the version that package.json pins;
 * test/unit/actors/xstate.test.ts names that version and checks each of these.
 */

/** What names a machine on the tape. */
export interface MachineName {
  readonly id: string;
  readonly version?: string | undefined;
}

/** The machine that an actor runs; undefined for effects and other actors. */
export function machineOf(actor: AnyActorRef): MachineName | undefined {
  const { logic } = actor as { logic?: unknown };
  return logic instanceof StateMachine ? logic : undefined;
}

/** What an inspection reports, in the order in which it is reported: an event at its sending, the steps that it makes, the state after. */
export type Inspected =
  | {
      readonly type: 'sent';
      readonly actor: AnyActorRef;
      readonly event: EventObject;
      readonly source: AnyActorRef | undefined;
    }
  | { readonly type: 'moved'; readonly actor: AnyActorRef }
  | { readonly type: 'taken'; readonly actor: AnyActorRef; readonly snapshot: AnyMachineSnapshot }
  | { readonly type: 'stopped'; readonly actor: AnyActorRef };

/**
 * Has all that the actors of a system report given to `observe`, in place of what `inspect` of `createActor` does: that copies each
 * report, dozens per statement, before it is known whether it matters. To be called before the system starts.
 */
export function inspectSystem(root: AnyActorRef, observe: (inspection: InspectionEvent) => void): void {
  const system = root.system as unknown as { _sendInspectionEvent(inspection: InspectionEvent): void };
  system._sendInspectionEvent = observe;
}

/** Reads one inspection event; null for what does not matter here. A microstep without transitions moves nothing. */
export function inspected(inspection: InspectionEvent): Inspected | null {
  const actor = inspection.actorRef as AnyActorRef;
  switch (inspection.type) {
    case '@xstate.event':
      return {
        type: 'sent',
        actor,
        event: inspection.event,
        source: inspection.sourceRef as AnyActorRef | undefined,
      };
    case '@xstate.microstep':
      return inspection._transitions.length > 0 ? { type: 'moved', actor } : null;
    case '@xstate.snapshot':
      return inspection.event.type === 'xstate.stop'
        ? { type: 'stopped', actor }
        : { type: 'taken', actor, snapshot: inspection.snapshot as AnyMachineSnapshot };
    default:
      return null;
  }
}

/** Whether a machine in that state has a use for an event: a transition, be it one that goes nowhere. */
export function hasTransition(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot,
  event: EventObject,
): boolean {
  return machine.getTransitionData(snapshot, event).length > 0;
}
