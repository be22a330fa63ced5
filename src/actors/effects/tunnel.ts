import { DriverError } from '../../drivers/driver.ts';
import type { TunnelAnswer, TunnelOptions, TunnelQuestion, TunnelStep } from '../../drivers/tunnel.ts';
import { type FailureText, withoutWords } from '../../events/failure.ts';
import { PROMPT_TEXTS_MAX, TUNNEL_PROMPT_TIMEOUT_MS } from '../../events/limits.ts';
import type { Profile } from '../../events/profile.ts';
import type { PromptQuestion } from '../../events/prompt.ts';
import { hopSecret, type Tunnel } from '../../events/tunnel.ts';
import { tunnelMismatch } from '../../events/tunnel-check.ts';
import { keyTypeOf, type TunnelFact, type TunnelInput } from '../../events/tunnel-facts.ts';
import { PROMPT_TEXT_UNITS_MAX } from '../limits.ts';
import { PausableLimit } from '../pausable-limit.ts';
import type { Ports } from '../ports.ts';
import { micros } from '../statement-run.ts';
import { leadsTo, lostWith } from '../tunnels.ts';
import { type EffectPorts, failureOf, type TunnelEffect } from './effect.ts';

/**
 * Opens a tunnel, reports each step once it is done, and asks the user what has to be asked. Nothing is dialled before the record that
 * says so is on disk. Ended early, it gives up.
 */
export function openTunnel(program: EffectPorts): TunnelEffect {
  const { ports, side, resources } = program;
  const { tunnels } = resources;
  return ({ input, report, notify, recorded }) => {
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
      await recorded();
      await tunnels.closings.get(tunnelId);
      const { profile, tunnel, secret } = wayOf(program, input);
      const mismatch = tunnelMismatch(tunnel, profile.target, profile.environment);
      if (mismatch) throw new DriverError({ source: 'client', ...mismatch });
      if (tunnel.by === 'ssh') limit.start();
      const { host, port } = profile.target;
      const opened = await ports.openTunnel(tunnel, { host, port }, {
        signal: abort.signal,
        secret,
        ask: limit.pausedDuring((question: TunnelQuestion, signal: AbortSignal) =>
          ask(program, input, { tunnel, question, signal, report }),
        ),
        onStep: async (step) => {
          if (abort.signal.aborted) return;
          report(factOf(step, ports.fingerprint));
          await program.durableNow();
        },
        onLost,
      } satisfies Omit<TunnelOptions, 'knownHosts' | 'folder'>);
      if (abort.signal.aborted) {
        await opened.close();
        abort.signal.throwIfAborted();
      }
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
  return 1000 * ((tunnel?.by === 'ssh' ? tunnel.keepaliveS : undefined) ?? KEEPALIVE_S);
}

interface Asked {
  readonly tunnel: Tunnel;
  readonly question: TunnelQuestion;
  readonly signal: AbortSignal;
  readonly report: (fact: TunnelFact) => void;
}

/** Asks the user, and returns the answer once the record that there is one is on disk; null for none. */
async function ask(program: EffectPorts, input: TunnelInput, asked: Asked): Promise<TunnelAnswer | null> {
  const { ports, resources } = program;
  const { question, signal, report } = asked;
  if (question.type === 'prompts' && question.prompts.length > PROMPT_TEXTS_MAX) return null;
  if (signal.aborted) return null;
  const promptId = ports.newId('prompt');
  const openedAt = ports.now();
  const shown = shownQuestion(question, asked.tunnel);
  const answering = resources.prompts.ask({
    promptId,
    kind: shown.type,
    ownerId: input.tunnelId,
    sessionId: input.sessionId,
    tabId: null,
    challenge: ports.newId('challenge'),
    openedAt,
    expiresAt: openedAt + TUNNEL_PROMPT_TIMEOUT_MS,
    question: shown,
  });
  const expiresAfterMs = TUNNEL_PROMPT_TIMEOUT_MS;
  report({ type: 'tunnel.asked', promptId, kind: shown.type, hop: question.hop, expiresAfterMs });
  const giveUp = (): void => resources.prompts.close(promptId);
  signal.addEventListener('abort', giveUp);
  try {
    const answer = await answering;
    if (answer === null) return null;
    await program.durableNow();
    if (answer.kind === 'hostKey') return { trusted: true };
    return 'texts' in answer ? { texts: answer.texts } : null;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** A question as the page gets it, each text cut to a bound. */
function shownQuestion(question: TunnelQuestion, tunnel: Tunnel): PromptQuestion {
  const { hop } = question;
  const cut = (text: string): string => text.slice(0, PROMPT_TEXT_UNITS_MAX);
  if (question.type === 'hostKey') {
    const { host, hostKey, art, others } = question;
    return { type: 'hostKey', hop, host: cut(host), ...hostKey, art: cut(art), others: [...others] };
  }
  if (question.type === 'passphrase') return { type: 'passphrase', hop, keyFile: cut(question.keyFile) };
  return {
    type: 'secondFactor',
    hop,
    host: tunnel.by === 'ssh' ? (tunnel.hops[hop]?.host ?? '') : '',
    name: cut(question.name),
    instructions: cut(question.instructions),
    prompts: question.prompts.map(({ text, echo }) => ({ text: cut(text), echo })),
  };
}

/** A step as the tape may know it. */
function factOf(step: TunnelStep, fingerprint: Ports['fingerprint']): TunnelFact {
  switch (step.type) {
    case 'chosen': {
      const { backend, reason, commandHash } = step;
      const hash = commandHash === undefined ? {} : { commandHash: fingerprint(commandHash) };
      return { type: 'tunnel.chosen', backend, reason, ...hash };
    }
    case 'spawned':
      return { type: 'tunnel.spawned', pid: step.pid, startTime: step.startTime };
    case 'reached':
      return { type: 'tunnel.hopReached', hop: step.hop };
    case 'hostKey': {
      const { hop, keyType, verdict } = step;
      return { type: 'tunnel.hostKeySeen', hop, keyType: keyTypeOf(keyType), verdict };
    }
    case 'authenticating':
      return { type: 'tunnel.signInBegan', hop: step.hop };
    case 'authenticated':
      return { type: 'tunnel.signedIn', hop: step.hop };
  }
}

/** Seconds between signs of life where the profile says nothing: less than what a NAT forgets a quiet connection after. */
const KEEPALIVE_S = 30;

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
