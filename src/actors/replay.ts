import { createHash } from 'node:crypto';
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { actorEnded } from '../events/actor-end.ts';
import type { Envelope } from '../events/envelope.ts';
import type { Mismatch, ReplayReport, ReplayVerdict } from '../events/replay-report.ts';
import { type StateValue, stateName } from '../events/state-name.ts';
import { connectionMachine } from './connection.machine.ts';
import { Deliveries } from './deliveries.ts';
import { REPLAY_ENDED_MAX, REPLAY_MISMATCHES_MAX } from './limits.ts';
import { orphanMachine } from './orphan.machine.ts';
import { promptMachine } from './prompt.machine.ts';
import { queryMachine } from './query.machine.ts';
import { scriptMachine } from './script.machine.ts';
import { sessionMachine } from './session.machine.ts';
import { tabMachine } from './tab.machine.ts';
import { tunnelMachine } from './tunnel.machine.ts';
import { workspaceMachine } from './workspace.machine.ts';
import { type Step, Stepper } from './xstate.ts';

/** The charts this program knows, by the name they have on the tape. */
export const MACHINES: Readonly<Record<string, AnyStateMachine>> = Object.fromEntries(
  [
    workspaceMachine,
    sessionMachine,
    tabMachine,
    scriptMachine,
    connectionMachine,
    queryMachine,
    promptMachine,
    orphanMachine,
    tunnelMachine,
  ].map((machine) => [`${machine.id}@${machine.version}`, machine]),
);

/** Whether a machine is one that only a newer program has: a name that is not known here, or a later version. */
function isNewer(machine: string): boolean {
  const [name, version] = machine.split('@');
  const known = Object.keys(MACHINES).find((one) => one.startsWith(`${name}@`));
  return known === undefined || Number(version) > Number(known.split('@')[1]);
}

const steppers = new Map<string, Stepper>();

/** What takes a machine of this program from snapshot to snapshot; undefined for one it does not have. */
export function stepperOf(name: string): Stepper | undefined {
  const known = steppers.get(name);
  if (known || !MACHINES[name]) return known;
  const made = new Stepper(MACHINES[name]);
  steppers.set(name, made);
  return made;
}

interface Replayed {
  readonly machine: string;
  /** The run of the program in which it was created. */
  readonly run: number;
  /** Null for one that ended long before: its last state alone is needed. */
  snapshot: AnyMachineSnapshot | null;
  state: string;
  lastSeq: number;
  records: number;
}

/**
 * Folds a tape through the machines by XState's pure transitions and compares every recorded state. Runs no effect and
 * reaches no server, clock or disk: each actor is replayed from its own inbound events alone.
 * Invariant I16.
 */
export class Replay {
  private readonly replayed = new Map<string, Replayed>();
  private readonly ended = new Set<Replayed>();
  /** Runs of the program so far. Each has actors of its own, some by the ids that an earlier run's had. */
  private runs = 0;
  private readonly endedMax: number;
  private readonly deliveries = new Deliveries();
  private readonly unknown = new Set<string>();
  private readonly mismatches: Mismatch[] = [];
  private records = 0;
  private unproven = 0;
  private mismatched = 0;

  /** @param endedMax actors whose snapshot is remembered after their end */
  constructor(endedMax = REPLAY_ENDED_MAX) {
    this.endedMax = endedMax;
  }

  /** Takes the next record. They must come in the order of their seq. */
  step(envelope: Envelope): void {
    this.records++;
    this.deliveries.next(envelope);
    this.replay(envelope);
    for (const { envelope: wrong, why } of this.deliveries.take()) this.mismatch(wrong, wrong.state!, why);
  }

  private replay(envelope: Envelope): void {
    if (envelope.event.type === 'tape.opened') {
      this.runs++;
      this.deliveries.restart();
    }
    if (envelope.machine === null || envelope.state === null) return;
    const stepper = stepperOf(envelope.machine);
    if (!stepper) {
      this.unknown.add(envelope.machine);
      this.deliveries.skip(envelope);
      return;
    }
    const one = this.advance(envelope, stepper);
    if (!one) {
      this.unproven++;
      if (this.wasCreated(envelope.actor)) this.deliveries.skip(envelope);
      else this.deliveries.skipUncreated(envelope);
      return;
    }
    one.lastSeq = envelope.seq;
    one.records++;
    one.state = stateName(one.snapshot!.value as StateValue);
    if (one.state !== envelope.state) this.mismatch(envelope, one.state);
    if (actorEnded(one.state)) this.end(one);
  }

  private advance(envelope: Envelope, stepper: Stepper): Replayed | undefined {
    const { actor, event } = envelope;
    if (event.type === 'xstate.init') return this.create(envelope, event.input, stepper);
    const one = this.replayed.get(actor);
    if (!one?.snapshot) return undefined;
    const isSame = one.machine === envelope.machine;
    if (!isSame) this.mismatch(envelope, `in ${one.machine}`);
    const step = isSame ? this.tried(envelope, () => stepper.step(one.snapshot!, event)) : null;
    if (step === null) return one;
    const { snapshot, moved } = step;
    if (moved === (envelope.ignored === true)) this.mismatch(envelope, moved ? 'not ignored' : 'ignored');
    one.snapshot = snapshot;
    return one;
  }

  private create(envelope: Envelope, input: unknown, stepper: Stepper): Replayed | undefined {
    const { actor, machine, ignored } = envelope;
    if (this.wasCreated(actor)) this.mismatch(envelope, 'created before');
    if (ignored) this.mismatch(envelope, 'not ignored');
    const step = this.tried(envelope, () => stepper.initial(input));
    if (step === null) return undefined;
    const { snapshot } = step;
    const created = { machine: machine!, run: this.runs, snapshot, state: '', lastSeq: 0, records: 0 };
    this.replayed.set(actor, created);
    return created;
  }

  /** What a machine makes of an event; null, and a mismatch, where it can't make anything of it: no machine of ours was sent that. */
  private tried(envelope: Envelope, make: () => Step): Step | null {
    try {
      this.deliveries.receive(envelope);
      const step = make();
      this.deliveries.stepped(envelope, step.deeds, this.wasCreated);
      return step;
    } catch {
      this.mismatch(envelope, 'an error');
      return null;
    }
  }

  private readonly wasCreated = (actor: string): boolean => this.replayed.get(actor)?.run === this.runs;

  /** Forgets the snapshot of the actor that ended first, where there are many. */
  private end(one: Replayed): void {
    this.ended.add(one);
    if (this.ended.size <= this.endedMax) return;
    const [first] = this.ended;
    this.ended.delete(first!);
    first!.snapshot = null;
  }

  private verdict(): ReplayVerdict {
    if (this.mismatched > 0) return 'diverged';
    if ([...this.unknown].some(isNewer)) return 'newer';
    return this.unknown.size > 0 || this.replayed.size === 0 ? 'notProvable' : 'reproduced';
  }

  private mismatch(envelope: Envelope, replayed: string, why?: string): void {
    this.mismatched++;
    if (this.mismatches.length >= REPLAY_MISMATCHES_MAX) return;
    const { seq, actor, event } = envelope;
    this.mismatches.push({
      seq,
      actor,
      machine: envelope.machine!,
      event: event.type,
      recorded: envelope.state!,
      replayed,
      ...(why === undefined ? {} : { why }),
    });
  }

  report(): ReplayReport {
    const actors = [...this.replayed].map(([actor, { machine, state, lastSeq, records }]) => ({
      actor,
      machine,
      state,
      lastSeq,
      records,
    }));
    const hash = createHash('sha256');
    for (const { actor, state } of [...actors].sort((a, b) => (a.actor < b.actor ? -1 : 1)))
      hash.update(`${actor} ${state}\n`);
    const verdict = this.verdict();
    return {
      verdict,
      matched: verdict === 'reproduced',
      records: this.records,
      unproven: this.unproven,
      unknownMachines: [...this.unknown],
      mismatches: this.mismatches,
      actors,
      stateHash: hash.digest('hex'),
    };
  }
}
