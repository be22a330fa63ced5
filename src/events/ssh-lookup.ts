/** A name of the user's SSH configuration, with what stands beside it there, as it is written. */
interface SshHostName {
  readonly name: string;
  readonly hostName: string | null;
  readonly user: string | null;
  readonly port: string | null;
}

/** A command that an SSH configuration runs to decide whether a part of it counts (`Match exec`), and where it is. */
export interface SshConfigCommand {
  readonly command: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What `GET /api/ssh/hosts` answers: the names without wildcards, in the order of the files. */
export interface SshHostNames {
  readonly hosts: readonly SshHostName[];
  /** What resolving any name runs, and so every ssh that reads the configuration. */
  readonly commands: readonly SshConfigCommand[];
  /** There are more than are read. */
  readonly cut: boolean;
}

/** A command of the configuration that ssh runs to reach a host (ssh_config(5)), with its % tokens as they are written. */
export interface SshHopCommand {
  readonly option: 'ProxyCommand' | 'KnownHostsCommand' | 'LocalCommand';
  readonly command: string;
}

/** A hop as OpenSSH resolves it from the user's configuration (`ssh -G`, ssh_config(5)). */
export interface ResolvedSshHop {
  readonly host: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly identityAgent: string | null;
  /** A command that reaches it, where it is not dialled. */
  readonly proxyCommand: string | null;
  /** What the configuration says to run for it; LocalCommand only where it is permitted. */
  readonly commands: readonly SshHopCommand[];
}

/** What `GET /api/ssh/hosts/NAME` answers: the hops in the order in which they are dialled. */
export interface ResolvedSshHost {
  readonly hops: readonly ResolvedSshHop[];
  /** What resolving the name would run. While it was not allowed, nothing was run and there are no hops. */
  readonly commands: readonly SshConfigCommand[];
}

/** A key that an agent has, as `ssh-add -l` names it. */
export interface SshAgentKey {
  readonly keyType: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  readonly comment: string;
}

/** What `GET /api/ssh/agent-keys` answers. */
export interface SshAgentKeys {
  readonly keys: readonly SshAgentKey[];
}
