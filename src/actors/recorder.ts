import type { AnyActorRef, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import type { ActorKind, TapeEvent, Unsealed } from '../events/envelope.ts';
import { type StateValue, stateName } from '../events/state-name.ts';
import { inspected, type MachineName, machineOf } from './xstate.ts';

/** Where records go. `append` returns the seq at once. */
interface RecordSink {
  append(record: Unsealed): number;
}

/** A record between the moment its event was sent and the moment its actor has taken it. */
interface Pending {
  readonly actor: AnyActorRef;
  readonly machine: MachineName;
  readonly event: TapeEvent;
  /** Dropped once written, or each record would hold all that led to it. */
  causedBy: Pending | null;
  state: string | null;
  moved: boolean;
  done: boolean;
  seq: number;
  readonly waiters: ((seq: number) => void)[];
}

/** What may be said of an event that carries more than the tape may hold. */
function recordable(event: { readonly type: string }): TapeEvent {
  // An error's message may quote anything; that an effect threw, and which, is what replay needs.
  if (event.type.startsWith('xstate.error.')) return { type: event.type as `xstate.error.${string}` };
  return event as TapeEvent;
}

/**
 * Turns XState's inspection into tape records: for every machine actor each inbound event and the state it led to, in
 * the order in which the events were sent.
 *
 * XState reports an event when it is sent (`@xstate.event`) and the state once it is taken (`@xstate.snapshot`). What an
 * actor sends while it takes an event is taken, and reported, before the actor itself is done; recorded in that order
 * an effect would stand before its cause. So records wait in the order of sending until all before them are done, which
 * is at the latest when the outermost `send` returns.
 */
export class Recorder {
  private readonly queue: Pending[] = [];
  /** What each actor has been sent and not yet taken, oldest first. */
  private readonly inbox = new Map<AnyActorRef, Pending[]>();
  /** What an effect was started by, and so what it reports is caused by. */
  private readonly startedBy = new WeakMap<AnyActorRef, Pending>();
  private readonly stopped = new WeakSet<AnyActorRef>();
  /** The cause of what is sent from outside; null for what nothing on the tape has led to. */
  private outside: Pending | null = null;

  constructor(
    private readonly sink: RecordSink,
    private readonly now: () => number,
  ) {}

  /** The observer for `inspectSystem`. Never throws: that would break the sender's `send`. */
  readonly inspect = (inspection: InspectionEvent): void => {
    const one = inspected(inspection);
    if (one === null) return;
    const { actor } = one;
    if (one.type === 'sent') this.sent(actor, one.event, one.source);
    else if (one.type === 'moved') this.moved(actor);
    else if (one.type === 'taken') this.taken(actor, one.snapshot);
    else this.ended(actor);
  };

  /** Does `work`, and records what is sent from outside during it as caused by an actor, such as an effect that asks for it. */
  causedBy<T>(actor: AnyActorRef, work: () => T): T {
    const before = this.outside;
    this.outside = this.causeIn(actor);
    try {
      return work();
    } finally {
      this.outside = before;
    }
  }

  /**
   * The seq of the record that `actor` is taking right now; known once everything sent before it is recorded too.
   * Rejects when it is taking none.
   */
  recordBeingTaken(actor: AnyActorRef): Promise<number> {
    const pending = this.inbox.get(actor)?.[0];
    if (!pending) return Promise.reject(new Error(`${actor.id} is taking no event`));
    return new Promise((resolve) => pending.waiters.push(resolve));
  }

  private sent(actor: AnyActorRef, event: { readonly type: string }, source: AnyActorRef | undefined): void {
    const causedBy = source ? this.causeIn(source) : this.outside;
    const machine = machineOf(actor);
    if (!machine && causedBy) this.startedBy.set(actor, causedBy);
    if (!machine || event.type === 'xstate.stop' || this.stopped.has(actor)) return;
    const pending: Pending = {
      actor,
      machine,
      event: recordable(event),
      causedBy,
      state: null,
      moved: event.type === 'xstate.init',
      done: false,
      seq: 0,
      waiters: [],
    };
    this.queue.push(pending);
    const inbox = this.inbox.get(actor);
    if (inbox) inbox.push(pending);
    else this.inbox.set(actor, [pending]);
  }

  /** What an actor is taking; for an effect, what it was started by. */
  private causeIn(actor: AnyActorRef): Pending | null {
    return this.inbox.get(actor)?.[0] ?? this.startedBy.get(actor) ?? null;
  }

  private moved(actor: AnyActorRef): void {
    const taking = this.inbox.get(actor)?.[0];
    if (taking) taking.moved = true;
  }

  private taken(actor: AnyActorRef, snapshot: AnyMachineSnapshot): void {
    const inbox = this.inbox.get(actor);
    const pending = inbox?.shift();
    if (!pending) return;
    if (inbox!.length === 0) this.inbox.delete(actor);
    pending.state = stateName(snapshot.value as StateValue);
    pending.done = true;
    this.writeDone();
  }

  /** An actor that was stopped takes nothing more: what it was sent and did not take changed nothing. */
  private ended(actor: AnyActorRef): void {
    if (!machineOf(actor)) return;
    this.stopped.add(actor);
    const state = stateName((actor.getSnapshot() as AnyMachineSnapshot).value as StateValue);
    for (const pending of this.inbox.get(actor) ?? []) {
      pending.state = state;
      pending.moved = false;
      pending.done = true;
    }
    this.inbox.delete(actor);
    this.writeDone();
  }

  private writeDone(): void {
    while (this.queue[0]?.done) this.write(this.queue.shift()!);
  }

  private write(pending: Pending): void {
    const { actor, machine, event, causedBy, state } = pending;
    pending.seq = this.sink.append({
      at: this.now(),
      actor: actor.id,
      kind: machine.id as ActorKind,
      machine: `${machine.id}@${machine.version ?? '1'}`,
      cause: causedBy && causedBy.seq > 0 ? causedBy.seq : null,
      event,
      state,
      ...(pending.moved ? {} : { ignored: true as const }),
    });
    pending.causedBy = null;
    for (const resolve of pending.waiters) resolve(pending.seq);
  }
}
