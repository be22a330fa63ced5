import { errorSentence } from './system-error.ts';

/**
 * That the tape can't be written, why, and what to do, in sentences.
 *
 * @param code the system's code with which the disk refuses it
 * @param effect what follows from it, as a clause: `nothing is sent to a server`
 */
export function unwritableTape(code: string, effect: string): string {
  const what = `The tape can’t be written, so ${effect}.`;
  if (code === 'ENOENT')
    return `${what} Its file was deleted or moved (ENOENT). Put it back and it resumes by itself, or end Querytape and start it again.`;
  return `${what} ${errorSentence({ code, message: code })} It resumes by itself.`;
}
