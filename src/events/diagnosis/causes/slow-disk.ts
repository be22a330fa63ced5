import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { between } from '../mark.ts';
import { pausedMs } from '../query-facts.ts';
import { waitStandstill } from '../standstill.ts';

/** This computer's disk was slow: a statement is sent once its record is on disk, and large results are stored there. */
export const slowDisk: Cause = {
  name: 'slowDisk',
  title: 'This computer’s disk is slow',
  recognised: `A statement waited for at least ${NOTICEABLE_MS / 1000} s until its record was on disk, or reading its rows was paused as long because the disk took them too slowly.`,
  advice:
    'Check what else writes to the disk of the data folder, and whether it is a network drive. Another folder is chosen with --data-dir.',
  query(query, end) {
    const { input, recording, recorded, pauses, ended, cut } = query;
    const { disk } = pauses;
    if (cut === 'diskSlow')
      return yes('Its rows were thrown away because the disk took none for too long.', [disk?.first, ended]);
    const paused = pausedMs(disk, end);
    if (disk && paused >= NOTICEABLE_MS)
      return yes(`Reading was paused for ${durationText(paused)} until the disk had stored the rows.`, [
        disk.first,
        ended,
      ]);
    if (recorded) {
      const took = durationText(recorded.afterMs);
      if (recorded.afterMs < NOTICEABLE_MS) return no(`Its record was on disk within ${took}.`, [recorded]);
      return (
        (recording ? waitStandstill(query, recording, recorded) : null) ??
        yes(`It was not sent for ${took}, until its record was on disk.`, [recording, recorded])
      );
    }
    if (recording === null) return input === null ? cantTell(BEGINS_LATER) : no('It was not to be sent.');
    const ms = between(recording, ended ?? end);
    if (ms < NOTICEABLE_MS)
      return no(`Its record waited for the disk for ${durationText(ms)} only.`, [recording]);
    return yes(`It was not sent: its record has waited for the disk for ${durationText(ms)}.`, [
      recording,
      ended,
    ]);
  },
};
