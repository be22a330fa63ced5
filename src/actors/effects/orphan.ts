import { type Driver, DriverError, type Probe, type SideOptions } from '../../drivers/driver.ts';
import { type FailureText, withoutWords } from '../../events/failure.ts';
import type { OrphanFact, OrphanInput, OrphanStatus } from '../../events/orphan.ts';
import type { Target } from '../../events/profile.ts';
import { ORPHAN_CONFIRM_TIMEOUT_MS, ORPHAN_LATER_STATEMENT_MS, ORPHAN_PROBE_INTERVAL_MS } from '../limits.ts';
import { micros } from '../micros.ts';
import { connectTimedOut, profileToDial, secretsOf } from './dialled-profile.ts';
import { type EffectPorts, failureOf, type OrphanEffect } from './effect.ts';

/** Looks once for an orphan's server process, and reports what it does. The orphans of a profile are looked for one after another. */
export function look(program: EffectPorts): OrphanEffect {
  const turns = new Map<string, Promise<void>>();
  return ({ input, report, recorded }) =>
    onServer(program, input, report, 'orphan.notChecked', async (ask) => {
      await recorded();
      const { profileId } = input;
      const answer = (turns.get(profileId) ?? Promise.resolve()).then(() =>
        ask((one) => found(program, one)),
      );
      const turn = answer.then(
        () => undefined,
        () => undefined,
      );
      turns.set(profileId, turn);
      void turn.then(() => turns.get(profileId) === turn && turns.delete(profileId));
      report(await answer);
    });
}

/** Asks the server to end the process, if it is still the same one. */
export function terminate(program: EffectPorts): OrphanEffect {
  return ({ input, report, recorded }) =>
    onServer(program, input, report, 'orphan.notTerminated', async (ask) => {
      await recorded();
      const termination = await ask(({ driver, target, options }) =>
        driver.terminate!(target, input.process, options),
      );
      report({ type: 'orphan.terminated', termination });
    });
}

/** Looks until the server says that the process runs nothing any more, or time is up, and reports what it said last. */
export function confirm(program: EffectPorts): OrphanEffect {
  return ({ input, report }) =>
    onServer(program, input, report, 'orphan.notChecked', async (ask, stopped) => {
      const until = performance.now() + ORPHAN_CONFIRM_TIMEOUT_MS;
      for (;;) {
        const now = await ask((one) => found(program, one));
        const isOver = now.status === 'gone' || now.status === 'idle';
        if (isOver || performance.now() > until || stopped.aborted) return report(now);
        await new Promise((resolve) => setTimeout(resolve, ORPHAN_PROBE_INTERVAL_MS));
      }
    });
}

/** A driver with what it takes to ask about an orphan. */
interface Side {
  readonly input: OrphanInput;
  readonly driver: Driver;
  readonly target: Target;
  readonly options: SideOptions;
}

/** Asks a server something by a connection of its own, in bounded time. @throws DriverError */
type Ask = <T>(question: (side: Side) => Promise<T>) => Promise<T>;

/** Does something on a server, and reports a failure as a fact of that type. Ended early, it gives up dialling. */
function onServer(
  program: EffectPorts,
  input: OrphanInput,
  report: (fact: OrphanFact) => void,
  type: 'orphan.notChecked' | 'orphan.notTerminated',
  work: (ask: Ask, stopped: AbortSignal) => Promise<void>,
): () => void {
  const stopped = new AbortController();
  const ask: Ask = async (question) => {
    const late = AbortSignal.timeout(input.checkTimeoutMs);
    const signal = AbortSignal.any([stopped.signal, late]);
    try {
      const driver = await program.ports.driver(input.engine);
      if (!driver.probe || !driver.terminate) throw new DriverError(NOT_ASKED);
      const profile = profileToDial(program, input);
      const { target } = profile;
      const route = await program.resources.tunnels.route(input.sessionId, profile, signal);
      return await question({
        input,
        driver,
        target,
        options: {
          ...secretsOf(program, input),
          signal,
          applicationName: 'querytape',
          ...(route ? { route } : {}),
        },
      });
    } catch (error) {
      throw late.aborted ? new DriverError(connectTimedOut(input.checkTimeoutMs)) : error;
    }
  };
  work(ask, stopped.signal).catch((error: unknown) => {
    const failure = failureOf(error);
    program.side.failed(input.actorId, failure);
    report({ type, failure: withoutWords(failure) });
  });
  return () => stopped.abort();
}

/** What the process does now. @throws DriverError */
async function found({ ports }: EffectPorts, { input, driver, target, options }: Side) {
  const startedAt = performance.now();
  const probe = await driver.probe!(target, input.process, options);
  const afterMs = micros(performance.now() - startedAt);
  const forMs = probe.type === 'running' && probe.forMs !== null ? Math.max(0, micros(probe.forMs)) : null;
  return { type: 'orphan.found', status: statusOf(probe, input, ports.now()), forMs, afterMs } as const;
}

/** What it runs is the statement that was in flight unless it began clearly later. */
function statusOf(probe: Probe, { sentAt }: OrphanInput, now: number): OrphanStatus {
  if (probe.type !== 'running' || probe.forMs === null || sentAt === null) return probe.type;
  return now - probe.forMs > sentAt + ORPHAN_LATER_STATEMENT_MS ? 'laterStatement' : 'running';
}

const NOT_ASKED: FailureText = {
  code: 'process.unknown',
  source: 'client',
  message: 'This kind of server does not report what has become of a process.',
  advice: 'Look at the server’s own list of processes.',
};
