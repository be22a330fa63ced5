import { userInfo } from 'node:os';
import type { Duplex } from 'node:stream';
import type { AuthHandlerMiddleware, ClientChannel } from 'ssh2';
import type { FailureText } from '../../../events/failure.ts';
import type { Hop as HopWords, HostKeyCheck } from '../../../events/tunnel.ts';
import { isSshName } from '../../../events/tunnel-check.ts';
import { deadline, within } from '../../deadline.ts';
import { DriverError } from '../../driver.ts';
import { CHANNEL_PACKET_BYTES_MIN, HOP_ANSWER_TIMEOUT_MS, TUNNEL_GOODBYE_MS } from '../../limits.ts';
import type { TunnelAnswer, TunnelOptions, TunnelQuestion, TunnelTarget } from '../../tunnel.ts';
import { type HopName, sshError, sshFailure } from '../failures.ts';
import { readKeyFile } from '../private-key.ts';
import { Client } from '../ssh2.ts';
import { channelFailed, protocolFailed } from './failures.ts';
import { HostVerification } from './host-verification.ts';
import { SignIn } from './sign-in.ts';
import { onAuthFailure, onTooMuchData, packetBytesMax, signOfLife } from './ssh2-internals.ts';
import { boundSignIn, dial, reachedThrough } from './transport.ts';

/**
 * One SSH server of a way.
 *
 *   dialling → exchanging keys ⇄ verifying → signing in → open → ended
 *      └────────────┴────────────────┴───────────┴──────────────→
 */
export class Hop {
  private readonly client = new Client();
  private readonly gone = new AbortController();
  private answered: () => void = () => undefined;
  private ends: FailureText | null = null;
  private isOpen = false;
  private readonly at: HopName;
  private readonly port: number;
  private readonly user: string;
  private rejectOpening: (error: unknown) => void = () => {};
  private transport: Duplex | null = null;

  /** @throws DriverError `tunnel.name`, `ssh.onlyOpenssh` */
  constructor(
    private readonly words: HopWords,
    private readonly index: number,
    private readonly check: HostKeyCheck,
    private readonly options: TunnelOptions,
    /** Called once, when an open connection ends without having been closed. */
    private readonly onLost: (failure: FailureText) => void,
  ) {
    const { host, auth } = words;
    this.at = { hop: index, host };
    this.port = words.port ?? 22;
    this.user = words.user ?? userInfo().username;
    if (!isSshName(host) || !isSshName(this.user)) throw sshError('tunnel.name', this.at);
    if (auth.by === 'config' || (auth.by === 'key' && auth.certificateFile))
      throw sshError('ssh.onlyOpenssh', this.at);
  }

  /** Aborts when its connection has ended. */
  get ended(): AbortSignal {
    return this.gone.signal;
  }

  /** Why it ended, or would if it ended now. */
  get failure(): FailureText {
    return this.ends ?? sshFailure(this.isOpen ? 'tunnel.lost' : 'ssh.closed', this.at);
  }

  /** It gave no sign of life in time. */
  get noSign(): FailureText {
    return sshFailure('tunnel.notResponding', this.at);
  }

  /** Bytes that wait to be sent to it. */
  waitingBytes(): number {
    return this.transport?.writableLength ?? 0;
  }

  /** Calls back once nothing waits to be sent. */
  onDrain(resume: () => void): void {
    this.transport?.once('drain', resume);
  }

  /** Dials it, through the hop before it where there is one, and signs in. @throws DriverError */
  async open(before: Hop | null): Promise<void> {
    const { signal } = this.options;
    const abort = (): void => this.end(sshFailure('tunnel.aborted', this.at));
    signal.addEventListener('abort', abort, { once: true });
    try {
      if (signal.aborted) throw sshError('tunnel.aborted', this.at);
      await new Promise<void>((resolve, reject) => {
        this.rejectOpening = reject;
        this.start(before).then(resolve, reject);
      });
      this.isOpen = true;
    } catch (error) {
      const failure = this.ends ?? (error instanceof DriverError ? error.failure : null);
      await this.close();
      throw failure ? new DriverError(failure, { cause: error }) : error;
    } finally {
      this.rejectOpening = () => {};
      this.answered();
      signal.removeEventListener('abort', abort);
    }
  }

  /** Opens a channel to an address as this hop resolves it. @throws DriverError */
  async channel({ host, port }: TunnelTarget, fromPort: number): Promise<ClientChannel> {
    if (this.ended.aborted) throw new DriverError(this.failure);
    return await new Promise((resolve, reject) => {
      const done = (error: Error | undefined, channel: ClientChannel): void => {
        if (error) {
          reject(this.ended.aborted ? new DriverError(this.failure) : channelFailed(this.at, error));
        } else if (packetBytesMax(channel) < CHANNEL_PACKET_BYTES_MIN) {
          channel.on('error', () => {}).destroy();
          reject(sshError('ssh.protocol', this.at, 'it takes no packets of a sensible size'));
        } else resolve(channel);
      };
      try {
        if (port === 0) this.client.openssh_forwardOutStreamLocal(host, done);
        else this.client.forwardOut('127.0.0.1', fromPort, host, port, done);
      } catch (error) {
        reject(channelFailed(this.at, error as Error));
      }
    });
  }

  /** Resolves by the server's answer. @throws DriverError where the connection ends first */
  async sign(): Promise<void> {
    if (this.ended.aborted) throw new DriverError(this.failure);
    try {
      await signOfLife(this.client);
    } catch (error) {
      throw new DriverError(this.failure, { cause: error });
    }
  }

  /** Ends it for a reason; the first one counts. */
  end(failure: FailureText): void {
    if (this.ended.aborted) return;
    this.ends ??= failure;
    this.finish();
  }

  /** Says goodbye and closes; bounded. Never rejects. */
  async close(): Promise<void> {
    this.isOpen = false;
    const { transport } = this;
    if (transport && !transport.destroyed && !this.ended.aborted) {
      const closed = new Promise<void>((resolve) =>
        this.ended.addEventListener('abort', () => resolve(), { once: true }),
      );
      this.client.end();
      await within(closed, TUNNEL_GOODBYE_MS);
    }
    this.finish();
  }

  private finish(): void {
    this.answered();
    const isFirst = !this.ended.aborted;
    this.gone.abort();
    this.transport?.destroy();
    const { failure } = this;
    this.rejectOpening(new DriverError(failure));
    if (isFirst && this.isOpen) this.onLost(failure);
    this.isOpen = false;
  }

  private async start(before: Hop | null): Promise<void> {
    const { index, user, words, options } = this;
    // What can't be used here is found before anything is dialled.
    const { auth } = words;
    const keyFile = auth.by === 'key' ? await readKeyFile(auth.keyFile, this.at) : null;
    const verification = await HostVerification.of({
      hop: index,
      host: words.host,
      port: this.port,
      check: this.check,
      knownHosts: options.knownHosts,
      onStep: options.onStep,
      ask: (question) => this.ask(question),
    });
    this.waitsFor();
    const to = { host: words.host, port: this.port };
    const transport = before ? await reachedThrough(this.at, () => before.channel(to, 0)) : await this.dial();
    this.transport = transport;
    if (this.ended.aborted) {
      transport.destroy();
      throw new DriverError(this.failure);
    }
    const signIn = new SignIn(
      {
        hop: index,
        at: this.at,
        user,
        auth,
        keyFile,
        signal: this.ended,
        secret: (kind) => options.secret(index, kind),
        ask: (question) => this.ask(question),
      },
      (error) => this.failBy(error),
    );
    this.ended.addEventListener('abort', () => signIn.close(), { once: true });
    const { client } = this;
    const opened = new Promise<void>((resolve) => client.once('ready', resolve));
    client.on('error', (error) => this.failBy(error));
    client.on('close', () => this.end(this.failure));
    client.on('end', () => this.end(this.failure));
    client.on('change password', () => this.failBy(sshError('ssh.passwordExpired', this.at)));
    let reached = false;
    let partial = false;
    const exchanged = new Promise<void>((resolve) => client.once('handshake', () => resolve()));
    client.connect({
      sock: transport,
      username: user,
      // Its deadlines and its keepalive are ours, which tell the user's time from the server's.
      readyTimeout: 0,
      keepaliveInterval: 0,
      // Without compression, by which a few bytes would be many in memory.
      algorithms: { serverHostKey: verification.algorithms, compress: ['none'] },
      strictVendor: false,
      hostVerifier: (blob: Buffer, verified: (isTaken: boolean) => void) => {
        // At once: while it waits in a re-exchange, ssh2 sends what the channels have in a form that no server can read.
        if (verification.isAccepted(blob)) return void verified(true);
        const verify = async (): Promise<void> => {
          if (!reached) await options.onStep({ type: 'reached', hop: index });
          reached = true;
          await verification.verify(blob);
        };
        verify().then(
          () => verified(true),
          (error) => this.failBy(error),
        );
      },
      authHandler: ((offered, _isPartial, next) => {
        const method = async (): Promise<void> => {
          this.waitsFor();
          if (offered === null) {
            await exchanged;
            await verification.proved();
            await options.onStep({ type: 'authenticating', hop: index });
          }
          const found = await signIn.next(offered === null ? null : this.offered, partial);
          partial = false;
          if (!this.ended.aborted) (next as (method: unknown) => void)(found);
        };
        method().catch((error) => this.failBy(error));
        return undefined as never;
      }) as AuthHandlerMiddleware,
    });
    onAuthFailure(client, (methods, isPartial) => {
      this.waitsFor();
      this.offered = methods;
      partial = isPartial;
    });
    onTooMuchData(client, () =>
      this.failBy(sshError('ssh.protocol', this.at, 'it sends more than it was given room for')),
    );
    boundSignIn(transport, opened, () => this.failBy(sshError('ssh.tooMuchSent', this.at)));
    await opened;
    this.answered();
    signIn.close();
    await options.onStep({ type: 'authenticated', hop: index });
  }

  private offered: readonly string[] = [];

  private dial(): Promise<Duplex> {
    const { at, port } = this;
    return dial(at, port, {
      onSocket: (socket) => {
        this.transport = socket;
      },
      failure: () => this.failure,
    });
  }

  /** The server's turn: its answer is waited for so long. */
  private waitsFor(): void {
    this.answered();
    this.answered = deadline(HOP_ANSWER_TIMEOUT_MS, () => this.end(sshFailure('ssh.timedOut', this.at)));
  }

  /** The user's turn, which has no deadline of ours. */
  private async ask(question: TunnelQuestion): Promise<TunnelAnswer> {
    this.answered();
    const answer = await this.options.ask(question, AbortSignal.any([this.options.signal, this.ended]));
    if (!answer) throw sshError('tunnel.notAnswered', this.at);
    if (!this.ended.aborted) this.waitsFor();
    return answer;
  }

  private failBy(error: unknown): void {
    this.end(
      error instanceof DriverError
        ? error.failure
        : protocolFailed(this.at, error as Error, this.isOpen).failure,
    );
  }
}
