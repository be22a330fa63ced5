import { durationText } from '../../duration-text.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { between } from '../mark.ts';

/** The server did not stop it on request. */
export const cancelEscalation: Cause = {
  name: 'cancelEscalation',
  title: 'The server ignored the cancel',
  recognised: 'The cancel was escalated: its connection was terminated on the server, or given up here.',
  advice:
    'Check on the server whether the statement still runs. What its connection held (transaction, temporary tables, SETs) is lost.',
  query({ input, cancel, escalated, ended }) {
    if (escalated) {
      const after = cancel ? ` after ${durationText(between(cancel, escalated))}` : '';
      return yes(
        escalated.step === 'terminate'
          ? `The server did not stop it on request, so its connection was terminated there${after}.`
          : `The server did not stop it in any way, so its connection was given up${after}. It may still run there.`,
        [cancel, escalated, ended],
      );
    }
    if (cancel && ended === null) return cantTell('The server has not answered the cancel yet.', [cancel]);
    if (cancel === null && input === null) return cantTell(BEGINS_LATER);
    return no(cancel ? 'It ended without an escalation.' : 'It was not asked to stop.', [cancel, ended]);
  },
};
