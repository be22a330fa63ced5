import type { FailureText } from '../events/failure.ts';
import type { BackendReason, SshBackend, Tunnel } from '../events/tunnel.ts';
import type { Route } from './driver.ts';

/** Where a tunnel leads: an address as the last hop resolves it, or a Unix-domain socket's path there, with port 0. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * What is known of a host's key. `certified`: a certificate of an authority that is trusted for this host. `changed`: only
 * other keys are, of whatever type, as ssh judges it. `unknown`: no key is. `unchecked`: keys are not checked (HostKeyCheck `off`).
 */
export type HostKeyVerdict = 'known' | 'certified' | 'unknown' | 'changed' | 'revoked' | 'unchecked';

/** A host's key, as the user compares it. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … (RFC 4253 §6.6). */
  readonly keyType: string;
  /** `SHA256:` and 43 characters in base64 without padding, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** A line of a known_hosts file that names a host. */
export interface KnownLine extends HostKey {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A question that a tunnel has for the user. Its texts are the server's own: they are shown as text and never interpreted. */
export type TunnelQuestion =
  | {
      readonly type: 'hostKey';
      readonly hop: number;
      /** As known_hosts writes it: `bastion`, `[bastion]:2222`. */
      readonly host: string;
      readonly hostKey: HostKey;
      /** The fingerprint's random art as `ssh-keygen -lv` draws it. */
      readonly art: string;
      /** Keys that are known for this host on another port. */
      readonly others: readonly KnownLine[];
    }
  | { readonly type: 'passphrase'; readonly hop: number; readonly keyFile: string }
  | {
      /** A round of keyboard-interactive (RFC 4256), or a password where none is stored. */
      readonly type: 'prompts';
      readonly hop: number;
      readonly name: string;
      readonly instructions: string;
      readonly prompts: readonly { readonly text: string; readonly echo: boolean }[];
    };

/** `trusted` for a host key; one text for a passphrase, one for each prompt of a round. */
export type TunnelAnswer = { readonly trusted: true } | { readonly texts: readonly string[] };

/** How far the opening of a tunnel is. Names no host. */
export type TunnelStep =
  | {
      readonly type: 'chosen';
      readonly backend: SshBackend | 'command';
      readonly reason: BackendReason;
      /** SHA-256 of a command's arguments, of their `commandText`. */
      readonly commandHash?: string;
    }
  /** A process was started that has to end with the tunnel. `startTime`, as `startTimeOf` gives it, tells it from a later one of that id. */
  | { readonly type: 'spawned'; readonly pid: number; readonly startTime: string }
  /** The hop's SSH server answers. */
  | { readonly type: 'reached'; readonly hop: number }
  | {
      readonly type: 'hostKey';
      readonly hop: number;
      readonly keyType: string;
      readonly verdict: HostKeyVerdict;
    }
  /** The hop's key is taken, and a sign-in begins. */
  | { readonly type: 'authenticating'; readonly hop: number }
  | { readonly type: 'authenticated'; readonly hop: number };

export interface TunnelOptions {
  readonly signal: AbortSignal;
  /** A stored secret, asked for when it is needed and never kept. A hop's password answers a request for a password only. */
  readonly secret: (hop: number, kind: 'password' | 'passphrase') => string | undefined;
  /** Asks the user. Null where the question was dismissed or has expired: the opening then fails with `tunnel.notAnswered`. */
  readonly ask: (question: TunnelQuestion, signal: AbortSignal) => Promise<TunnelAnswer | null>;
  /** Called in order. Resolves once what it says is durable, where the next thing done depends on it (`spawned`, `hostKey`). */
  readonly onStep: (step: TunnelStep) => Promise<void>;
  /** The tunnel went without being asked to. Called at most once, never after `close`. */
  readonly onLost: (failure: FailureText) => void;
  /** Files of known hosts that are read, in order, and the one that trusted keys are added to. */
  readonly knownHosts: { readonly files: readonly string[]; readonly ours: string };
  /** A folder that only this user can read, for sockets and generated files; what a tunnel makes there is gone when it is closed. */
  readonly folder: string;
}

/** A tunnel that forwards. */
export interface OpenTunnel {
  /** Where it begins on this machine: 127.0.0.1 and a port, or the folder of a Unix-domain socket that only this user can open. */
  readonly local: Pick<Route, 'host' | 'port'>;
  /** Asks its last hop for a sign of life. @throws DriverError `tunnel.notResponding` where none comes before the signal, and what it ended by */
  ping(signal: AbortSignal): Promise<void>;
  /**
   * Why the last hop refused to open the way to the target (`tunnel.forwardProhibited`, `tunnel.targetRefused`) at `since` or later, by
   * `performance.now()`; null where it has not. To be asked once a connection through the tunnel has failed that was dialled then: it
   * says only that it was closed.
   */
  refusal(since: number): Promise<FailureText | null>;
  /** Closes it and all of its connections, processes and files; bounded. Never rejects. */
  close(): Promise<void>;
}

/**
 * Opens a tunnel: dials hop by hop, verifies each host's key before anything secret is sent, signs in, and forwards.
 * @throws DriverError with a code `tunnel.*` or `ssh.*` that says which hop failed and what to do
 */
export type OpenTunnelBy<T extends Tunnel> = (
  tunnel: T,
  target: TunnelTarget,
  options: TunnelOptions,
) => Promise<OpenTunnel>;
