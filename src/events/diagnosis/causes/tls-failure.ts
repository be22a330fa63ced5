import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';

/** Codes of ours, of OpenSSL and of Node for an encryption that was not agreed on, or a certificate that is not trusted. */
const OF_TLS =
  /^(?:tls\.|CERT_|CRL_|ERR_(?:TLS|SSL|OSSL)_|EPROTO$|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(?:CA|PURPOSE)$|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$)/;
/** What a connection fails with that ends without a word, as MongoDB ends one that is encrypted as it is not configured. */
const ENDED: ReadonlySet<string> = new Set([
  'connection.closed',
  'connection.failed',
  'ECONNRESET',
  'EPIPE',
  'unknown',
]);
/** Those that are about the certificate and not the encryption. */
const OF_CERTIFICATE = /^(?:CERT_|CRL_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_|HOSTNAME_)/;

/** The connection could not be encrypted as the profile wants it. */
export const tlsFailure: Cause = {
  name: 'tlsFailure',
  title: 'TLS failed',
  recognised:
    'The connection failed with a code of TLS: no encryption offered, or a certificate that is not trusted. MongoDB just closes a connection that is encrypted where it takes none, or is not where it wants it, so the tape does not say why a connection was closed at once.',
  advice:
    'Check the TLS settings of the profile: the mode, the CA’s file, the server name. A weaker mode believes whoever answers in the server’s place.',
  connection({ notOpened, opened, input }) {
    if (notOpened === null) {
      if (opened) return no('It was opened.', [opened]);
      return input === null ? cantTell(OPENED_BEFORE) : no('It did not come to an answer.');
    }
    const { code } = notOpened.failure;
    if (ENDED.has(code))
      return cantTell('It ended before it was open, and no code says at which step.', [notOpened]);
    if (!OF_TLS.test(code)) return no('It failed for another reason.', [notOpened]);
    return yes(
      OF_CERTIFICATE.test(code)
        ? `The server’s certificate is not trusted (${code}).`
        : `No encryption was agreed on with the server (${code}).`,
      [notOpened],
    );
  },
};
