import {
  type CommandTunnel,
  type Hop,
  type HopAuth,
  type HostKeyCheck,
  hopSecret,
  type SshBackend,
  type SshTunnel,
  type Tunnel,
} from '../../events/tunnel.ts';
import { commandLine, splitCommandLine } from '../format/command-line.ts';

/** A hop's fields as they are typed. */
export interface HopForm {
  /** What tells it from the others while hops are moved: 1 for the first that was shown. */
  readonly key: number;
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly by: HopAuth['by'];
  readonly socket: string;
  readonly identity: string;
  readonly keyFile: string;
  readonly certificateFile: string;
  /** What was typed; empty where nothing was. */
  readonly password: string;
  readonly passphrase: string;
  /** A stored secret of it is to be forgotten. */
  readonly forget: boolean;
  /** Its place when it was read, by which its stored secrets are named; null for one that was added here. */
  readonly storedAt: number | null;
}

/** How the server is reached, as it is typed. What belongs to another way stays, until the dialog is closed. */
export interface TunnelForm {
  readonly by: 'direct' | 'ssh' | 'command';
  readonly hops: readonly HopForm[];
  readonly hostKeys: HostKeyCheck;
  /** Empty for automatic. */
  readonly backend: SshBackend | '';
  readonly keepaliveS: string;
  /** A command's arguments, quoted as in a shell. */
  readonly command: string;
  readonly readyText: string;
  /** SHA-256 of the arguments that were allowed; empty while they are not. */
  readonly allowed: string;
}

export const HOST_KEY_WORDS: Readonly<Record<HostKeyCheck, { label: string; means: string }>> = {
  strict: {
    label: 'Strict',
    means: 'Each hop’s key has to be in a known_hosts file already. An unknown key fails.',
  },
  ask: {
    label: 'Ask',
    means: 'An unknown key is shown to you before anything secret is sent, and remembered once you trust it.',
  },
  off: {
    label: 'Off',
    means: 'Any key is taken: an impostor could read and change everything. For development only.',
  },
};

export const AUTH_WORDS: Readonly<Record<HopAuth['by'], { label: string; means: string }>> = {
  config: {
    label: 'As my SSH configuration says',
    means: 'Keys, agent, user, port and jump hosts come from ~/.ssh/config.',
  },
  agent: {
    label: 'Agent',
    means: 'The agent signs. Choose one key where it has many: servers allow few attempts.',
  },
  key: {
    label: 'Key file',
    means: 'Its passphrase is asked for when it is needed, unless it is stored here.',
  },
  password: { label: 'Password', means: 'Asked for when it is needed, unless it is stored here.' },
  keyboardInteractive: {
    label: 'Keyboard-interactive',
    means:
      'The server’s questions are shown to you, such as a one-time code. A stored password answers only the question for it.',
  },
};

/** Commands to begin with: what is in angle brackets has to be replaced. */
export const COMMAND_EXAMPLES: readonly { readonly name: string; readonly command: string }[] = [
  {
    name: 'kubectl port-forward',
    command: 'kubectl port-forward --namespace default service/postgres {localPort}:{port}',
  },
  {
    name: 'AWS Session Manager',
    command: `aws ssm start-session --target i-0123456789abcdef0 --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters '{"host":["{host}"],"portNumber":["{port}"],"localPortNumber":["{localPort}"]}'`,
  },
  { name: 'cloudflared', command: 'cloudflared access tcp --hostname {host} --url 127.0.0.1:{localPort}' },
  {
    name: 'Cloud SQL Auth Proxy',
    command: 'cloud-sql-proxy --address 127.0.0.1 --port {localPort} project:region:instance',
  },
];

/** A new hop's fields. */
export function emptyHop(hops: readonly HopForm[] = []): HopForm {
  return {
    key: Math.max(0, ...hops.map(({ key }) => key)) + 1,
    host: '',
    port: '',
    user: '',
    by: 'config',
    socket: '',
    identity: '',
    keyFile: '',
    certificateFile: '',
    password: '',
    passphrase: '',
    forget: false,
    storedAt: null,
  };
}

/** The form that shows a tunnel, or none. */
export function tunnelFormOf(tunnel?: Tunnel): TunnelForm {
  const ssh = tunnel?.by === 'ssh' ? tunnel : undefined;
  const command = tunnel?.by === 'command' ? tunnel : undefined;
  return {
    by: tunnel?.by ?? 'direct',
    hops: ssh ? ssh.hops.map(hopFormOf) : [emptyHop()],
    hostKeys: ssh?.hostKeys ?? 'ask',
    backend: ssh?.backend ?? '',
    keepaliveS: ssh?.keepaliveS === undefined ? '' : String(ssh.keepaliveS),
    command: command ? commandLine(command.argv) : '',
    readyText: command?.readyText ?? '',
    allowed: command?.allowed ?? '',
  };
}

function hopFormOf({ host, port, user, auth }: Hop, at: number): HopForm {
  return {
    ...emptyHop(),
    key: at + 1,
    host,
    port: port === undefined ? '' : String(port),
    user: user ?? '',
    by: auth.by,
    socket: auth.by === 'agent' ? (auth.socket ?? '') : '',
    identity: auth.by === 'agent' ? (auth.identity ?? '') : '',
    keyFile: auth.by === 'key' ? auth.keyFile : '',
    certificateFile: auth.by === 'key' ? (auth.certificateFile ?? '') : '',
    storedAt: at,
  };
}

/** What the form says, as the server takes it; undefined for a server that is dialled itself. */
export function tunnelOf(form: TunnelForm): Tunnel | undefined {
  if (form.by === 'direct') return undefined;
  if (form.by === 'command') {
    const { argv } = { argv: [], ...splitCommandLine(form.command) };
    const readyText = form.readyText.trim();
    return {
      by: 'command',
      argv: [...argv],
      ...(readyText ? { readyText } : {}),
      ...(form.allowed ? { allowed: form.allowed } : {}),
    } satisfies CommandTunnel;
  }
  const keepaliveS = form.keepaliveS.trim();
  return {
    by: 'ssh',
    hops: form.hops.map(hopOf),
    hostKeys: form.hostKeys,
    ...(form.backend ? { backend: form.backend } : {}),
    ...(keepaliveS ? { keepaliveS: Number(keepaliveS) } : {}),
  } satisfies SshTunnel;
}

function hopOf(hop: HopForm): Hop {
  const [host, port, user] = [hop.host.trim(), hop.port.trim(), hop.user.trim()];
  return { host, ...(port ? { port: Number(port) } : {}), ...(user ? { user } : {}), auth: authOf(hop) };
}

function authOf({ by, socket, identity, keyFile, certificateFile }: HopForm): HopAuth {
  if (by === 'agent')
    return { by, ...(socket.trim() ? { socket: socket.trim() } : {}), ...(identity ? { identity } : {}) };
  if (by !== 'key') return { by };
  const certificate = certificateFile.trim();
  return { by, keyFile: keyFile.trim(), ...(certificate ? { certificateFile: certificate } : {}) };
}

/** The kind of secret that a sign-in may use; null for none. */
export function secretKind(by: HopAuth['by']): 'password' | 'passphrase' | null {
  if (by === 'key') return 'passphrase';
  return by === 'password' || by === 'keyboardInteractive' ? 'password' : null;
}

/** Whether a hop has a stored secret that still belongs to it where it is now. */
export function hasStoredSecret(hop: HopForm, at: number, stored: readonly string[]): boolean {
  const kind = secretKind(hop.by);
  return kind !== null && hop.storedAt === at && stored.includes(hopSecret(at, kind));
}

/**
 * The tunnel's secrets to send: what was typed, null for what is to be forgotten. A secret belongs to its hop by the hop's place, so
 * one whose hop was moved or removed, or signs in in another way, is forgotten and has to be typed again. `stored`: the names of
 * those that are stored.
 */
export function tunnelSecretsOf(form: TunnelForm, stored: readonly string[]): Record<string, string | null> {
  const secrets: Record<string, string | null> = {};
  for (const name of stored) if (name.startsWith('ssh.')) secrets[name] = null;
  if (form.by !== 'ssh') return secrets;
  for (const [at, hop] of form.hops.entries()) {
    const kind = secretKind(hop.by);
    if (kind === null) continue;
    const name = hopSecret(at, kind);
    if (hop[kind] !== '') secrets[name] = hop[kind];
    else if (hasStoredSecret(hop, at, stored) && !hop.forget) delete secrets[name];
  }
  return secrets;
}

/** The form with a hop in another place; the same where there is no such place. */
export function withHopMoved(form: TunnelForm, from: number, to: number): TunnelForm {
  if (to < 0 || to >= form.hops.length) return form;
  const hops = form.hops.toSpliced(from, 1).toSpliced(to, 0, form.hops[from]!);
  return { ...form, hops };
}

/** The form with a hop that differs. */
export function withHop(form: TunnelForm, at: number, changes: Partial<HopForm>): TunnelForm {
  return { ...form, hops: form.hops.with(at, { ...form.hops[at]!, ...changes }) };
}

/** The form with another command, which has to be allowed again. */
export function withCommand(form: TunnelForm, command: string): TunnelForm {
  return { ...form, command, allowed: '' };
}
