import { CANCEL_TIMES, type CancelTimes } from '../cancel-loop.ts';
import { SESSION_REFRESH_INTERVAL_MS } from '../limits.ts';

/** The times of a connection, in milliseconds. Tests make them short. */
export interface MongoTimes extends CancelTimes {
  /** Between two signs that the session is still used, while a result is paused. */
  readonly sessionRefreshMs: number;
}

export const MONGO_TIMES: MongoTimes = { ...CANCEL_TIMES, sessionRefreshMs: SESSION_REFRESH_INTERVAL_MS };
