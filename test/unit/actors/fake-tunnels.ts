import type { Ports } from '../../../src/actors/ports.ts';
import { DriverError } from '../../../src/drivers/driver.ts';
import type { OpenTunnel, TunnelOptions } from '../../../src/drivers/tunnel.ts';
import type { FailureText } from '../../../src/events/failure.ts';
import type { SshTunnel } from '../../../src/events/tunnel.ts';

/** A tunnel of one hop by a key, as a profile names it. */
export const ONE_HOP: SshTunnel = {
  by: 'ssh',
  hops: [{ host: 'secret-bastion', user: 'secret-user', auth: { by: 'key', keyFile: '/secret/key' } }],
  hostKeys: 'ask',
};

type Options = Parameters<Ports['openTunnel']>[2];

/** A tunnel of the fake backend. */
export class FakeTunnel implements OpenTunnel {
  readonly local;
  closed = false;
  pings = 0;
  /** It answers no sign of life. */
  isDead = false;

  constructor(
    port: number,
    readonly options: Options,
  ) {
    this.local = { host: '127.0.0.1', port };
  }

  async ping(signal: AbortSignal): Promise<void> {
    this.pings++;
    if (!this.isDead) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw new DriverError({
      code: 'tunnel.lost',
      source: 'connection',
      message: 'no sign of secret-bastion',
    });
  }

  /** Its last hop refused to open the way to the server, at a time of `performance.now()`. */
  refused: FakeTunnels['refusal'] = null;

  async refusal(since: number): Promise<FailureText | null> {
    return this.refused && this.refused.at >= since ? this.refused.failure : null;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  lose(code = 'ssh.closed'): void {
    this.options.onLost({ code, source: 'connection', message: 'secret-bastion closed the connection' });
  }
}

/** A backend without SSH: tunnels open at once, by way of what `before` asks, until a test has it refuse. */
export class FakeTunnels {
  readonly opened: FakeTunnel[] = [];
  attempts = 0;
  refuse: FailureText | null = null;
  /** The codes that openings were refused with. */
  readonly refusedWith: string[] = [];
  /** What the last hop of each tunnel has refused by the time it is open. */
  refusal: { readonly failure: FailureText; readonly at: number } | null = null;
  /** What happens between the choice of a backend and the sign-in. */
  before: (options: Options) => Promise<void> = async () => undefined;

  readonly open: Ports['openTunnel'] = async (_tunnel, _target, options) => {
    this.attempts++;
    await options.onStep({ type: 'chosen', backend: 'openssh', reason: 'keyOrAgent' });
    if (this.refuse) {
      this.refusedWith.push(this.refuse.code);
      throw new DriverError(this.refuse);
    }
    await options.onStep({ type: 'spawned', pid: 4711, startTime: 'abc 1' });
    await options.onStep({ type: 'reached', hop: 0 });
    await options.onStep({ type: 'hostKey', hop: 0, keyType: 'ssh-ed25519', verdict: 'known' });
    await this.before(options);
    options.signal.throwIfAborted();
    await options.onStep({ type: 'authenticating', hop: 0 });
    await options.onStep({ type: 'authenticated', hop: 0 });
    const tunnel = new FakeTunnel(40_000 + this.opened.length, options);
    tunnel.refused = this.refusal;
    this.opened.push(tunnel);
    return tunnel;
  };
}

/** A question as a backend asks it; fails the opening where there is no answer. */
export async function asks(
  options: Options,
  question: Parameters<TunnelOptions['ask']>[0],
): Promise<Awaited<ReturnType<TunnelOptions['ask']>>> {
  const answer = await options.ask(question, options.signal);
  if (answer === null)
    throw new DriverError({ code: 'tunnel.notAnswered', source: 'client', message: 'no answer' });
  return answer;
}
