import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { ranMs } from '../query-facts.ts';
import { standstill, standstillPart } from '../standstill.ts';

/** The rows came slowly. */
export const slowStream: Cause = {
  name: 'slowStream',
  title: 'The rows came slowly',
  recognised: `At least ${NOTICEABLE_MS / 1000} s passed from the first row to the last, without the time in which reading was paused.`,
  advice:
    'Ask for fewer rows or columns (LIMIT, a narrower select list). If the server is far away, the network’s throughput is the limit.',
  query(query, end) {
    const { input, firstRow, recorded, ended } = query;
    if (firstRow === null) {
      if (input === null) return cantTell(BEGINS_LATER);
      return no(recorded ? 'No row came.' : 'It was not sent to the server.', [recorded]);
    }
    const whole = ranMs(query, end);
    if (whole === null) return cantTell('It was lost while its rows came.', [firstRow, query.lost]);
    const ms = Math.max(0, whole - firstRow.afterMs);
    if (ms < NOTICEABLE_MS) return no(`Its rows came within ${durationText(ms)}.`, [firstRow, ended]);
    const blurred = standstill(query, ms, firstRow, ended ?? end);
    if (blurred) return blurred;
    const still = standstillPart(query, firstRow, ended ?? end);
    return yes(
      `Its rows ${ended ? 'took' : 'have come for'} ${durationText(ms)} after the first one${ended ? '' : ' until now'}.${still}`,
      [firstRow, ended],
    );
  },
};
