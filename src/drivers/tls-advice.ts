const CA_UNKNOWN =
  'The server’s certificate is signed by no authority that this machine trusts. Name the file of its CA in the TLS settings (CA certificates). The weaker mode Encrypt takes any certificate, and then believes whoever answers in the server’s place: choose it only if you know the way to the server.';

/** What a user can do about a certificate, by the code that OpenSSL or Node has for it (OpenSSL manual, "X509_STORE_CTX_get_error"). */
export const TLS_ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'The server’s certificate has expired. Ask who runs it for a new one.',
  CERT_NOT_YET_VALID: 'The server’s certificate is not valid yet. Check this machine’s clock.',
  DEPTH_ZERO_SELF_SIGNED_CERT: `${CA_UNKNOWN} It signed itself, so its own file will do as the CA’s.`,
  SELF_SIGNED_CERT_IN_CHAIN: CA_UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: CA_UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CA_UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CA_UNKNOWN,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate is for another host name. Check the host, or set the server name in the TLS settings. The weaker mode Verify CA takes a trusted certificate whatever name it carries.',
};
