import { errorSentence } from './system-error.ts';

/**
 * That the tape can't be written, why, and what to do, in sentences.
 *
 * @param code the system's code with which the disk refuses it
 * @param effect what follows from it, as a clause: `nothing is sent to a server`
 */
export function unwritableTape(code: string, effect: string): string {
  return `The tape can’t be written, so ${effect}. ${errorSentence({ code, message: code })} It resumes by itself.`;
}
