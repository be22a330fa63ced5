import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { between } from '../mark.ts';
import { ranMs } from '../query-facts.ts';
import { isNoAnswer, silenceOf } from '../silence.ts';

/** Nothing came from the server any more, although its connection was open. */
export const noAnswer: Cause = {
  name: 'noAnswer',
  title: 'The network or the server went silent',
  recognised:
    'The connection was lost because nothing answered any more; or nothing answered when the server was asked who blocks the statement, or was to stop it. A statement that has no row yet may run, or its answer may never come: the tape does not say until something else is asked of the server.',
  advice:
    'Check the network on the way: the VPN, Wi-Fi, a firewall that drops what it has forgotten. Check whether the server’s host runs and is not overloaded. A statement that was under way may have completed.',
  query(query, end) {
    const { input, recorded, firstRow, ended, cancel, blockersNotFound, lost } = query;
    const silent = silenceOf(query);
    if (silent && silent === lost) return yes('Nothing came from its server any more.', [recorded, lost]);
    if (silent && silent === blockersNotFound)
      return yes(
        `The server was asked who blocks it, and nothing answered within ${durationText(blockersNotFound.afterMs)}.`,
        [recorded, silent],
      );
    if (silent)
      return yes(
        `It was to be stopped, and nothing answered${cancel ? ` for ${durationText(between(cancel, silent))}` : ''}.`,
        [recorded, cancel, silent, ended],
      );
    if (recorded === null)
      return input === null ? cantTell(BEGINS_LATER) : no('It was not sent to the server.');
    const ms = ranMs(query, end);
    if (ended === null && firstRow === null && ms !== null && ms >= NOTICEABLE_MS)
      return cantTell(
        `Nothing has come for ${durationText(ms)}: the server works on it, or its answer can’t come.`,
        [recorded],
      );
    return no('Nothing shows that an answer did not come.', [ended]);
  },
  connection({ lost, notOpened, input }) {
    if (notOpened) return no('It was not open.', [notOpened]);
    if (lost === null) return input === null ? cantTell(OPENED_BEFORE) : no('It was not lost.');
    return isNoAnswer(lost.failure)
      ? yes(`It was lost because nothing came from its server any more (${lost.failure.code}).`, [lost])
      : no('It was lost for another reason.', [lost]);
  },
};
