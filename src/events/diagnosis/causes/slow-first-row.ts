import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, type Judgement, no, yes } from '../cause.ts';
import { lockProofOf } from '../lock-proof.ts';
import type { Mark } from '../mark.ts';
import { ranMs } from '../query-facts.ts';
import { silenceOf } from '../silence.ts';
import { standstill, standstillPart } from '../standstill.ts';

/** Nothing came back for long. Whether the server or the way to it took the time is not on the tape. */
export const slowFirstRow: Cause = {
  name: 'slowFirstRow',
  title: 'The first row came late',
  recognised: `At least ${NOTICEABLE_MS / 1000} s passed from sending the statement to its first row, or to its end where it has no rows, on the server and on the way there and back. Where the server reported that it waited for a lock, the tape does not say how much of that time it worked.`,
  advice:
    'Look at its plan with EXPLAIN: a missing index, a sort or an aggregate over many rows delays the first row. It may also wait for a lock: press “Who blocks this?” while it runs. Where “select 1” is as slow, it is the network.',
  query(query, end) {
    const { input, recorded, firstRow, ended } = query;
    if (firstRow) {
      const after = durationText(firstRow.afterMs);
      if (firstRow.afterMs < NOTICEABLE_MS) return no(`The first row came after ${after}.`, [firstRow]);
      const sent = recorded ?? { ...firstRow, at: firstRow.at - firstRow.afterMs };
      const blurred = waited(lockProofOf(query)) ?? standstill(query, firstRow.afterMs, sent, firstRow);
      if (blurred) return blurred;
      const still = standstillPart(query, sent, firstRow);
      return yes(`The first row came ${after} after it was sent.${still}`, [recorded, firstRow]);
    }
    if (recorded === null)
      return input === null ? cantTell(BEGINS_LATER) : no('It was not sent to the server.');
    const ms = ranMs(query, end);
    if (ms === null) return cantTell('It was lost before the server had answered.', [query.lost]);
    if (ms < NOTICEABLE_MS) return no(`It has taken ${durationText(ms)} on the server.`, [recorded]);
    const silent = silenceOf(query);
    if (silent)
      return cantTell('Nothing answered any more, so whether the server worked on it is not known.', [
        recorded,
        silent,
      ]);
    const blurred = waited(lockProofOf(query)) ?? standstill(query, ms, recorded, ended ?? end);
    if (blurred) return blurred;
    const took = ended
      ? `It took ${durationText(ms)}, and no row came.`
      : `It was sent ${durationText(ms)} ago, and no row has come yet.`;
    return yes(`${took}${standstillPart(query, recorded, ended ?? end)}`, [recorded, ended]);
  },
};

/** Its plan is no help where it waited; what it took without that is not on the tape. */
function waited(proof: Mark | null): Judgement | null {
  return (
    proof && cantTell('It waited for a lock. How long the server worked on it besides is not known.', [proof])
  );
}
