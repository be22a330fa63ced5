import { type Cause, cantTell, no, yes } from '../cause.ts';

/** The program was killed, or crashed. */
export const crash: Cause = {
  name: 'crash',
  title: 'Querytape was killed or crashed',
  recognised:
    'The tape has another start of the program, and the one before has no end. Statements without an end had either been sent, and may have completed, or had not.',
  advice:
    'Check on the server what became of each statement that may have completed before you run it again.',
  query({ ended, run, recording, recorded, last }) {
    const { killedBefore } = run;
    if (ended) return no('It has an end on the tape.', [ended]);
    if (run.present) return no('It has no end yet, and the program that has it runs.', [last]);
    if (killedBefore === null)
      return cantTell('It has no end yet: it runs, or the program has ended since.', [last]);
    return yes(
      (recording ?? recorded)
        ? 'The program ended while it ran. It may have completed on the server.'
        : 'The program ended before it was sent. It did not run.',
      [recording, recorded, last, killedBefore],
    );
  },
  run({ stopped, killedBefore, endMissing, inFlight, inFlightCount, present }) {
    if (stopped) return no('The program ended in order.', [stopped]);
    if (present) return no('The program runs.');
    if (endMissing)
      return cantTell('The tape does not have the records before the next start of the program.', [
        endMissing,
      ]);
    if (killedBefore === null)
      return cantTell('The tape ends here: the program still runs, or it has ended since.');
    const mayHaveRun = inFlight.filter((one) => one.mayHaveRun).length;
    return yes(
      inFlightCount === 0
        ? 'The program did not end in order. No statement was under way.'
        : `The program did not end in order, with ${inFlightCount} ${inFlightCount === 1 ? 'statement' : 'statements'} under way; at least ${mayHaveRun} of them may have completed.`,
      [...inFlight.map(({ last }) => last), killedBefore],
    );
  },
};
