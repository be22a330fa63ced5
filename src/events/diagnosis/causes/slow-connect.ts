import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { between } from '../mark.ts';
import { sleepPart, waitStandstill } from '../standstill.ts';

/** Reaching the server and signing in took long. */
export const slowConnect: Cause = {
  name: 'slowConnect',
  title: 'Waited for its connection to open',
  recognised: `A connection took at least ${NOTICEABLE_MS / 1000} s to open, or a statement waited as long for it.`,
  advice: 'Check the network, the VPN and name resolution on the way to the server, and how loaded it is.',
  query(query, end) {
    const { input, submitted, connection, ended } = query;
    if (input === null || submitted === null || connection === null) return cantTell(BEGINS_LATER);
    const { opened, notOpened, created } = connection;
    if (opened && opened.seq < submitted.seq) return no('Its connection was open.', [opened]);
    if (created === null && opened === null) return cantTell(OPENED_BEFORE);
    const until = opened ?? notOpened ?? ended ?? end;
    const ms = between(submitted, until);
    if (ms < NOTICEABLE_MS) return no(`Its connection opened within ${durationText(ms)}.`, [until]);
    const blurred = waitStandstill(query, submitted, until);
    if (blurred) return blurred;
    return yes(
      `It waited for ${durationText(ms)}${opened || notOpened ? ' until its connection was ready' : ' for its connection, which is not open'}.${sleepPart(query, submitted, until)}`,
      [submitted, created, opened ?? notOpened],
    );
  },
  connection({ created, opened, notOpened, lost, closed }, end) {
    if (created === null) return cantTell(OPENED_BEFORE);
    const until = opened ?? notOpened ?? lost ?? closed ?? end;
    const ms = opened?.afterMs ?? between(created, until);
    if (ms < NOTICEABLE_MS) return no(`It opened within ${durationText(ms)}.`, [until]);
    const what = opened ? 'to open' : notOpened ? 'and did not open' : 'and is not open yet';
    return yes(`The connection took ${durationText(ms)} ${what}.`, [created, opened ?? notOpened]);
  },
};
