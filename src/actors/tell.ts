import type { ActorRef, ActorSystem, EventObject, Snapshot } from 'xstate';

/** A machine's way to another actor, of which it knows the id alone. */
type Ref<E extends EventObject> = ActorRef<Snapshot<unknown>, E>;

/** What an `enqueueActions` gives to its function, as far as it takes to send. */
interface Telling<E extends EventObject> {
  // biome-ignore lint/suspicious/noExplicitAny: XState types it by the machine's own actors.
  readonly system: ActorSystem<any>;
  readonly enqueue: { sendTo(actor: Ref<E>, event: E): void };
}

/**
 * Sends an event to another machine, from within a machine's `enqueueActions`. To a machine that has ended nothing is sent; in a replay,
 * where each actor is alone, what would be is compared with what was received. (`sendTo` with a target that is undefined would send to the sender itself.)
 */
export function tell<E extends EventObject>(
  { system, enqueue }: Telling<E>,
  actorId: string | null,
  event: E,
): void {
  const actor = actorId === null ? undefined : (system.get(actorId) as Ref<E> | undefined);
  if (actor) enqueue.sendTo(actor, event);
}
