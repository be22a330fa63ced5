import type { Envelope } from '../../src/events/envelope.ts';

/** A record of a forged tape, with the record of the true one that its cause names. */
interface Forged {
  readonly record: Envelope;
  /** The true record that it stands for; none for one that was made up. */
  readonly of?: Envelope;
}

/** Numbers records from 1 and has each cause name the same record as before, as a forger does who knows the format. */
function numbered(forged: readonly Forged[]): Envelope[] {
  const numbers = new Map<number, number>();
  for (const [at, { of }] of forged.entries()) if (of && !numbers.has(of.seq)) numbers.set(of.seq, at + 1);
  const numberOf = (seq: number): number => numbers.get(seq) ?? seq;
  return forged.map(({ record }, at) => {
    const { cause, event } = record;
    return {
      ...record,
      seq: at + 1,
      cause: cause === null ? null : numberOf(cause),
      event: event.type === 'query.recorded' ? { ...event, seq: numberOf(event.seq) } : event,
    };
  });
}

function asForged(tape: readonly Envelope[]): Forged[] {
  return tape.map((record) => ({ record, of: record }));
}

/** One record changed. */
function changed(tape: readonly Envelope[], at: number, change: Partial<Envelope>): readonly Envelope[] {
  return tape.with(at, { ...tape[at]!, ...change } as Envelope);
}

/** Makes of a tape another one with record `at` forged; null where there is nothing to forge there. */
export type Forgery = (tape: readonly Envelope[], at: number) => readonly Envelope[] | null;

/** Where another actor of the same kind is, that lived by then. */
function otherActor(tape: readonly Envelope[], at: number): string | undefined {
  const { actor, kind } = tape[at]!;
  return tape.slice(0, at).find((one) => one.kind === kind && one.actor !== actor)?.actor;
}

/** The event with its first number or word of another value; null where it has none. */
function otherEvent(event: Envelope['event']): Envelope['event'] | null {
  for (const [key, value] of Object.entries(event)) {
    if (key === 'type') continue;
    if (typeof value === 'number') return { ...event, [key]: value + 1 } as Envelope['event'];
    if (typeof value === 'boolean') return { ...event, [key]: !value } as Envelope['event'];
    if (typeof value === 'string') return { ...event, [key]: `${value}0` } as Envelope['event'];
  }
  return null;
}

/** What a forger who knows the format and its checks does to a tape before sealing it again. */
export const FORGERIES = {
  'a record doubled': (tape, at) =>
    numbered(asForged(tape).toSpliced(at, 0, { record: tape[at]!, of: tape[at]! })),
  'a record doubled at the end': (tape, at) => numbered([...asForged(tape), { record: tape[at]! }]),
  'a record dropped': (tape, at) => {
    const { seq, cause } = tape[at]!;
    const without = tape.toSpliced(at, 1);
    const led = without.map((one) => {
      if (one.cause !== seq) return one;
      const { event } = one;
      return { ...one, cause, event: event.type === 'query.recorded' ? { ...event, seq: cause! } : event };
    });
    return numbered(led.map((record, index) => ({ record, of: without[index]! })));
  },
  'neighbours swapped': (tape, at) => {
    const [one, next] = [tape[at], tape[at + 1]];
    if (!one || !next) return null;
    return numbered(asForged(tape).toSpliced(at, 2, { record: next, of: next }, { record: one, of: one }));
  },
  'a record moved on by five': (tape, at) => {
    if (at + 5 >= tape.length) return null;
    return numbered(
      asForged(tape)
        .toSpliced(at, 1)
        .toSpliced(at + 5, 0, { record: tape[at]!, of: tape[at]! }),
    );
  },
  'another cause': (tape, at) => {
    const { cause } = tape[at]!;
    return cause === null || cause < 2 ? null : changed(tape, at, { cause: cause - 1 });
  },
  'no cause': (tape, at) => (tape[at]!.cause === null ? null : changed(tape, at, { cause: null })),
  'a cause where there was none': (tape, at) =>
    at === 0 || tape[at]!.cause !== null || tape[at]!.machine === null
      ? null
      : changed(tape, at, { cause: at }),
  'causes exchanged': (tape, at) => {
    const [one, next] = [tape[at]!, tape[at + 1]];
    if (next === undefined || one.cause === next.cause) return null;
    return changed(changed(tape, at, { cause: next.cause }), at + 1, { cause: one.cause });
  },
  'another receiver of the same kind': (tape, at) => {
    const actor = otherActor(tape, at);
    return actor === undefined ? null : changed(tape, at, { actor });
  },
  'two receivers exchanged from there on': (tape, at) => {
    const { actor } = tape[at]!;
    const other = otherActor(tape, at);
    if (other === undefined) return null;
    const names = new Map([
      [actor, other],
      [other, actor],
    ]);
    return tape.map((one, index) =>
      index < at ? one : { ...one, actor: names.get(one.actor) ?? one.actor },
    );
  },
  'the beginning of an actor cut': (tape, at) => {
    const { actor, event } = tape[at]!;
    if (event.type !== 'xstate.init') return null;
    return numbered(asForged(tape).filter(({ record }, index) => index > at + 8 || record.actor !== actor));
  },
  'all of an actor cut': (tape, at) => {
    const { actor, event } = tape[at]!;
    if (event.type !== 'xstate.init') return null;
    return numbered(asForged(tape).filter(({ record }) => record.actor !== actor));
  },
  'other content': (tape, at) => {
    const { machine, event } = tape[at]!;
    const other = machine === null ? null : otherEvent(event);
    return other && changed(tape, at, { event: other });
  },
  'another input of a creation': (tape, at) => {
    const { event } = tape[at]!;
    if (event.type !== 'xstate.init') return null;
    const input = otherEvent(event.input as never);
    return changed(tape, at, { event: { ...event, input } as never });
  },
  'a record of another time put in': (tape, at) => {
    const record = tape[(at * 7 + 3) % tape.length]!;
    return numbered(asForged(tape).toSpliced(at, 0, { record }));
  },
  'ten records of another place put in again': (tape, at) => {
    const from = (at * 7 + 3) % tape.length;
    const again = tape.slice(from, from + 10).map((record) => ({ record, of: record }));
    return numbered(asForged(tape).toSpliced(at, 0, ...again));
  },
  'an earlier version of a machine': (tape, at) => {
    const { machine } = tape[at]!;
    return machine === null
      ? null
      : changed(tape, at, { machine: machine.replace(/\d+$/, (n) => `${Number(n) - 1}`) });
  },
  'said to be ignored': (tape, at) => {
    const { ignored: _, ...rest } = tape[at]!;
    return tape[at]!.ignored ? tape.with(at, rest as Envelope) : changed(tape, at, { ignored: true });
  },
} as const satisfies Readonly<Record<string, Forgery>>;
