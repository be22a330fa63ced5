import type { FailureText } from '../../../events/failure.ts';
import type { SshTunnel } from '../../../events/tunnel.ts';
import { DriverError } from '../../driver.ts';
import { SSH_KEEPALIVE_S, TUNNEL_SIGN_TIMEOUT_MS } from '../../limits.ts';
import type { OpenTunnel, OpenTunnelBy, TunnelOptions, TunnelTarget } from '../../tunnel.ts';
import { Forward } from './forward.ts';
import { Hop } from './hop.ts';

/** Opens a tunnel by the ssh2 package, within this process. */
export const openEmbedded: OpenTunnelBy<SshTunnel> = async (tunnel, target, options) => {
  const opened = new EmbeddedTunnel(tunnel, target, options);
  await opened.open();
  return opened;
};

class EmbeddedTunnel implements OpenTunnel {
  readonly local = { host: '127.0.0.1', port: 0 };
  private readonly hops: readonly Hop[];
  private readonly forward: Forward;
  private keepalive: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    private readonly tunnel: SshTunnel,
    target: TunnelTarget,
    private readonly options: TunnelOptions,
  ) {
    // All are made before the first is dialled: what can't be opened is refused at once.
    this.hops = tunnel.hops.map(
      (hop, index) => new Hop(hop, index, tunnel.hostKeys, options, (failure) => this.lose(failure)),
    );
    this.forward = new Forward(this.last, target);
  }

  async open(): Promise<void> {
    try {
      let before: Hop | null = null;
      for (const hop of this.hops) {
        await hop.open(before);
        before = hop;
      }
      if (this.last.ended.aborted) throw new DriverError(this.last.failure);
      this.local.port = await this.forward.listen();
      const everyMs = (this.tunnel.keepaliveS ?? SSH_KEEPALIVE_S) * 1000;
      this.keepalive = setInterval(
        () => this.keepAlive(Math.min(TUNNEL_SIGN_TIMEOUT_MS, 3 * everyMs)),
        everyMs,
      );
      this.keepalive.unref();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async refusal(since: number): Promise<FailureText | null> {
    return this.forward.refusal(since);
  }

  async ping(signal: AbortSignal): Promise<void> {
    const { last } = this;
    const late = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new DriverError(last.noSign));
      if (signal.aborted) fail();
      signal.addEventListener('abort', fail, { once: true });
    });
    await Promise.race([last.sign(), late]);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.keepalive);
    this.forward.close();
    // From the last to the first: each needs those before it to say goodbye.
    for (const hop of [...this.hops].reverse()) await hop.close();
  }

  /** A hop that gives no sign of life has ended, whatever TCP knows. */
  private keepAlive(withinMs: number): void {
    this.ping(AbortSignal.timeout(withinMs)).catch(() => this.last.end(this.last.noSign));
  }

  private get last(): Hop {
    return this.hops.at(-1)!;
  }

  /** A hop has ended: all are closed, and the loss is reported once. */
  private lose(failure: FailureText): void {
    if (this.isClosing) return;
    void this.close();
    this.options.onLost(failure);
  }
}
