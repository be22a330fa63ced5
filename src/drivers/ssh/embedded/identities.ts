import { sign } from 'node:crypto';
import type { Socket } from 'node:net';
import type {
  BaseAgent as AnyAgent,
  GetStreamCallback,
  IdentityCallback,
  ParsedKey,
  SignCallback,
  SigningRequestOptions,
} from 'ssh2';
import type { HopAuth } from '../../../events/tunnel.ts';
import { AGENT_KEYS_MAX } from '../../limits.ts';
import { agentSocket } from '../agent-socket.ts';
import { type HopName, sshError } from '../failures.ts';
import { fingerprintOf } from '../host-key.ts';
import { type KeyFile, type PrivateKey, unlockKey } from '../private-key.ts';
import { BaseAgent, OpenSSHAgent } from '../ssh2.ts';

/**
 * Keys that a hop is offered, each as an agent of one key: of an agent with several, ssh2 offers the next one also after a partial
 * success.
 */
export interface Identities {
  readonly agents: AnyAgent[];
  readonly close: () => void;
}

/** A passphrase of a key file, stored or asked for. */
export type Passphrase = (keyFile: string) => Promise<string>;

/**
 * The keys of a hop's sign-in.
 * @throws DriverError for a key or an agent that can't be used
 */
export async function identitiesOf(
  auth: KeyFile | Extract<HopAuth, { by: 'agent' }>,
  passphrase: Passphrase,
  at: HopName,
  signal: AbortSignal,
): Promise<Identities> {
  if ('by' in auth)
    return await new ChosenAgent(agentSocket(at, auth.socket), auth.identity, at).identities();
  // A key whose public half is encrypted too is opened at once; any other when the server takes it.
  const opened =
    auth.open ?? (auth.publicKey ? null : await unlockKey(auth, await passphrase(auth.file), at, signal));
  return new FileAgent(auth, opened, passphrase, at, signal).identities;
}

/** An agent of one key, that of a file. */
class FileAgent extends BaseAgent<ParsedKey> {
  constructor(
    private readonly file: KeyFile,
    private opened: PrivateKey | null,
    private readonly passphrase: Passphrase,
    private readonly at: HopName,
    private readonly signal: AbortSignal,
  ) {
    super();
  }

  get identities(): Identities {
    return { agents: [this], close: () => {} };
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [this.opened?.publicKey ?? this.file.publicKey!]);
  }

  override sign(
    _publicKey: unknown,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const [{ hash }, done] =
      typeof options === 'function' ? [{ hash: undefined }, options] : [options, callback!];
    this.signature(data, hash).then(
      (signature) => done(null, signature),
      (error) => done(error as Error),
    );
  }

  private async signature(data: Buffer, hash: string | undefined): Promise<Buffer> {
    this.opened ??= await unlockKey(this.file, await this.passphrase(this.file.file), this.at, this.signal);
    const { key, publicKey } = this.opened;
    return await new Promise((resolve, reject) => {
      sign(digestOf(publicKey.type, hash), data, key, (error, signature) =>
        error ? reject(error) : resolve(signature),
      );
    });
  }
}

/** The digest that a key's type signs with (RFC 5656 §6.2.1, RFC 8709 §4); that of RSA is negotiated. */
function digestOf(type: string, negotiated: string | undefined): string | null {
  if (type === 'ssh-ed25519') return null;
  const ofCurve: Readonly<Record<string, string>> = {
    'ecdsa-sha2-nistp256': 'sha256',
    'ecdsa-sha2-nistp384': 'sha384',
    'ecdsa-sha2-nistp521': 'sha512',
  };
  return ofCurve[type] ?? negotiated ?? 'sha1';
}

/** The user's agent, with the one key that was chosen where one was. */
class ChosenAgent extends OpenSSHAgent {
  private readonly sockets = new Set<Socket>();

  constructor(
    socket: string,
    private readonly identity: string | undefined,
    private readonly at: HopName,
  ) {
    super(socket);
  }

  /** @throws DriverError `ssh.agentUnreachable`, `ssh.agentLacksKey` */
  identities(): Promise<Identities> {
    return new Promise((resolve, reject) => {
      this.getIdentities((error, found) => {
        if (error) return reject(sshError('ssh.agentUnreachable', this.at));
        const keys = ([found ?? []].flat() as ParsedKey[]).filter(
          (key) => this.identity === undefined || fingerprintOf(key.getPublicSSH()) === this.identity,
        );
        if (keys.length === 0) return reject(sshError('ssh.agentLacksKey', this.at));
        const agents = keys.slice(0, AGENT_KEYS_MAX).map((key) => new AgentKey(this, key));
        resolve({ agents, close: () => this.close() });
      });
    });
  }

  private close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** An agent may wait for its user: what is open to it ends with the sign-in. */
  override getStream(callback: GetStreamCallback): void {
    super.getStream((error, stream) => {
      if (stream) {
        const socket = stream as Socket;
        this.sockets.add(socket);
        socket.once('close', () => this.sockets.delete(socket));
      }
      callback(error, stream);
    });
  }

  override sign(
    publicKey: ParsedKey,
    data: Buffer,
    options?: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): boolean {
    const done: SignCallback = (error, signature) => {
      (typeof options === 'function' ? options : callback!)(
        error && sshError('ssh.agentRefused', this.at),
        signature,
      );
    };
    return super.sign(publicKey, data, typeof options === 'function' ? {} : options, done);
  }
}

/** One key of an agent. */
class AgentKey extends BaseAgent<ParsedKey> {
  constructor(
    private readonly agent: ChosenAgent,
    private readonly key: ParsedKey,
  ) {
    super();
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [this.key]);
  }

  override sign(
    publicKey: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    this.agent.sign(publicKey, data, options, callback);
  }
}
