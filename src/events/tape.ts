import { Type } from '@sinclair/typebox';
import { Code, Count, Milliseconds, message, type Of } from './schema.ts';
import { StartTime } from './tunnel-facts.ts';

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Times of one span in milliseconds: how many, and how they are spread. */
export const Spread = Type.Object({ count: Count, p50: Milliseconds, p99: Milliseconds, max: Milliseconds });
export type Spread = Of<typeof Spread>;

/** What happened to the tape itself, and to the process that writes it. No machine receives them. */
export const TapeFact = Type.Union([
  /** A process opened the folder for writing. */
  message('tape.opened', { processId: Count, segments: Count }),
  /** The last run ended in the middle of a line or a batch; what was not whole was cut off. */
  message('tape.repaired', { segment: Count, cutBytes: Count, cutLines: Count }),
  /** A line that is not the last one is broken. Nothing was skipped: everything after it is unproven. */
  message('tape.damaged', { segment: Count, line: Count, code: Code }),
  /** Old segments were deleted by the retention rule. `chain` is the SHA-256 the first kept segment goes on from. */
  message('tape.cut', {
    throughSeq: Count,
    segments: Count,
    bytes: Count,
    chain: Sha256,
    by: Type.Union([Type.Literal('age'), Type.Literal('size')]),
  }),
  /** From here on this process records when it stood still for at least so long. */
  message('process.watched', { stallMs: Count }),
  /**
   * The process stood still: its event loop was blocked, it was stopped, or the computer slept. `loopMs` is by the clock that stands
   * still during a sleep on most systems, `clockMs` by the wall clock; `cpuMs` is the processor time that all its threads had then, which
   * older tapes do not have.
   */
  message('process.stalled', { loopMs: Count, clockMs: Count, cpuMs: Type.Optional(Count) }),
  /**
   * What the process takes now, in bytes, and how it ran since it was measured last: how late its event loop ran a timer, how long a
   * record waited for the disk, and how long a write took until the disk had it. Null where nothing was written.
   */
  message('process.measured', {
    rssBytes: Count,
    heapBytes: Count,
    loopMs: Spread,
    lagMs: Type.Union([Spread, Type.Null()]),
    syncMs: Type.Union([Spread, Type.Null()]),
  }),
  /**
   * What became of a process that a tunnel of an earlier run may have left. `ended`: it was ours and was ended. `gone`: there is no
   * such process. `notOurs`: another one has its id. `notEnded`: it did not end.
   */
  message('process.reaped', {
    pid: Count,
    startTime: StartTime,
    outcome: Type.Union([
      Type.Literal('ended'),
      Type.Literal('gone'),
      Type.Literal('notOurs'),
      Type.Literal('notEnded'),
    ]),
  }),
]);
export type TapeFact = Of<typeof TapeFact>;
