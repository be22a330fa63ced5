import { Type } from '@sinclair/typebox';
import { TUNNEL_HOPS_MAX } from './limits.ts';
import { type Of, part } from './schema.ts';

const path = Type.String({ minLength: 1, maxLength: 4096 });

/**
 * How a hop is signed in to. `config`: as the user's own SSH configuration says, which only OpenSSH reads. An agent offers the one key
 * that `identity` names (its fingerprint, `SHA256:…`), or those it has.
 */
export const HopAuth = Type.Union([
  part({ by: Type.Literal('config') }),
  part({
    by: Type.Literal('agent'),
    /** The agent's socket; that of `SSH_AUTH_SOCK` where it is left out. */
    socket: Type.Optional(path),
    identity: Type.Optional(Type.String({ pattern: '^SHA256:[A-Za-z0-9+/]{43}$' })),
  }),
  part({ by: Type.Literal('key'), keyFile: path, certificateFile: Type.Optional(path) }),
  part({ by: Type.Literal('password') }),
  part({ by: Type.Literal('keyboardInteractive') }),
]);
export type HopAuth = Of<typeof HopAuth>;

/** One SSH server on the way. Its secrets are the profile's, by `hopSecret`. */
export const Hop = part({
  /** A host name, an address, or with `config` a name of the user's SSH configuration. */
  host: Type.String({ minLength: 1, maxLength: 255 }),
  /** 22, or what the configuration says, where it is left out. */
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
  /** The user of this machine, or what the configuration says, where it is left out. */
  user: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  auth: HopAuth,
});
export type Hop = Of<typeof Hop>;

/**
 * What happens where a host's key is in no known_hosts file. `strict` fails, `ask` asks the user and remembers, `off` takes any key and
 * is for development alone. A changed or revoked key fails in each of them but `off`.
 */
export const HostKeyCheck = Type.Union([Type.Literal('strict'), Type.Literal('ask'), Type.Literal('off')]);
export type HostKeyCheck = Of<typeof HostKeyCheck> & string;

/** What speaks SSH: the system's own ssh, or the ssh2 package within this process. */
export const SshBackend = Type.Union([Type.Literal('openssh'), Type.Literal('embedded')]);
export type SshBackend = Of<typeof SshBackend> & string;

/**
 * Why a backend was chosen. `configured`: the profile names it. `interactive`: a hop signs in by password or keyboard-interactive.
 * `keyOrAgent`: none does, and the system has an ssh. `noSsh`: it has none. `onlyOpenssh`: a hop needs what only OpenSSH has.
 */
export const BackendReason = Type.Union([
  Type.Literal('configured'),
  Type.Literal('interactive'),
  Type.Literal('keyOrAgent'),
  Type.Literal('noSsh'),
  Type.Literal('onlyOpenssh'),
]);
export type BackendReason = Of<typeof BackendReason> & string;

/** A way to the server through SSH. */
export const SshTunnel = part({
  by: Type.Literal('ssh'),
  /** From the first server that is dialled to the one that opens the way. */
  hops: Type.Array(Hop, { minItems: 1, maxItems: TUNNEL_HOPS_MAX }),
  hostKeys: HostKeyCheck,
  /** Left out, it is chosen by what the hops' sign-in needs. */
  backend: Type.Optional(SshBackend),
  /** Seconds between signs of life; 30 where it is left out. */
  keepaliveS: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
});
export type SshTunnel = Of<typeof SshTunnel>;

/**
 * A way to the server by a command that opens a local port, such as `kubectl port-forward`. Arguments are given to it as they are, no
 * shell reads them; `{host}`, `{port}` and `{localPort}` stand for the target's address and a free port.
 */
export const CommandTunnel = part({
  by: Type.Literal('command'),
  argv: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { minItems: 1, maxItems: 64 }),
  /** It is ready once its output has this text; once its port answers where it is left out. */
  readyText: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  /** SHA-256 of the arguments that the user has read and allowed, of their `commandText`: another command does not run. */
  allowed: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
});
export type CommandTunnel = Of<typeof CommandTunnel>;

/** How a profile's server is reached where it is not dialled itself. */
export const Tunnel = Type.Union([SshTunnel, CommandTunnel]);
export type Tunnel = Of<typeof Tunnel>;

/** What a hop's secret is called among the profile's: the password that it asks for, or the passphrase of its key file. */
export function hopSecret(hop: number, kind: 'password' | 'passphrase'): string {
  return `ssh.${hop}.${kind}`;
}

/** What a command's SHA-256 is taken of, in UTF-8: the JSON text of its arguments, so that no two commands share one. */
export function commandText(argv: readonly string[]): string {
  return JSON.stringify(argv);
}
