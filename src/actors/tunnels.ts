import { DriverError, type Execution, type Route } from '../drivers/driver.ts';
import type { OpenTunnel } from '../drivers/tunnel.ts';
import type { FailureText } from '../events/failure.ts';
import type { Profile } from '../events/profile.ts';
import { TUNNEL_WORD_TIMEOUT_MS } from './limits.ts';

/** How the tunnel of a session or a test is now. */
interface Way {
  readonly tunnelId: string;
  /** What it was opened for: its hops or command, and where it leads. */
  leadsTo: string | null;
  /** It forwards; null while it is being opened, and once it has ended. */
  open: OpenTunnel | null;
  hasEnded: boolean;
  /** Why it does not forward, or last did not. */
  failure: FailureText | null;
  /** It is being asked whether it lives, as a connection through it was lost. */
  asking: Promise<void> | null;
}

/** A connection was not dialled, as the tunnel to its server does not forward. */
export class TunnelDown extends DriverError {}

/** The tunnels of sessions and of tests, in memory: where they begin, and who waits for one. By the id of their session or test. */
export class Tunnels {
  constructor(private readonly wordTimeoutMs = TUNNEL_WORD_TIMEOUT_MS) {}

  private readonly ways = new Map<string, Way>();
  private readonly waiters = new Set<() => void>();
  /** Tunnels that are being closed, by their own id. */
  readonly closings = new Map<string, Promise<void>>();

  /** It is being opened, for the first time or again. */
  opening(ownerId: string, tunnelId: string): void {
    const before = this.ways.get(ownerId);
    const failure = before?.failure ?? null;
    this.ways.set(ownerId, {
      tunnelId,
      leadsTo: before?.leadsTo ?? null,
      open: null,
      hasEnded: false,
      failure,
      asking: null,
    });
  }

  opened(ownerId: string, open: OpenTunnel, leadsTo: string): void {
    this.change(ownerId, { open, leadsTo, failure: null });
  }

  /** It does not forward now. */
  down(ownerId: string, failure: FailureText): void {
    this.change(ownerId, { open: null, failure });
  }

  /** It has ended, and forwards nothing until another one is opened. */
  ended(tunnelId: string): void {
    for (const way of this.ways.values()) {
      if (way.tunnelId !== tunnelId) continue;
      way.open = null;
      way.hasEnded = true;
    }
    this.wake();
  }

  forget(ownerId: string): void {
    this.ways.delete(ownerId);
    this.wake();
  }

  /** What a tunnel that forwards is made of. */
  of(ownerId: string): OpenTunnel | null {
    return this.ways.get(ownerId)?.open ?? null;
  }

  /** By what a connection is lost now where it goes with its tunnel; null where that forwards, or there is none. */
  lossOf(ownerId: string): FailureText | null {
    const way = this.ways.get(ownerId);
    return !way || way.open ? null : lostWith(way.failure ?? NOT_OPEN);
  }

  /**
   * Resolves once it is known whether a connection that was lost went with its tunnel: its end may be noticed before the tunnel's, so
   * a tunnel that seems to forward is asked for a sign of life. Bounded by TUNNEL_WORD_TIMEOUT_MS. Null where it is known at once.
   */
  lossKnown(ownerId: string): Promise<void> | null {
    const way = this.ways.get(ownerId);
    if (!way?.open) return null;
    way.asking ??= this.lives(way, way.open).finally(() => {
      way.asking = null;
    });
    return way.asking;
  }

  /** A statement through a tunnel, which is lost by it where both are. */
  through(ownerId: string, execution: Execution): Execution {
    if (!this.ways.has(ownerId)) return execution;
    const ended = execution.ended.then(async (end) => {
      if (end.type !== 'lost') return end;
      await this.lossKnown(ownerId);
      const loss = this.lossOf(ownerId);
      return loss ? { ...end, failure: loss } : end;
    });
    return {
      ended: ended as Execution['ended'],
      resume: () => execution.resume(),
      enough: () => execution.enough(),
      cancel: (observer) => execution.cancel(observer),
    };
  }

  /**
   * Where to dial a profile's server; undefined for its own address. Waits while the tunnel is being opened again.
   * @throws TunnelDown with the tunnel's own code where it has ended, or does not forward before the signal
   * @throws DriverError `profile.tunnelChanged` where the profile names another way than the one that was opened
   */
  async route(
    ownerId: string,
    profile: Pick<Profile, 'tunnel' | 'target'>,
    signal: AbortSignal,
  ): Promise<Route | undefined> {
    for (;;) {
      const way = this.ways.get(ownerId);
      if ((way === undefined) !== (profile.tunnel === undefined)) throw new DriverError(TUNNEL_CHANGED);
      if (!way) return undefined;
      if (way.open) {
        if (way.leadsTo !== leadsTo(profile)) throw new DriverError(TUNNEL_CHANGED);
        const { target } = profile;
        return { ...way.open.local, tlsServerName: target.tls.serverName ?? target.host };
      }
      if (way.hasEnded || signal.aborted) throw new TunnelDown(way.failure ?? NOT_OPEN);
      await this.changed(signal);
    }
  }

  /**
   * Why a connection that was dialled at `since`, by `performance.now()`, did not open: where the last hop refused to open the way to
   * the server, the connection itself says only that it was closed.
   */
  async whyNotOpened(ownerId: string, failure: FailureText, since: number): Promise<FailureText> {
    const open = this.of(ownerId);
    return (failure.source === 'connection' && (await open?.refusal(since))) || failure;
  }

  /** Resolves once an owner's tunnel has ended, or the signal came. */
  async whenEnded(ownerId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.ways.get(ownerId)?.hasEnded === false) await this.changed(signal);
  }

  /** Resolves once it gave a sign of life, or is known not to forward, or neither came in time. */
  private async lives(way: Way, open: OpenTunnel): Promise<void> {
    const limit = AbortSignal.timeout(this.wordTimeoutMs);
    const answered = new AbortController();
    // One that is being torn down may throw at once: that is no sign of life either.
    const pinged = async (): Promise<void> => open.ping(limit);
    void pinged().then(
      () => answered.abort(),
      () => {},
    );
    const known = AbortSignal.any([limit, answered.signal]);
    while (way.open === open && !known.aborted) await this.changed(known);
  }

  private change(ownerId: string, change: Partial<Way>): void {
    const way = this.ways.get(ownerId);
    if (way) Object.assign(way, change);
    this.wake();
  }

  /** Resolves once a tunnel has changed, or the signal came. */
  private changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiters.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiters.add(done);
      signal.addEventListener('abort', done);
    });
  }

  private wake(): void {
    for (const waiter of [...this.waiters]) waiter();
  }
}

/** The words of a connection that was lost with its tunnel. */
export function lostWith({ message, advice }: FailureText): FailureText {
  return {
    code: 'tunnel.lost',
    source: 'connection',
    message: `The tunnel was lost, and this connection with it. ${message}`,
    ...(advice ? { advice } : {}),
  };
}

/** The way that a profile names and where it leads, to be compared. */
export function leadsTo({ tunnel, target }: Pick<Profile, 'tunnel' | 'target'>): string {
  return JSON.stringify([tunnel, target.host, target.port]);
}

const NOT_OPEN: FailureText = {
  code: 'tunnel.notOpen',
  source: 'connection',
  message: 'The tunnel to the server is not open.',
  advice: 'Reconnect, or close the connection and open it again.',
};

const TUNNEL_CHANGED: FailureText = {
  code: 'profile.tunnelChanged',
  source: 'client',
  message: 'The profile names another way to the server than it did when it was opened.',
  advice: 'Close the connection and open it again.',
};
