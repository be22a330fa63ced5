import { durationText } from '../../events/duration-text.ts';
import { type ProcessFigures, quantileBound } from '../../events/metrics/process-figures.ts';
import type { Histogram } from '../../events/views/metrics-view.ts';
import { bytesText, thousands } from '../format/format.ts';

/** One figure of the process: what it is, and what it is now. */
interface ProcessFigure {
  readonly label: string;
  readonly value: string;
  /** What it means, and what it does not. */
  readonly hint: string;
}

/** `≤ 5 ms` for the quantile's bucket, `over 1 min 0 s` for the last, `none yet` without an entry. */
function p99(histogram: Histogram): string {
  const bound = quantileBound(histogram, 0.99);
  if (bound === null) return 'none yet';
  return Number.isFinite(bound) ? `≤ ${durationText(bound)}` : 'over 1 min';
}

/** The figures of the process, in the order in which they are read. */
export function processWords({ memory, loopDelayMs, tape }: ProcessFigures): readonly ProcessFigure[] {
  return [
    { label: 'Memory', value: bytesText(memory.rss), hint: 'Resident memory of the whole process' },
    { label: 'Heap', value: bytesText(memory.heapUsed), hint: 'Used memory of the main thread’s heap' },
    {
      label: 'Event loop delay, p99',
      value: p99(loopDelayMs),
      hint: 'How late the event loop runs a timer, since the program started',
    },
    { label: 'Tape', value: bytesText(tape.bytes), hint: 'Size of the tape on disk' },
    {
      label: 'Not yet on disk',
      value: `${thousands(tape.pending)} ${tape.pending === 1 ? 'record' : 'records'}`,
      hint: 'Records that wait for the disk now',
    },
    {
      label: 'Disk sync, p99',
      value: p99(tape.syncMs),
      hint: 'Time of a write until the disk had it, since the program started',
    },
  ];
}
