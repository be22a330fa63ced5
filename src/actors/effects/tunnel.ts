import { DriverError } from '../../drivers/driver.ts';
import { SSH_KEEPALIVE_S } from '../../drivers/limits.ts';
import type { OpenTunnel, TunnelOptions, TunnelQuestion } from '../../drivers/tunnel.ts';
import { type FailureText, withoutWords } from '../../events/failure.ts';
import type { Profile } from '../../events/profile.ts';
import { hopSecret, type Tunnel } from '../../events/tunnel.ts';
import { tunnelMismatch } from '../../events/tunnel-check.ts';
import type { TunnelFact, TunnelInput } from '../../events/tunnel-facts.ts';
import { micros } from '../micros.ts';
import { PausableLimit } from '../pausable-limit.ts';
import { leadsTo, lostWith } from '../tunnels.ts';
import { type EffectPorts, failureOf, type TunnelEffect } from './effect.ts';
import { askUser } from './tunnel-question.ts';
import { stepFact } from './tunnel-step.ts';

/**
 * Opens a tunnel, reports each step once it is done, and asks the user what has to be asked. Nothing is dialled before the record that
 * says so is on disk. Ended early, it gives up.
 */
export function openTunnel(program: EffectPorts): TunnelEffect {
  const { side, resources } = program;
  const { tunnels } = resources;
  return (begun) => {
    const { input, report, notify } = begun;
    const { tunnelId, connectTimeoutMs, hops } = input;
    const ownerId = ownerOf(input);
    const abort = new AbortController();
    const limit = new PausableLimit(connectTimeoutMs * Math.max(1, hops), () => abort.abort('timeout'));
    const startedAt = performance.now();
    let isOpen = false;
    let lostEarly: FailureText | null = null;
    const onLost = (failure: FailureText): void => {
      if (isOpen) loseTunnel(program, input, failure, notify);
      else lostEarly = failure;
    };
    tunnels.opening(ownerId, tunnelId);
    const open = async (): Promise<void> => {
      const { opened, profile } = await dialled(program, begun, { limit, signal: abort.signal, onLost });
      tunnels.opened(ownerId, opened, leadsTo(profile));
      isOpen = true;
      report({ type: 'tunnel.opened', afterMs: micros(performance.now() - startedAt) });
      if (lostEarly) loseTunnel(program, input, lostEarly, notify);
    };
    const opening = open()
      .catch((error: unknown) => {
        const isLate = abort.signal.reason === 'timeout';
        const failure = isLate ? TIMED_OUT : failureOf(error);
        for (const id of [tunnelId, ownerId]) side.failed(id, failure);
        tunnels.down(ownerId, failure);
        report({ type: 'tunnel.notOpened', failure: withoutWords(failure) });
      })
      .finally(() => limit.stop());
    return () => {
      limit.stop();
      if (isOpen) return;
      abort.abort('closed');
      closeWith(program, tunnelId, opening);
    };
  };
}

/** What bounds the opening of a tunnel, and takes its loss. */
interface Dialling {
  /** Of an SSH tunnel; it does not run while the user is asked. */
  readonly limit: PausableLimit;
  readonly signal: AbortSignal;
  readonly onLost: (failure: FailureText) => void;
}

/**
 * Has a backend open a tunnel as its profile names it now, once the record that says so is on disk and a former one is closed.
 *
 * @throws DriverError; the signal's reason, with what was opened closed again
 */
async function dialled(
  program: EffectPorts,
  { input, report, recorded }: Parameters<TunnelEffect>[0],
  { limit, signal, onLost }: Dialling,
): Promise<{ readonly opened: OpenTunnel; readonly profile: Profile }> {
  const { ports, resources } = program;
  await recorded();
  await resources.tunnels.closings.get(input.tunnelId);
  const { profile, tunnel, secret } = wayOf(program, input);
  const mismatch = tunnelMismatch(tunnel, profile.target, profile.environment);
  if (mismatch) throw new DriverError({ source: 'client', ...mismatch });
  if (tunnel.by === 'ssh') limit.start();
  const { host, port } = profile.target;
  const opened = await ports.openTunnel(tunnel, { host, port }, {
    signal,
    secret,
    ask: limit.pausedDuring((question: TunnelQuestion, given: AbortSignal) =>
      askUser(program, input, { tunnel, question, signal: given, report }),
    ),
    onStep: async (step) => {
      if (signal.aborted) return;
      report(stepFact(step, ports.fingerprint));
      await program.durableNow();
    },
    onLost,
  } satisfies Omit<TunnelOptions, 'knownHosts' | 'folder'>);
  if (signal.aborted) {
    await opened.close();
    signal.throwIfAborted();
  }
  return { opened, profile };
}

/** Holds a tunnel, asks it for signs of life, and closes it at the end. */
export function holdTunnel(program: EffectPorts): TunnelEffect {
  const { ports, resources } = program;
  return ({ input, notify }) => {
    const ownerId = ownerOf(input);
    const open = resources.tunnels.of(ownerId);
    if (!open) return;
    const { lookMs, timeoutMs } = ports.tunnelPace;
    let pinging = false;
    const ping = async (withinMs: number): Promise<void> => {
      try {
        await open.ping(AbortSignal.timeout(withinMs));
      } catch (error) {
        if (resources.tunnels.of(ownerId) !== open) return;
        loseTunnel(program, input, error instanceof DriverError ? error.failure : NO_SIGN, notify);
      }
    };
    const keepaliveMs = keepaliveOf(program, input);
    let askedAt = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      // Where something waits for it, a dead tunnel is found soon; else its signs of life are as rare as the profile wants them.
      if (pinging || (!program.isBusy(ownerId) && now - askedAt < keepaliveMs)) return;
      askedAt = now;
      pinging = true;
      void ping(timeoutMs).finally(() => {
        pinging = false;
      });
    }, lookMs).unref();
    const forget = resources.onWake(() => ping(ports.tunnelPace.wakeMs));
    return () => {
      clearInterval(timer);
      forget();
      closeWith(program, input.tunnelId, open.close());
    };
  };
}

/** Reports that a tunnel is closed, once what it was made of is gone. */
export function disconnectTunnel({ resources }: EffectPorts): TunnelEffect {
  return ({ input: { tunnelId }, report }) => {
    void (resources.tunnels.closings.get(tunnelId) ?? Promise.resolve()).then(() =>
      report({ type: 'tunnel.closed' }),
    );
  };
}

/** A tunnel went: it is reported first, so that its connections are lost by it, and then they are dropped. */
function loseTunnel(
  { resources, side }: EffectPorts,
  input: TunnelInput,
  failure: FailureText,
  notify: (fact: TunnelFact) => void,
): void {
  const ownerId = ownerOf(input);
  const through = resources.connectionsOf(ownerId);
  resources.tunnels.down(ownerId, failure);
  for (const id of [input.tunnelId, ownerId]) side.failed(id, failure);
  for (const [connectionId] of through) side.failed(connectionId, lostWith(failure));
  notify({ type: 'tunnel.lost', failure: withoutWords(failure) });
  for (const [, connection] of through) connection.destroy();
}

/** Remembers that a tunnel is being closed, until it is. */
function closeWith({ ports, resources }: EffectPorts, tunnelId: string, closing: Promise<void>): void {
  const { closings } = resources.tunnels;
  const closed = closing.catch(ports.defect).finally(() => {
    if (closings.get(tunnelId) === closed) closings.delete(tunnelId);
  });
  closings.set(tunnelId, closed);
}

/** The session or the test that a tunnel is of. */
function ownerOf({ sessionId, testId }: TunnelInput): string {
  return sessionId ?? testId!;
}

interface ToOpen {
  readonly profile: Profile;
  readonly tunnel: Tunnel;
  readonly secret: TunnelOptions['secret'];
}

/** What to open, by the profile as it is now or as it is tested. @throws DriverError where there is none */
function wayOf({ ports, resources }: EffectPorts, { profileId, testId }: TunnelInput): ToOpen {
  const tested = testId === null ? undefined : resources.tested.get(testId);
  const profile = tested?.profile ?? ports.profiles.get(profileId ?? '');
  if (!profile) throw new DriverError({ source: 'client', ...ports.profiles.missing(profileId ?? '') });
  if (!profile.tunnel) throw new DriverError(NO_TUNNEL);
  return {
    profile,
    tunnel: profile.tunnel,
    secret: (hop, kind) => {
      const name = hopSecret(hop, kind);
      return tested ? tested.secret(name) : ports.profiles.secretText(profile.profileId, name);
    },
  };
}

function keepaliveOf({ ports }: EffectPorts, { profileId }: TunnelInput): number {
  const tunnel = ports.profiles.get(profileId ?? '')?.tunnel;
  return 1000 * ((tunnel?.by === 'ssh' ? tunnel.keepaliveS : undefined) ?? SSH_KEEPALIVE_S);
}

const NO_SIGN: FailureText = {
  code: 'tunnel.lost',
  source: 'connection',
  message: 'The tunnel gave no sign of life.',
  advice: 'Check the network between here and the server.',
};

const TIMED_OUT: FailureText = {
  code: 'tunnel.timedOut',
  source: 'connection',
  message: 'The tunnel could not be opened in time.',
  advice: 'Check the hosts on the way, and whether a firewall drops the packets.',
};

const NO_TUNNEL: FailureText = {
  code: 'profile.tunnelChanged',
  source: 'client',
  message: 'The profile names no tunnel any more, and did when it was opened.',
  advice: 'Close the connection and open it again.',
};
