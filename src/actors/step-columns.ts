import type { Envelope } from '../events/envelope.ts';
import { type EventWord, eventWords } from '../events/event-words.ts';
import { REPLAY_STEPS_MAX } from '../events/limits.ts';
import type { Step } from '../events/replay-view.ts';
import { grown } from './number-column.ts';
import { StringTable } from './string-table.ts';

const FIRST_CAPACITY = 4096;

type Kind = Pick<Step, 'machine' | 'from' | 'event' | 'to' | 'words'>;

/** Steps of a span of a tape, each kind once, those that came first first. */
interface StepSummary {
  readonly steps: readonly Step[];
  /** Whether the tape has more kinds than are distinguished. */
  readonly stepsCut: boolean;
}

/** Which kind of step each record of a tape is, two bytes a record. Kinds beyond REPLAY_STEPS_MAX are not distinguished. */
export class StepColumns {
  private readonly names = new StringTable();
  private readonly kinds: Kind[] = [];
  /** The number of the kind, from 1; 0 where a record is no step. */
  private numbers = new Uint16Array(FIRST_CAPACITY);
  private count = 0;
  private isCut = false;

  /** Takes the next record, and the state that its actor was in before. */
  take({ machine, event, state, ignored }: Envelope, before: string | null): void {
    if (this.count === this.numbers.length) this.numbers = grown(this.numbers);
    const index = this.count++;
    if (machine === null || state === null || ignored) return;
    const from = event.type === 'xstate.init' ? null : before;
    this.numbers[index] = this.numberOf(machine, from, event, state);
  }

  /** The steps among the records from one index to another, both included. */
  summary(first: number, last: number, seqOf: (index: number) => number): StepSummary {
    const times = new Uint32Array(this.kinds.length + 1);
    const firsts: number[] = [];
    for (let index = first; index <= last; index++) {
      const number = this.numbers[index]!;
      if (number !== 0 && times[number]!++ === 0) firsts.push(index);
    }
    const steps = firsts.map((index) => {
      const number = this.numbers[index]!;
      return { ...this.kinds[number - 1]!, times: times[number]!, seq: seqOf(index) };
    });
    return { steps, stepsCut: this.isCut };
  }

  /** Versions of a machine are one: two tapes may be of two. */
  private numberOf(version: string, from: string | null, event: Envelope['event'], to: string): number {
    const machine = version.slice(0, version.indexOf('@'));
    const words: readonly EventWord[] = eventWords(event);
    let name = `${machine} ${from} ${event.type} ${to}`;
    for (const [field, word] of words) name += ` ${field} ${word}`;
    const known = this.names.find(name);
    if (known !== undefined) return known + 1;
    if (this.kinds.length === REPLAY_STEPS_MAX) {
      this.isCut = true;
      return 0;
    }
    this.kinds.push({ machine, from, event: event.type, to, words });
    return this.names.of(name) + 1;
  }
}
