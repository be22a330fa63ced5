import type { FailureText } from '../events/failure.ts';
import { DriverError } from './driver.ts';

/** The longest code that the vocabulary takes. */
const CODE_LENGTH_MAX = 48;

/** A failure of ours or of the connection to the server, with the engine's advice for its code. */
export type FailureTextOf = (code: string, message: string, source?: 'connection' | 'client') => FailureText;

/** Codes of Node and OpenSSL for an encryption that was not agreed on. */
export const OF_TLS = /^(?:EPROTO$|ERR_(?:SSL|TLS|OSSL)_)/;

/** Makes such failures. OpenSSL's codes may hold characters that the vocabulary does not take (`ERR_SSL_SSL/TLS_ALERT_…`). */
export function failureTexts(adviceFor: (code: string) => string | undefined): FailureTextOf {
  return (said, words, source = 'connection') => {
    const { code, message } = alertOf(words) ?? { code: said, message: words };
    return {
      code: code.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, CODE_LENGTH_MAX) || 'unknown',
      source,
      message,
      ...withAdvice(adviceFor(code) ?? (OF_TLS.test(code) ? adviceFor('tls.failed') : undefined)),
    };
  };
}

/** Why a server ends TLS, by the number of its alert (RFC 8446, section 6). */
const TLS_ALERTS: Readonly<Record<string, string>> = {
  40: 'tls.handshake',
  42: 'tls.clientCertificate',
  43: 'tls.clientCertificate',
  44: 'tls.clientCertificate',
  45: 'tls.clientCertificate',
  46: 'tls.clientCertificate',
  48: 'tls.clientCertificate',
  70: 'tls.version',
  80: 'tls.internalError',
  112: 'tls.serverName',
  116: 'tls.clientCertificate',
};

/** An alert as OpenSSL reports it, without its own places: `…:tlsv1 alert unknown ca:…:1601:SSL alert number 48`. */
function alertOf(message: string): { readonly code: string; readonly message: string } | undefined {
  const [, name = '', number = ''] =
    /:(?:\S+ (?:alert )?)([^:]+):[^:]*:\d+:SSL alert number (\d+)/.exec(message) ?? [];
  const code = TLS_ALERTS[number];
  return code ? { code, message: `The server ended TLS with the alert “${name}”.` } : undefined;
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
