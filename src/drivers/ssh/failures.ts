import type { FailureText } from '../../events/failure.ts';
import { DriverError } from '../driver.ts';
import { FAILURES } from './failure-list.ts';

/** Failures of a file, whichever hop it is read for. */
type SshFileCode = 'ssh.knownHostsUnreadable' | 'ssh.knownHostsNotWritten';
export type SshFailureCode = Exclude<(typeof FAILURES)[number]['code'], SshFileCode>;

/** A hop as the user knows it: its number from 0, and the name that the profile has for it. */
export interface HopName {
  readonly hop: number;
  readonly host: string;
}

/** A failure at a hop, in a sentence, with what to do. `detail` is shown to the user and must hold no secret. */
export function sshFailure(code: SshFailureCode, at: HopName, detail?: string): FailureText {
  const { source, message, advice } = FAILURES.find((failure) => failure.code === code)!;
  const hop = `hop ${at.hop + 1} (${at.host})`;
  const text = message.replace('{hop}', () => hop);
  return {
    code,
    source,
    message: text[0]!.toUpperCase() + text.slice(1),
    ...(detail ? { detail } : {}),
    advice,
  };
}

/** The error of such a failure. */
export function sshError(code: SshFailureCode, at: HopName, detail?: string): DriverError {
  return new DriverError(sshFailure(code, at, detail));
}

/** The error of a file of known hosts, by what the system says of it. */
export function knownHostsError(code: SshFileCode, file: string, cause: unknown): DriverError {
  const { source, message, advice } = FAILURES.find((failure) => failure.code === code)!;
  const { code: systemCode, message: words } = cause as NodeJS.ErrnoException;
  const text = message.replace('{file}', () => file).replace('{why}', () => systemCode ?? words);
  return new DriverError({ code, source, message: text, advice }, { cause });
}
