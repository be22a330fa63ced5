import { Secret } from '../../events/secret.ts';
import { hopSecret, type SshTunnel, type Tunnel } from '../../events/tunnel.ts';
import type { NotTaken } from './not-taken.ts';

/** An SSH server that another program goes through, as the source writes it. */
export interface HopFound {
  readonly host: string;
  readonly port?: string | undefined;
  readonly user?: string | undefined;
  readonly by: 'agent' | 'key' | 'password';
  readonly keyFile?: string | undefined;
  readonly password?: string | undefined;
  readonly passphrase?: string | undefined;
}

/** The tunnel that a source's SSH servers come to. Unknown host keys are asked about, whatever the source did with them. */
export function tunnelOf(hops: readonly HopFound[] | undefined): object | undefined {
  if (hops === undefined || hops.length === 0) return undefined;
  return {
    by: 'ssh',
    hops: hops.map(({ host, port, user, by, keyFile }) => ({
      host,
      ...(port ? { port } : {}),
      ...(user ? { user } : {}),
      auth: by === 'key' ? { by, keyFile } : { by },
    })),
    hostKeys: 'ask' satisfies SshTunnel['hostKeys'],
  };
}

/** The secrets of the hops, by the names that a profile has for them. */
export function hopSecretsOf(hops: readonly HopFound[] = []): Record<string, Secret> {
  const secrets: Record<string, Secret> = {};
  for (const [at, { by, password, passphrase }] of hops.entries()) {
    if (by === 'password' && password) secrets[hopSecret(at, 'password')] = new Secret(password);
    if (by === 'key' && passphrase) secrets[hopSecret(at, 'passphrase')] = new Secret(passphrase);
  }
  return secrets;
}

/** What has to be known of a tunnel that comes from elsewhere before it is saved. */
export function tunnelNotes(tunnel: Tunnel | undefined): NotTaken[] {
  if (tunnel === undefined) return [];
  if (tunnel.by === 'command')
    return [
      {
        what: 'tunnel command',
        code: 'import.command',
        why: `It is reached by running ${tunnel.argv[0]} on this machine. It is not run before you have read and allowed it.`,
      },
    ];
  const hosts = tunnel.hops.map(({ host }) => host).join(', then ');
  return [
    {
      what: 'SSH tunnel',
      code: 'import.ssh',
      why: `It goes through ${hosts}. Look at the tunnel before the first use.`,
    },
  ];
}

/** A tunnel from elsewhere, disarmed: its command is not allowed yet, and its host keys are asked about. */
export function disarmed(tunnel: Tunnel): Tunnel {
  if (tunnel.by === 'ssh')
    return { ...tunnel, hostKeys: tunnel.hostKeys === 'off' ? 'ask' : tunnel.hostKeys };
  const { allowed: _, ...command } = tunnel;
  return command;
}
