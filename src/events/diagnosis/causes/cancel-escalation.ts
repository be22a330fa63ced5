import { durationText } from '../../duration-text.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { between } from '../mark.ts';

/** The server did not stop it on request. */
export const cancelEscalation: Cause = {
  name: 'cancelEscalation',
  title: 'The cancel was escalated',
  recognised:
    'The requests to stop it did not stop it within 10 s, so its connection was to be terminated on the server, or was given up here. Whether the server took a request, could not be asked, or did not answer is said beside it.',
  advice:
    'Check on the server whether the statement still runs. What its connection held (transaction, temporary tables, SETs) is lost.',
  query({ input, cancel, cancelAcknowledged, cancelRefused, escalated, lost, ended }) {
    if (escalated) {
      // A connection that is given up ends the statement before that step is recorded.
      const givenUp = lost?.failure.code === 'cancel.abandoned' ? lost : null;
      const until = givenUp ?? escalated;
      const after = cancel ? ` after ${durationText(between(cancel, until))}` : '';
      const what =
        givenUp || escalated.step === 'abandon'
          ? `so its connection was given up${after}. It may still run there.`
          : `so its connection was to be terminated there${after}.`;
      const request = cancelAcknowledged
        ? 'The server took the request to stop it and did not stop'
        : cancelRefused
          ? `The request to stop it could not be delivered (${cancelRefused.failure.code})`
          : 'Nothing answered the request to stop it';
      return yes(`${request}, ${what}`, [cancel, cancelAcknowledged ?? cancelRefused, escalated, ended]);
    }
    if (cancelRefused && ended === null)
      return cantTell(`The request to stop it could not be delivered yet (${cancelRefused.failure.code}).`, [
        cancel,
        cancelRefused,
      ]);
    if (cancel && ended === null) return cantTell('The server has not answered the cancel yet.', [cancel]);
    if (cancel === null && input === null) return cantTell(BEGINS_LATER);
    return no(cancel ? 'It ended without an escalation.' : 'It was not asked to stop.', [cancel, ended]);
  },
};
