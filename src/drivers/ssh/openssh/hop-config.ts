import type { Hop, HostKeyCheck } from '../../../events/tunnel.ts';
import { SSH_CONNECT_TIMEOUT_S, SSH_SIGNS_MISSED_MAX } from '../../limits.ts';
import type { HopName } from '../failures.ts';
import { sshError } from '../failures.ts';

/** What one ssh needs to know. Paths are absolute. */
export interface HopConfig {
  readonly at: HopName;
  readonly hop: Hop;
  /** Where it is dialled: a port of 127.0.0.1 that leads there through the hop before, with the name that known_hosts has for it. */
  readonly through: { readonly port: number; readonly knownAs: string } | null;
  readonly hostKeys: HostKeyCheck;
  readonly knownHosts: readonly string[];
  /** Writes the key that a host shows into a file, so that the user can be asked; null where none will be. */
  readonly showKey: string | null;
  /** Files of the agent's public key that was chosen. */
  readonly identityFile: string | null;
  readonly keepaliveS: number;
  /** From a port of 127.0.0.1 or a socket's path to an address or a socket's path. */
  readonly forwards: readonly (readonly [from: string, to: string])[];
  /** Files of the user's own configuration, read where the hop signs in as it says. */
  readonly userFiles: readonly string[];
}

/** What the configuration calls a hop whose name means nothing in the user's own. */
export function configName({ hop, at }: Pick<HopConfig, 'hop' | 'at'>): string {
  return hop.auth.by === 'config' ? hop.host : `querytape-hop-${at.hop + 1}`;
}

/**
 * The whole configuration of one ssh (ssh_config(5)). The first value of a word counts, so what stands here can't be changed by the
 * user's own files, which come last.
 * @throws DriverError `ssh.configInvalid` for a path that can't be written in it
 */
export function hopConfig(config: HopConfig): string {
  const { hop, through, at } = config;
  const file = (path: string): string => quotedPath(path, at);
  const lines = [
    ...(through
      ? [
          'HostName 127.0.0.1',
          `Port ${through.port}`,
          `HostKeyAlias ${through.knownAs.replaceAll('%', '%%')}`,
          'ProxyJump none',
        ]
      : hop.auth.by === 'config'
        ? port(hop)
        : [`HostName ${hop.host.replaceAll('%', '%%')}`, ...port(hop), 'ProxyJump none']),
    ...(hop.user === undefined ? [] : [`User ${hop.user}`]),
    ...signIn(config, file),
    ...hostKeyLines(config, file),
    ...config.forwards.map(([from, to]) => `LocalForward ${forwardEnd(from, file)} ${forwardEnd(to, file)}`),
    ...FIXED,
    `ConnectTimeout ${SSH_CONNECT_TIMEOUT_S}`,
    `ServerAliveInterval ${config.keepaliveS}`,
    `ServerAliveCountMax ${SSH_SIGNS_MISSED_MAX}`,
  ];
  const included = hop.auth.by === 'config' ? config.userFiles.map((path) => `Include ${file(path)}`) : [];
  return [
    'IgnoreUnknown KnownHostsCommand,SessionType,StdinNull,ForkAfterAuthentication,EnableEscapeCommandline',
    `Host ${configName(config)}`,
    ...lines.map((line) => `  ${line}`),
    'Match all',
    // For the jump hosts of the user's own configuration too: their ssh reads this file.
    ...(included.length > 0 ? ['PermitLocalCommand no'] : []),
    ...included,
    '',
  ].join('\n');
}

/** Nothing but the forwards: no command, no terminal, no other channel, no other process, and each question once. */
const FIXED = [
  'LogLevel DEBUG1',
  'FingerprintHash sha256',
  // What the user asks for may be without 127.0.0.1, where it is to listen.
  'AddressFamily any',
  'BatchMode no',
  'NumberOfPasswordPrompts 1',
  'SessionType none',
  'RemoteCommand none',
  'RequestTTY no',
  'PermitLocalCommand no',
  'ControlMaster no',
  'ControlPath none',
  'ControlPersist no',
  'ForkAfterAuthentication no',
  'ForwardAgent no',
  'ForwardX11 no',
  'Tunnel no',
  'GatewayPorts no',
  'ExitOnForwardFailure no',
  'StreamLocalBindMask 0177',
  'UpdateHostKeys no',
  'VerifyHostKeyDNS no',
  'CheckHostIP no',
  'HashKnownHosts yes',
  'AddKeysToAgent no',
  'EnableEscapeCommandline no',
  'EscapeChar none',
];

function port({ port }: Hop): string[] {
  return port === undefined ? [] : [`Port ${port}`];
}

function signIn({ hop, identityFile }: HopConfig, file: (path: string) => string): string[] {
  const { auth } = hop;
  const one = (methods: string): string[] => [`PreferredAuthentications ${methods}`];
  const noKeys = ['PubkeyAuthentication no', 'IdentityAgent none'];
  // A second factor may follow a key: it is asked for only once the server has taken the key.
  const byKey = [...one('publickey,keyboard-interactive'), 'PasswordAuthentication no'];
  switch (auth.by) {
    case 'config':
      return [];
    case 'password':
      return [...one('password'), ...noKeys, 'KbdInteractiveAuthentication no'];
    case 'keyboardInteractive':
      return [...one('keyboard-interactive'), ...noKeys, 'PasswordAuthentication no'];
    case 'key':
      return [
        ...byKey,
        `IdentityFile ${file(auth.keyFile)}`,
        ...(auth.certificateFile ? [`CertificateFile ${file(auth.certificateFile)}`] : []),
        'IdentitiesOnly yes',
        'IdentityAgent none',
      ];
    case 'agent':
      return [
        ...byKey,
        ...(auth.socket ? [`IdentityAgent ${file(auth.socket)}`] : []),
        ...(identityFile
          ? [`IdentityFile ${file(identityFile)}`, 'IdentitiesOnly yes']
          : ['IdentityFile none', 'IdentitiesOnly no']),
      ];
  }
}

function hostKeyLines(
  { hostKeys, knownHosts, showKey }: HopConfig,
  file: (path: string) => string,
): string[] {
  if (hostKeys === 'off')
    return ['StrictHostKeyChecking no', 'UserKnownHostsFile /dev/null', 'GlobalKnownHostsFile /dev/null'];
  return [
    'StrictHostKeyChecking yes',
    `UserKnownHostsFile ${knownHosts.map(file).join(' ')}`,
    'GlobalKnownHostsFile /dev/null',
    ...(showKey ? [`KnownHostsCommand /bin/sh ${file(showKey)} %I %t %K`] : []),
  ];
}

/**
 * A path in quotes, with what ssh would expand escaped. `$` and quotes have no escape in every version, and a backslash is one before
 * another backslash or the closing quote.
 */
function quotedPath(path: string, at: HopName): string {
  if (/[\p{Cc}"$]|\\(?:\\|$)/u.test(path))
    throw sshError(
      'ssh.configInvalid',
      at,
      'A path holds a quote, $, a control character, or backslashes that are not followed by a name.',
    );
  return `"${path.replaceAll('%', '%%')}"`;
}

function forwardEnd(end: string, file: (path: string) => string): string {
  return end.startsWith('/') ? file(end) : end;
}
