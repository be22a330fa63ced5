import { DriverError } from '../../drivers/driver.ts';
import { withoutServerWords } from '../../events/connection.ts';
import { type FailureText, withoutWords } from '../../events/failure.ts';
import { kindsOf, type SessionState, STATE_NOT_RESTORED } from '../../events/session-state.ts';
import { micros } from '../micros.ts';
import { TunnelDown } from '../tunnels.ts';
import { connectTimedOut, profileToDial, secretsOf } from './dialled-profile.ts';
import { type ConnectionEffect, type EffectPorts, failureOf } from './effect.ts';

/**
 * Opens a server connection, gives it what its tab's last one held, and reports who answered. What it holds changes and its loss are
 * reported from then on. Ended early, it gives up dialling.
 */
export function connect(program: EffectPorts): ConnectionEffect {
  const { ports, side, resources } = program;
  return ({ input, report, notify, defect, self, recorded }) => {
    const { connectionId, sessionId, engine, purpose, tabId, connectTimeoutMs, restores = [] } = input;
    const abort = new AbortController();
    const startedAt = performance.now();
    const timer = setTimeout(() => abort.abort('timeout'), connectTimeoutMs);
    let hasFailed = false;
    const dial = async (): Promise<void> => {
      // Not even the greeting leaves before the record that says so is on disk.
      await recorded();
      const driver = await ports.driver(engine);
      resources.drivers.set(engine, driver);
      const profile = profileToDial(program, input);
      const route = await resources.tunnels.route(sessionId, profile, abort.signal);
      const restore = tabId === null ? undefined : resources.states.ofTab(sessionId, tabId);
      if (restores.length > 0 && !restore) throw new DriverError(STATE_FORGOTTEN);
      const learned = (state: SessionState): void =>
        resources.states.learned({ connectionId, sessionId, tabId }, state);
      const opened = await driver.connect(profile.target, {
        ...secretsOf(program, input),
        signal: abort.signal,
        applicationName: 'querytape',
        readOnly: input.readOnly || profile.readOnly,
        ...(route ? { route } : {}),
        ...(restore ? { restore } : {}),
        onState: (state) => {
          // While it is still being restored, the state before the loss is the one that counts.
          if (!resources.connections.has(connectionId)) return;
          learned(state);
          notify({ type: 'connection.stateChanged', held: kindsOf(state) });
        },
        onLost: (failure) => {
          const lost = (): void => {
            const why = resources.tunnels.lossOf(sessionId) ?? failure;
            side.failed(connectionId, why);
            notify({ type: 'connection.lost', failure: withoutWords(why) });
          };
          const known = resources.tunnels.lossKnown(sessionId);
          if (known) known.then(lost).catch(defect);
          else lost();
        },
      });
      if (abort.signal.aborted) {
        opened.destroy();
        abort.signal.throwIfAborted();
      }
      resources.connections.set(connectionId, opened);
      learned(opened.state);
      const afterMs = micros(performance.now() - startedAt);
      report({ type: 'connection.opened', server: withoutServerWords(opened.server), afterMs });
      const held = kindsOf(opened.state);
      if (held.join() !== restores.join()) report({ type: 'connection.stateChanged', held });
      if (purpose === 'catalogue') program.lookForOrphans(self, input);
    };
    dial()
      .catch(async (error: unknown) => {
        if (abort.signal.reason === CLOSED) return;
        const isLate = abort.signal.aborted && !(error instanceof TunnelDown);
        const own = isLate ? connectTimedOut(connectTimeoutMs) : failureOf(error);
        const failure = await resources.tunnels.whyNotOpened(sessionId, own, startedAt);
        hasFailed = true;
        side.failed(connectionId, failure);
        side.failed(sessionId, failure);
        if (failure.code === STATE_NOT_RESTORED) resources.states.forgetTab(sessionId, tabId);
        report({ type: 'connection.notOpened', failure: withoutWords(failure) });
      })
      .finally(() => clearTimeout(timer));
    return () => {
      clearTimeout(timer);
      if (resources.connections.has(connectionId) || hasFailed) return;
      // What waits for it ends with it, and has its words.
      const loss = resources.tunnels.lossOf(sessionId);
      if (loss) side.failed(connectionId, loss);
      abort.abort(CLOSED);
    };
  };
}

/** Why dialling is given up where nothing waits for it any more. */
const CLOSED = 'closed';

const STATE_FORGOTTEN: FailureText = {
  code: STATE_NOT_RESTORED,
  source: 'client',
  message: 'The connection was lost, and what it held of its session is no longer known.',
};
