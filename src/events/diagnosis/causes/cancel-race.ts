import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';

/** The statement ended by itself before the cancel reached it. */
export const cancelRace: Cause = {
  name: 'cancelRace',
  title: 'The cancel came too late',
  recognised:
    'It was asked to stop while it ran, and the server reports that it completed or failed by itself.',
  advice:
    'What it did stays: check the result, or roll back if its transaction is open. Nothing is run again by itself.',
  query({ input, cancel, recorded, afterCancel, failed, ended, lost }) {
    if (cancel === null) return input === null ? cantTell(BEGINS_LATER) : no('It was not asked to stop.');
    if (recorded === null || recorded.seq > cancel.seq) return no('It had not been sent yet.', [cancel]);
    if (cancel.reason === 'rowLimit' || cancel.reason === 'resultLimit')
      return no('It was stopped because enough of its rows were here.', [cancel]);
    if (ended === null) return cantTell('It has not ended yet.', [cancel]);
    if (lost)
      return cantTell('Its connection was lost before the server reported how it ended.', [cancel, lost]);
    if (failed) {
      if (failed.stopped) return no('The server reports that it stopped.', [cancel, failed]);
      return yes('It failed by itself before the cancel reached it.', [cancel, failed]);
    }
    if (afterCancel === 'won') return yes('It completed before the cancel reached it.', [cancel, ended]);
    if (afterCancel === 'unknown')
      return cantTell('It completed, and the server does not report whether the cancel cut it short.', [
        cancel,
        ended,
      ]);
    return no('The server ended it early because of the cancel.', [cancel, ended]);
  },
};
