import type { FailureText } from '../events/failure.ts';
import { DriverError } from './driver.ts';

/** The longest code that the vocabulary takes. */
const CODE_LENGTH_MAX = 48;

/** A failure of ours or of the connection to the server, with the engine's advice for its code. */
export type FailureTextOf = (code: string, message: string, source?: 'connection' | 'client') => FailureText;

/** Makes such failures. OpenSSL's codes may hold characters that the vocabulary does not take (`ERR_SSL_SSL/TLS_ALERT_…`). */
export function failureTexts(adviceFor: (code: string) => string | undefined): FailureTextOf {
  return (code, message, source = 'connection') => ({
    code: code.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, CODE_LENGTH_MAX) || 'unknown',
    source,
    message,
    ...withAdvice(adviceFor(code)),
  });
}

/** The part of a failure that says what the user can do. */
export function withAdvice(advice: string | undefined): { advice?: string } {
  return advice ? { advice } : {};
}

/** Makes the error that a driver's promise rejects with. */
export function driverErrors(failureOf: (error: unknown) => FailureText): (error: unknown) => DriverError {
  return (error) =>
    error instanceof DriverError ? error : new DriverError(failureOf(error), { cause: error });
}

/** A host name may have several addresses, each refused with an error of its own: the first of them. */
export function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
