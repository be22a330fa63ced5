import type { ServerProcess } from '../events/connection.ts';
import { DriverError } from './driver.ts';

/** @throws DriverError `process.unknown` for a process that can't be distinguished from a later one of the same number */
export function mustBeKnown({ processId, startedAt }: ServerProcess): void {
  if (processId > 0 && startedAt !== '') return;
  throw new DriverError({
    code: 'process.unknown',
    source: 'client',
    message:
      'Which server process it was is not known: the server did not say, or a connection pooler answered for it.',
    advice: 'Look at the server’s own list of processes.',
  });
}

/** Another server answers than the one that the process is of, which may still run it. */
export function otherServer(): DriverError {
  return new DriverError({
    code: 'process.otherServer',
    source: 'client',
    message:
      'Another server answers at this address now than the one where it ran, so that one can’t be asked.',
    advice: 'Look at the list of processes of the server where it ran.',
  });
}

/** The server lists the process and does not show whose it is. */
export function hidden(processId: number): DriverError {
  return new DriverError({
    code: 'process.hidden',
    source: 'server',
    message: `The server does not show process ${processId} to this user, so whether it is still the same one is not known.`,
    advice: 'Look at it as the user who ran the statement, or as an administrator.',
  });
}
