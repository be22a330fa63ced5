import { ActorSnapshots } from '../actors/actor-snapshots.ts';
import { stepperOf } from '../actors/replay.ts';
import type { ReplayIndex } from '../actors/replay-index.ts';
import type { ActorInstant, ContextChange } from '../events/replay-view.ts';
import { type StateValue, stateName } from '../events/state-name.ts';
import type { RecordReader } from './record-reader.ts';

/** The actors of a tape at any of their instants, as their machines have them. */
export class ActorInstants {
  private readonly snapshots = new ActorSnapshots();

  constructor(
    private readonly index: ReplayIndex,
    private readonly reader: RecordReader,
  ) {}

  /** An actor right after its last record up to `seq`; null where it has none. */
  async at(id: string, seq: number): Promise<ActorInstant | null> {
    const indexes = this.index.recordsOf(id, this.index.indexOf(seq));
    if (indexes.length === 0) return null;
    // The state before the last record is needed too, so what is remembered has to end before it.
    const known = this.snapshots.before(id, indexes.length);
    const begin = Math.max(0, Math.min(known?.records ?? 0, indexes.length - 2));
    const records = await this.reader.read(indexes.slice(begin));
    const record = records.at(-1);
    if (!record || record.machine === null) return null;
    const previous = records.at(-2)?.state ?? null;
    const recorded = { actor: id, machine: record.machine, record, state: record.state ?? '', previous };
    const stepper = stepperOf(record.machine);
    const unknown = { ...recorded, isReproduced: false, context: null, changes: [] };
    if (!stepper || (known === undefined && records[0]!.event.type !== 'xstate.init')) return unknown;
    let snapshot = known?.snapshot;
    let before: unknown = null;
    for (const [offset, { event }] of records.entries()) {
      const taken = begin + offset;
      if (taken < (known?.records ?? 0)) continue;
      before = snapshot?.context ?? null;
      try {
        snapshot =
          snapshot === undefined
            ? stepper.initial((event as { input: unknown }).input).snapshot
            : stepper.step(snapshot, event).snapshot;
      } catch {
        // A machine is never sent what it can't take: the tape was changed, which its proof says.
        return unknown;
      }
      this.snapshots.remember(id, taken + 1, snapshot);
    }
    const context = plain(snapshot!.context);
    return {
      ...recorded,
      state: stateName(snapshot!.value as StateValue),
      isReproduced: true,
      context,
      changes: changesOf(plain(before), context),
    };
  }
}

/** What JSON can say of a context; references to other actors are left out. */
function plain(context: unknown): unknown {
  return JSON.parse(
    JSON.stringify(context ?? null, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && 'sessionId' in value && 'send' in value
        ? undefined
        : value,
    ),
  );
}

/** Where two contexts differ, key by key down to the values. */
function changesOf(before: unknown, after: unknown, path = ''): ContextChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isTree(before) || !isTree(after)) {
    const sides = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
    return [{ path, ...sides }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changesOf(before[key], after[key], path === '' ? key : `${path}.${key}`));
}
