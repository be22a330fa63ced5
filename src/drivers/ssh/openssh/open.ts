import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { FailureText } from '../../../events/failure.ts';
import type { Hop, SshTunnel } from '../../../events/tunnel.ts';
import { isSshName } from '../../../events/tunnel-check.ts';
import { readBounded } from '../../bounded-file.ts';
import { KEY_FILE_BYTES_MAX, SOCKET_PATH_BYTES_MAX, SSH_KEEPALIVE_S } from '../../limits.ts';
import type { OpenTunnel, OpenTunnelBy, TunnelOptions, TunnelTarget } from '../../tunnel.ts';
import { agentSocket } from '../agent-socket.ts';
import { type HopName, type SshFailureCode, sshError, sshFailure } from '../failures.ts';
import { knownHostName, readKnownHost } from '../known-hosts.ts';
import { readOwnKey } from '../private-key.ts';
import { writeAgentKey } from './agent-keys.ts';
import { userConfigFiles } from './config-lines.ts';
import type { HopConfig } from './hop-config.ts';
import { HopError, type OpenHop, openHop } from './hop-process.ts';
import { askForHostKey, clashingKey, type KnownAs, shownKey } from './host-key-question.ts';
import { ownFolder } from './own-folder.ts';
import { resolveSshConfig } from './resolved-config.ts';
import type { OpenFailure } from './ssh-log.ts';
import { sshProgram } from './ssh-process.ts';

/**
 * Opens a tunnel by the system's ssh, one for each hop: it listens on a port of 127.0.0.1 that leads to the next hop's server, which
 * the next ssh dials by the name that known_hosts has for it. Each has a configuration of its own, and each prompt, host key and
 * failure is certainly its hop's.
 *
 *   127.0.0.1:p0 ──ssh──→ hop 1 ─→ hop 2's SSH server       127.0.0.1:p1 ──ssh through p0──→ hop 2 ─→ target
 */
export const openByOpenssh: OpenTunnelBy<SshTunnel> = async (tunnel, target, options) => {
  const ssh = await sshProgram('ssh');
  if (!ssh) throw sshError('ssh.notInstalled', nameOf(tunnel, 0));
  const folder = await ownFolder(options.folder);
  const way = new SshWay(tunnel, target, { ...options, folder: folder.path }, ssh, folder.remove);
  try {
    return await way.open();
  } catch (error) {
    await way.close();
    throw error;
  }
};

function nameOf({ hops }: SshTunnel, hop: number): HopName {
  return { hop, host: hops[hop]!.host };
}

/** Where a hop's SSH server is, and what known_hosts calls it. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly known: KnownAs;
  /** Files of known hosts of the user's configuration. */
  readonly files: readonly string[];
  /** The user's configuration has a ProxyCommand or a jump host for it. */
  readonly isProxied: boolean;
}

class SshWay {
  private readonly opened: OpenHop[] = [];
  private isClosed = false;
  private isLost = false;
  private readonly tunnel: SshTunnel;
  private readonly target: TunnelTarget;
  private readonly options: TunnelOptions;
  private readonly ssh: string;
  private readonly removeFolder: () => Promise<void>;

  constructor(
    tunnel: SshTunnel,
    target: TunnelTarget,
    options: TunnelOptions,
    ssh: string,
    removeFolder: () => Promise<void>,
  ) {
    this.tunnel = tunnel;
    this.target = target;
    this.options = options;
    this.ssh = ssh;
    this.removeFolder = removeFolder;
  }

  async open(): Promise<OpenTunnel> {
    const { hops } = this.tunnel;
    const places: Place[] = [];
    this.checkNames();
    for (const [index, hop] of hops.entries()) places.push(await this.placeOf(index, hop));
    let through: number | null = null;
    for (const [index] of hops.entries()) {
      const next = places[index + 1];
      const port = await freePort();
      const to = next ? address(next) : address(this.target);
      await this.openHop(index, places[index]!, through, port, to);
      through = port;
    }
    return {
      local: { host: '127.0.0.1', port: through! },
      ping: (signal) => this.opened.at(-1)!.ping(signal),
      refusal: async (since) => {
        // ssh writes why before it closes the connection; it may not have been read yet.
        for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
        const refused = this.opened.at(-1)?.refused;
        if (!refused || refused.at < since) return null;
        return sshFailure(targetFailure(refused.reason), nameOf(this.tunnel, hops.length - 1));
      },
      close: () => this.close(),
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    // From the last one on, so that none sees its way break.
    for (const hop of this.opened.toReversed()) await hop.stop();
    await this.removeFolder();
  }

  /** Wherever the profile comes from: what goes into ssh's configuration can't be taken for more than a name. */
  private checkNames(): void {
    const { hops } = this.tunnel;
    for (const [index, { host, user }] of hops.entries())
      if (!isSshName(host) || (user !== undefined && !isSshName(user)))
        throw sshError('tunnel.name', nameOf(this.tunnel, index));
    const { host } = this.target;
    if (!host.startsWith('/') && !isSshName(host))
      throw sshError('tunnel.name', nameOf(this.tunnel, hops.length - 1));
  }

  private async placeOf(index: number, hop: Hop): Promise<Place> {
    if (hop.auth.by !== 'config') {
      const place = { host: hop.host, port: hop.port ?? 22 };
      return { ...place, known: place, files: [], isProxied: false };
    }
    const { user, port: ownPort } = hop;
    const found = await resolveSshConfig(hop.host, { signal: this.options.signal, user, port: ownPort });
    if (!found) throw sshError('ssh.configInvalid', nameOf(this.tunnel, index));
    const host = found.hostName;
    if (!isSshName(host) || (found.hostKeyAlias && !isSshName(found.hostKeyAlias)))
      throw sshError('tunnel.name', nameOf(this.tunnel, index));
    const { port } = found;
    const known = found.hostKeyAlias ? { host: found.hostKeyAlias, port: 22 } : { host, port };
    const isProxied = found.proxyCommand !== null || found.proxyJump.length > 0;
    return { host, port, known, files: found.knownHostsFiles, isProxied };
  }

  private async openHop(
    index: number,
    place: Place,
    through: number | null,
    port: number,
    to: string,
  ): Promise<void> {
    const hop = this.tunnel.hops[index]!;
    const at = nameOf(this.tunnel, index);
    const { folder, knownHosts } = this.options;
    await canReadKey(at, hop);
    const files = [...new Set([knownHosts.ours, ...knownHosts.files, ...place.files])];
    // A file that can't be read may revoke the key, and ssh would pass over it.
    if (this.tunnel.hostKeys !== 'off') await readKnownHost(files, place.known.host, place.known.port);
    const isLast = index === this.tunnel.hops.length - 1;
    const pingAt = await pingPlace(folder, index);
    const config: HopConfig = {
      at,
      hop,
      through: through === null ? null : { port: through, knownAs: knownNameOf(place) },
      hostKeys: this.tunnel.hostKeys,
      knownHosts: files,
      showKey: null,
      identityFile: await this.agentKey(index, hop),
      keepaliveS: this.tunnel.keepaliveS ?? SSH_KEEPALIVE_S,
      forwards: [
        [`127.0.0.1:${port}`, to],
        // Nothing can listen there: the answer that it can't be opened is a sign of life.
        ...(isLast ? [[typeof pingAt === 'string' ? pingAt : `127.0.0.1:${pingAt}`, '/'] as const] : []),
      ],
      userFiles: userConfigFiles(),
    };
    const isProxied = place.isProxied && index === 0;
    const start = { ssh: this.ssh, config, port, pingAt, isProxied, options: this.options };
    const open = (showKey: string | null): Promise<OpenHop> =>
      openHop({ ...start, config: { ...config, showKey }, onLost: (failure) => this.lost(failure) });
    const shown = this.tunnel.hostKeys === 'ask' ? await shownKey(folder, `hop-${index}`) : null;
    try {
      this.opened.push(await open(shown?.script ?? null));
    } catch (error) {
      await this.notOpened(index, place, files, error);
      const key = codeOf(error) === 'ssh.hostKeyUnknown' ? await shown?.read() : null;
      if (!key) throw this.explained(index, error);
      await askForHostKey(at, place.known, knownNameOf(place), key, this.options);
      this.opened.push(await open(null));
    }
  }

  private async agentKey(index: number, { auth }: Hop): Promise<string | null> {
    if (auth.by !== 'agent') return null;
    // ssh itself goes on without an agent, and says then that the server refused the sign-in.
    const socket = agentSocket(nameOf(this.tunnel, index), auth.socket);
    if (!auth.identity) return null;
    const file = join(this.options.folder, `hop-${index}.pub`);
    await writeAgentKey(nameOf(this.tunnel, index), socket, auth.identity, file);
    return file;
  }

  /** Reports the verdict on a host key that was not taken. @throws DriverError for one that has changed */
  private async notOpened(
    index: number,
    place: Place,
    files: readonly string[],
    error: unknown,
  ): Promise<void> {
    if (!(error instanceof HopError)) return;
    const { shown } = error;
    const verdict = VERDICTS[error.failure.code];
    if (verdict && shown)
      await this.options.onStep({ type: 'hostKey', hop: index, keyType: shown.keyType, verdict });
    const { code } = error.failure;
    if (code === 'ssh.hostKeyChanged' || code === 'ssh.hostKeyRevoked')
      throw await clashingKey(code, nameOf(this.tunnel, index), place.known, shown, files);
  }

  /** A hop that is not reached through the one before says only that it was closed: the one before knows why. */
  private explained(index: number, error: unknown): unknown {
    if (!(error instanceof HopError)) return error;
    const { code } = error.failure;
    const before = this.opened[index - 1];
    const at = nameOf(this.tunnel, index);
    const isClosed = code === 'ssh.notSsh' || code === 'ssh.closed' || code === 'ssh.failed';
    if (isClosed && before?.refused) {
      if (before.refused.reason === 'prohibited')
        return sshError('tunnel.forwardProhibited', nameOf(this.tunnel, index - 1));
      return sshError(`ssh.${before.refused.reason}`, at);
    }
    if (code === 'ssh.hostKeyUnknown' && error.shown)
      return sshError(code, at, `Shown: ${error.shown.keyType} ${error.shown.fingerprint}.`);
    return error;
  }

  private lost(failure: FailureText): void {
    if (this.isClosed || this.isLost) return;
    this.isLost = true;
    this.options.onLost(failure);
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof HopError ? error.failure.code : null;
}

function knownNameOf({ known }: Place): string {
  return knownHostName(known.host, known.port);
}

const VERDICTS: Readonly<Record<string, 'unknown' | 'changed' | 'revoked'>> = {
  'ssh.hostKeyUnknown': 'unknown',
  'ssh.hostKeyChanged': 'changed',
  'ssh.hostKeyRevoked': 'revoked',
};

function targetFailure(refused: OpenFailure): SshFailureCode {
  return refused === 'prohibited' ? 'tunnel.forwardProhibited' : 'tunnel.targetRefused';
}

/** An address as LocalForward has it; a path for a socket. */
function address({ host, port }: TunnelTarget): string {
  if (host.startsWith('/')) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Before a server is dialled for nothing. ssh would wait for a pipe, and names no file. */
async function canReadKey(at: HopName, { auth }: Hop): Promise<void> {
  if (auth.by !== 'key') return;
  const path = (file: string): string => file.replace(/^~(?=\/)/, homedir());
  await readOwnKey(path(auth.keyFile), at);
  if (!auth.certificateFile) return;
  const certificate = path(auth.certificateFile);
  await readBounded(certificate, KEY_FILE_BYTES_MAX).catch((error: NodeJS.ErrnoException) => {
    throw sshError('ssh.keyMissing', at, `${certificate}: ${error.code ?? error.message}`);
  });
}

/** A socket in the private folder where its path is short enough and the platform has such; else a port. */
async function pingPlace(folder: string, index: number): Promise<string | number> {
  const path = join(folder, `ping-${index}`);
  if (process.platform === 'win32' || Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX)
    return await freePort();
  await rm(path, { force: true });
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
