import type { FailureText } from '../events/failure.ts';
import { within } from './deadline.ts';
import type { CancelObserver, Termination } from './driver.ts';
import {
  CANCEL_ASK_MS,
  CANCEL_CHANNEL_TIMEOUT_MS,
  CANCEL_RETRY_MAX_MS,
  CANCEL_RETRY_MIN_MS,
  CANCEL_TERMINATE_MS,
} from './limits.ts';

/**
 * What became of one request. `taken`: the server has passed it on, and nothing of it is on its way any more. `notSent`: it
 * never reached the statement, and never will. `unknown`: it may still be on its way, and would hit whatever runs then.
 */
export type CancelDelivery = 'taken' | 'notSent' | 'unknown';

/** Why a request did not reach the statement, in the words of whoever turned it down. */
export interface CancelRefusal {
  readonly failure: FailureText;
  /** The next request would be turned down too: a password that the server does not take, a missing privilege. */
  readonly isFinal: boolean;
}

/** Codes of a server that does not prove by TLS that it is the right one, or that does not take the proof of who asks. */
export const LASTING_TLS =
  /^(?:ERR_(?:TLS|SSL|OSSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_|tls\.)/;
const REPEATED = 'A cancel needs a connection of its own, and is repeated for some seconds.';
const EXCHANGED =
  'A cancel needs a connection of its own, and encryption was agreed on as this one was opened, but is not now: a certificate was exchanged since, or has expired. It is repeated for some seconds.';

/** A refusal in the words of whoever turned a request down; `byHand` is what else stops the statement. */
export function notCancelled(failure: FailureText, byHand = ''): CancelRefusal {
  const advice = `${LASTING_TLS.test(failure.code) ? EXCHANGED : REPEATED} ${byHand}`.trim();
  return {
    failure: { ...failure, severity: 'WARNING', message: `Not cancelled: ${failure.message}`, advice },
    isFinal: false,
  };
}

/** The times of a cancel, in milliseconds. Tests make them short. */
export interface CancelTimes {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly askMs: number;
  readonly terminateMs: number;
  readonly channelMs: number;
}

export const CANCEL_TIMES: CancelTimes = {
  retryMinMs: CANCEL_RETRY_MIN_MS,
  retryMaxMs: CANCEL_RETRY_MAX_MS,
  askMs: CANCEL_ASK_MS,
  terminateMs: CANCEL_TERMINATE_MS,
  channelMs: CANCEL_CHANNEL_TIMEOUT_MS,
};

/** What a cancel can do to the statement it is for. */
export interface CancelMeans {
  /** Settles when the statement has. */
  readonly settled: Promise<unknown>;
  isSettled(): boolean;
  /** Sends one request and waits until its channel has closed. Never rejects; bounded. */
  request(onSent: () => void, onRefused: (refusal: CancelRefusal) => void): Promise<CancelDelivery>;
  /** Ends the server's process, if it is still ours and still runs. Never rejects; ended by the signal. */
  terminate(signal: AbortSignal, onRefused: (refusal: CancelRefusal) => void): Promise<Termination>;
  /** Gives the connection up: the statement settles as lost. */
  abandon(): void;
}

/**
 * Asks until the statement has settled: a request that comes before its statement is lost, so one is not enough.
 *
 *   ask ⟲ backoff ──askMs──→ terminate ──terminateMs──→ abandon
 *    └─ refused for good ─→ wait ────────askMs────────────┘
 *
 * A refusal is reported as soon as it is known, each reason once. One that would be repeated ends the asking: every request
 * signs in, and a password that is wrong too often locks the account.
 *
 * Resolves once the statement has settled and every channel opened for it has closed. False when something of it may still
 * be on its way: it would hit the next statement, so the connection must not have one.
 * Invariant C2.
 */
export async function cancelUntilSettled(
  means: CancelMeans,
  observer: CancelObserver,
  times: CancelTimes,
): Promise<boolean> {
  const startedAt = performance.now();
  const askUntil = startedAt + times.askMs;
  let safe = true;
  let waitMs = times.retryMinMs;
  let isRefused = false;
  const reported = new Set<string>();
  const refused = ({ failure, isFinal }: CancelRefusal): void => {
    isRefused ||= isFinal;
    if (means.isSettled() || reported.has(failure.code)) return;
    reported.add(failure.code);
    observer.refused?.(failure);
  };
  for (let attempt = 1; !means.isSettled() && performance.now() < askUntil; attempt++) {
    if (isRefused) {
      await settledWithin(means, askUntil - performance.now());
      break;
    }
    const delivery = await means.request(() => observer.sent(attempt), refused);
    if (delivery === 'unknown') safe = false;
    if (delivery === 'taken') observer.acknowledged(attempt, performance.now() - startedAt);
    await settledWithin(means, Math.min(waitMs, Math.max(0, askUntil - performance.now())));
    waitMs = Math.min(waitMs * 2, times.retryMaxMs);
  }
  if (means.isSettled()) return safe;
  if (!isRefused) {
    observer.escalated('terminate');
    const abort = new AbortController();
    const terminating = means.terminate(abort.signal, refused);
    await settledWithin(means, times.terminateMs);
    abort.abort();
    // It may have ended by itself at that very moment; the process goes all the same.
    if ((await terminating) !== 'notDone') safe = false;
    if (means.isSettled()) return safe;
  }
  observer.escalated('abandon');
  means.abandon();
  return false;
}

async function settledWithin({ settled, isSettled }: CancelMeans, ms: number): Promise<void> {
  if (!isSettled()) await within(settled, ms);
}
