import { createHash } from 'node:crypto';
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';
import type { Envelope } from '../events/envelope.ts';
import type { Mismatch, ReplayReport, ReplayVerdict } from '../events/replay-report.ts';
import { type StateValue, stateName } from '../events/state-name.ts';
import { connectionMachine } from './connection.machine.ts';
import { orphanMachine } from './orphan.machine.ts';
import { promptMachine } from './prompt.machine.ts';
import { queryMachine } from './query.machine.ts';
import { scriptMachine } from './script.machine.ts';
import { sessionMachine } from './session.machine.ts';
import { tabMachine } from './tab.machine.ts';
import { tunnelMachine } from './tunnel.machine.ts';
import { workspaceMachine } from './workspace.machine.ts';
import { hasTransition } from './xstate.ts';

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

/** Mismatches that are reported one by one. */
const MISMATCHES_MAX = 100;

interface Living {
  readonly machine: AnyStateMachine;
  readonly name: string;
  snapshot: AnyMachineSnapshot;
  lastSeq: number;
  records: number;
}

/**
 * Folds a tape through the machines by XState's pure `transition` and compares every recorded state. Runs no effect and
 * reaches no server, clock or disk: each actor is replayed from its own inbound events alone.
 * Invariant I16.
 */
export class Replay {
  private readonly living = new Map<string, Living>();
  private readonly unknown = new Set<string>();
  private readonly mismatches: Mismatch[] = [];
  private records = 0;
  private unproven = 0;
  private mismatched = 0;

  /** Takes the next record. They must come in the order of their seq. */
  step(envelope: Envelope): void {
    this.records++;
    if (envelope.machine === null || envelope.state === null) return;
    const machine = MACHINES[envelope.machine];
    if (!machine) {
      this.unknown.add(envelope.machine);
      return;
    }
    const living = this.advance(envelope, machine);
    if (!living) {
      this.unproven++;
      return;
    }
    living.lastSeq = envelope.seq;
    living.records++;
    const replayed = stateName(living.snapshot.value as StateValue);
    if (replayed !== envelope.state) this.mismatch(envelope, replayed);
  }

  private advance(envelope: Envelope, machine: AnyStateMachine): Living | undefined {
    const { actor, event } = envelope;
    if (event.type === 'xstate.init') {
      const [snapshot] = initialTransition(machine, (event as { input: unknown }).input);
      const created = { machine, name: envelope.machine!, snapshot, lastSeq: 0, records: 0 };
      this.living.set(actor, created);
      return created;
    }
    const living = this.living.get(actor);
    if (!living) return undefined;
    const moves = hasTransition(machine, living.snapshot, event);
    if (moves === (envelope.ignored === true)) this.mismatch(envelope, moves ? 'not ignored' : 'ignored');
    const [next] = transition(living.machine, living.snapshot, event as never);
    living.snapshot = next as AnyMachineSnapshot;
    return living;
  }

  private verdict(): ReplayVerdict {
    if (this.mismatched > 0) return 'diverged';
    if (this.unknown.size === 0) return 'reproduced';
    return [...this.unknown].some(isNewer) ? 'newer' : 'notProvable';
  }

  private mismatch(envelope: Envelope, replayed: string): void {
    this.mismatched++;
    if (this.mismatches.length >= MISMATCHES_MAX) return;
    const { seq, actor, event } = envelope;
    this.mismatches.push({
      seq,
      actor,
      machine: envelope.machine!,
      event: event.type,
      recorded: envelope.state!,
      replayed,
    });
  }

  report(): ReplayReport {
    const actors = [...this.living].map(([actor, { name, snapshot, lastSeq, records }]) => ({
      actor,
      machine: name,
      state: stateName(snapshot.value as StateValue),
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
