import { STATEMENT_TIMEOUT_MAX_MS } from '../../events/limits.ts';
import { originStore, storedFigure, storedFlag, storeFlag } from '../browser-store.ts';

/** How statements run, stored in this browser. */
export interface RunSettings {
  /** 0 is no limit. */
  readonly timeoutMs: number;
  /** 0 is no limit. */
  readonly rowsMax: number;
  /** Whether the rest of a script runs after a statement of it has failed. */
  readonly goOnAfterError: boolean;
}

const TIMEOUT_KEY = 'querytape.timeoutMs';
const LIMIT_KEY = 'querytape.rowsMax';
const GO_ON_KEY = 'querytape.goOnAfterError';

/** The stored settings: whatever the browser has stored, a statement is accepted with them. */
export function readSettings(): RunSettings {
  return {
    timeoutMs: storedFigure(TIMEOUT_KEY, { min: 0, max: STATEMENT_TIMEOUT_MAX_MS, otherwise: 0 }),
    rowsMax: storedFigure(LIMIT_KEY, { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
    goOnAfterError: storedFlag(GO_ON_KEY, false),
  };
}

/** Stores what is changed, and nothing else: what another version stored of the rest stays. Returns all settings. */
export function changeSettings(settings: RunSettings, changes: Partial<RunSettings>): RunSettings {
  const { timeoutMs, rowsMax, goOnAfterError } = changes;
  if (timeoutMs !== undefined) originStore.set(TIMEOUT_KEY, String(timeoutMs));
  if (rowsMax !== undefined) originStore.set(LIMIT_KEY, String(rowsMax));
  if (goOnAfterError !== undefined) storeFlag(GO_ON_KEY, goOnAfterError);
  return { ...settings, ...changes };
}
