import type { Unsealed } from '../events/envelope.ts';
import { isTapeEvent } from './event-check.ts';
import type { Ports } from './ports.ts';

/** The user waits for these, so they do not wait to share the sync of what comes next. */
const AWAITED: ReadonlySet<string> = new Set(['query.firstRowArrived', 'query.ended', 'query.cancel']);

interface TapeWriterOptions {
  readonly tape: Ports['tape'];
  /** Called with each record before the tape has it. */
  readonly follow: (record: Unsealed) => void;
  /** Called once when more records wait for the disk than are to, while there is room to record what is done about it. */
  readonly onCrowded: () => void;
  /** The tape takes nothing more, not even into memory. The process has to end. */
  readonly onUnrecordable: (error: Error) => void;
}

/** Writes the records of actors to the tape. */
export class TapeWriter {
  /** More records wait for the disk than are to. */
  isCrowded = false;
  /** The seq of the last record; 0 before the first. */
  lastSeq = 0;

  constructor(private readonly options: TapeWriterOptions) {}

  /** What the vocabulary does not know stays off the tape, whatever it says; its name reports the defect. */
  append(record: Unsealed): number {
    const { tape, follow, onUnrecordable } = this.options;
    const { event } = record;
    follow(record);
    // Invariant C4.
    const known = isTapeEvent(event);
    try {
      this.lastSeq = tape.append(
        known ? record : { ...record, event: { type: `xstate.error.unrecordable.${record.event.type}` } },
      );
      if (AWAITED.has(event.type)) void tape.durable(this.lastSeq).catch(() => undefined);
      this.lookAtRoom();
      return this.lastSeq;
    } catch (error) {
      // Nothing may happen unrecorded, and an inspector must not throw: the process has to go.
      onUnrecordable(error as Error);
      return Number.MAX_SAFE_INTEGER;
    }
  }

  /** Resolves once all that was recorded so far is on disk. Rejects where the tape can't be written. */
  durableNow(): Promise<void> {
    return this.options.tape.durable(this.lastSeq);
  }

  private lookAtRoom(): void {
    const { tape, onCrowded } = this.options;
    if (tape.isCrowded === this.isCrowded) return;
    this.isCrowded = tape.isCrowded;
    // An inspector must not send.
    if (this.isCrowded) queueMicrotask(onCrowded);
  }
}
