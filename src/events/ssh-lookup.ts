/** A name of the user's SSH configuration, with what stands beside it there, as it is written. */
export interface SshHostName {
  readonly name: string;
  readonly hostName: string | null;
  readonly user: string | null;
  readonly port: string | null;
}

/** What `GET /api/ssh/hosts` answers: the names without wildcards, in the order of the files. */
export interface SshHostNames {
  readonly hosts: readonly SshHostName[];
  /** There are more than are read. */
  readonly cut: boolean;
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
}

/** What `GET /api/ssh/hosts/NAME` answers: the hops in the order in which they are dialled. */
export interface ResolvedSshHost {
  readonly hops: readonly ResolvedSshHop[];
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
