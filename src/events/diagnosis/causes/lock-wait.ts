import { durationText } from '../../duration-text.ts';
import { blockersSentence } from '../../lock-wait-sentence.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';
import { ranMs } from '../query-facts.ts';
import { silenceOf } from '../silence.ts';
import { standstill } from '../standstill.ts';

/** Another transaction held what the statement needed. */
export const lockWait: Cause = {
  name: 'lockWait',
  title: 'Waited for a lock',
  recognised:
    'The server ended the statement because a lock could not be had, or to end a deadlock; or it was asked who blocks the statement while it ran, and said that it waited for a lock. Otherwise a statement that waited and got its lock looks like any slow one, so the tape does not say of a slow statement whether it waited; a quick one did not.',
  advice:
    'Find the transaction that holds the lock and commit or roll it back. While the statement runs, press “Who blocks this?” beside it.',
  query(query, end) {
    const { failed, input, recorded, blockers } = query;
    const meaning = meaningOf(failed?.failure, input?.engine);
    if (failed && meaning === 'deadlock')
      return yes(
        'The server ended this statement to end a deadlock: it and another transaction each held a lock that the other needed.',
        [recorded, failed],
        'Run the transaction again. To keep it from happening, take locks in the same order everywhere.',
      );
    if (failed && meaning === 'lockWait')
      return yes(
        `The server gave this statement up because another transaction held a lock that it needed${took(query.serverMs)}.`,
        [recorded, failed],
      );
    if (blockers?.wait.waits === 'lock')
      return yes(`The server was asked while it ran: ${blockersSentence(blockers.wait, input?.engine)}`, [
        recorded,
        blockers,
        query.ended,
      ]);
    if (input === null) return cantTell(BEGINS_LATER);
    if (recorded === null) return no('It was not sent to the server.');
    const ms = ranMs(query, end);
    if (ms === null) return cantTell('How long it ran on the server is not known.', [query.lost]);
    if (ms < NOTICEABLE_MS)
      return no(`It took ${durationText(ms)} on the server, too little to have waited for a lock.`);
    const silent = silenceOf(query);
    if (silent)
      return cantTell('Nothing answered any more, so whether it waits for a lock is not known.', [
        recorded,
        silent,
      ]);
    if (blockers)
      return cantTell(
        `It took ${durationText(ms)} on the server. When that was asked, ${blockersSentence(blockers.wait, input?.engine)} Whether it waited at another time is not known.`,
        [recorded, blockers, query.ended],
      );
    return (
      standstill(query, ms, recorded, query.ended ?? end) ??
      cantTell(
        `It took ${durationText(ms)} on the server. The server does not report whether it waited for a lock in that time.`,
        [recorded, query.ended],
      )
    );
  },
};

function took(serverMs: number | null): string {
  return serverMs === null ? '' : `, after ${durationText(serverMs)}`;
}
