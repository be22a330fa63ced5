const CA_UNKNOWN =
  'The server’s certificate is signed by no authority that this connection trusts. Name the file of its CA in the TLS settings (CA certificates); where none is named, the authorities of this machine count. The weaker mode “Encrypt” takes any certificate, and then believes whoever answers in the server’s place: choose it only if you know the way to the server.';

const UNFIT =
  'The server’s certificate, or one of those that vouch for it, is not fit for this: made for another use, or too weak. Ask who runs the server for another one.';

/** What a user can do about a certificate, by the code that OpenSSL or Node has for it (OpenSSL manual, "X509_STORE_CTX_get_error"). */
const TLS_ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    'The server’s certificate, or one of those that vouch for it, has expired. Ask who runs the server for a new one.',
  CERT_NOT_YET_VALID:
    'The server’s certificate, or one of those that vouch for it, is not valid yet. Check this machine’s clock.',
  INVALID_CA: UNFIT,
  INVALID_PURPOSE: UNFIT,
  PATH_LENGTH_EXCEEDED: UNFIT,
  UNSPECIFIED: UNFIT,
  DEPTH_ZERO_SELF_SIGNED_CERT: `${CA_UNKNOWN} It signed itself, so its own file will do as the CA’s.`,
  SELF_SIGNED_CERT_IN_CHAIN: CA_UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: CA_UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CA_UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CA_UNKNOWN,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate is for another host name. Check the host, or set the server name in the TLS settings. The weaker mode Verify CA takes a trusted certificate whatever name it carries.',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH:
    'The private key is not that of the client certificate. Check both files in the TLS settings.',
};

const CUT = 'The connection was cut. Check the server and what lies between.';
const FIREWALL =
  'The server did not answer in time. Check host and port, and whether a firewall drops the packets.';

/** What a user can do about a connection that fails, in any engine, by the system's errno, OpenSSL's code or a code of ours. */
export const CONNECTION_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there. Check host and port, and whether the server runs.',
  ECONNRESET: CUT,
  EPIPE: CUT,
  EHOSTUNREACH: 'There is no way to that host. Check your network and VPN.',
  ENETUNREACH: 'There is no way to that network. Check your network and VPN.',
  ENOENT: 'There is no such socket. Check its folder and the port, and whether the server runs.',
  EACCES: 'This user may not open that socket. Check the permissions of its folder.',
  ENOTFOUND: 'The host name is not known. Check its spelling, and your VPN.',
  EAI_AGAIN: 'The host name could not be looked up right now. Check your network.',
  ETIMEDOUT: FIREWALL,
  EMFILE:
    'Querytape has as many files and connections open as the system permits. Close tabs, or raise the limit of open files (ulimit -n).',
  'connect.aborted': FIREWALL,
  'connection.closed':
    'Check whether the server still runs, and what lies between: a proxy may have a time limit of its own. Then open the connection again.',
  'password.missing': 'The server asks for a password. Enter one in the profile.',
  'tls.clientCertificate':
    'The server does not accept the client certificate, or wants one. In the TLS settings, name the files of one that is valid now and signed by an authority that the server trusts, and of its key.',
  'tls.handshake': 'The server and this machine have no TLS version or cipher in common. Check both.',
  'tls.internalError': 'The server’s own log says more. Ask who runs it.',
  'tls.notOffered':
    'The server takes no encrypted connections. Use the TLS mode “None” only on a network you trust.',
  'tls.serverName':
    'The server has no certificate for that name. Check the host, or the server name in the TLS settings.',
  'tls.version': 'The server does not take this TLS version. Check which versions it and this machine allow.',
  ...TLS_ADVICE,
};
