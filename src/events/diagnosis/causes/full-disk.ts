import { type Cause, cantTell, type Judgement, no, yes } from '../cause.ts';
import type { Mark } from '../mark.ts';
import { meaningOf } from '../meaning.ts';

/** What a system's code says of the room that is left (errno(3)). */
const FULL: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the user’s disk quota is used up',
  EFBIG: 'a file may not grow any more (ulimit -f, or the file system)',
};

/** No space is left, here or on the server. */
export const fullDisk: Cause = {
  name: 'fullDisk',
  title: 'A disk is full',
  recognised:
    'The tape or a result could not be written for lack of space, or the server reports that its own disk is full. MySQL and MariaDB have codes that they give for a full disk and for other reasons alike, as for a table that is full. Another reason why the tape could not be written does not say whether the disk was full.',
  advice:
    'Free space on the disk of the data folder, or choose another one with --data-dir. Nothing is sent to a server while the tape can’t be written.',
  query({ cut, failed, ended, input, notRecorded, run, last }) {
    if (cut === 'diskFull') return yes('Its rows did not fit on this computer’s disk.', [ended]);
    const meaning = failed && meaningOf(failed.failure, input?.engine);
    if (meaning === 'serverDiskFull')
      return yes('The server’s disk is full.', [failed], 'Free space on the server.');
    if (meaning === 'serverNotWritten')
      return cantTell(
        `The server could not store something (${failed!.failure.code}): its disk is full, or a limit of its own or another fault.`,
        [failed],
      );
    if (notRecorded) return ofTape(notRecorded);
    const failing = run.present?.tapeFailure;
    if (failing && ended === null) return ofTapeNow(failing, last);
    if (cut === 'diskFailed') return cantTell('Its rows could not be written, for another reason.', [ended]);
    return no('No disk was full for it.');
  },
  run: ({ tapeFailed }) => (tapeFailed ? ofTape(tapeFailed) : no('The tape could always be written.')),
};

function ofTape(failed: Mark & { readonly code: string }): Judgement {
  return Object.hasOwn(FULL, failed.code)
    ? yes(`The tape could not be written: ${FULL[failed.code]}. Nothing was sent to a server then.`, [failed])
    : cantTell(`The tape could not be written (${failed.code}). That does not say that the disk was full.`, [
        failed,
      ]);
}

/** What the tape itself can't say: nothing is written while the disk is full. */
function ofTapeNow(code: string, last: Mark): Judgement {
  const unknown = 'What has happened to this statement since its last record is not known here.';
  return Object.hasOwn(FULL, code)
    ? yes(`The tape can’t be written because ${FULL[code]}, so nothing is sent to a server. ${unknown}`, [
        last,
      ])
    : cantTell(
        `The tape can’t be written (${code}), which does not say that the disk is full. Nothing is sent to a server. ${unknown}`,
        [last],
      );
}
