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

function figure(key: string): number {
  const value = Number(localStorage.getItem(key) ?? Number.NaN);
  return Number.isFinite(value) ? value : 0;
}

export function readSettings(): RunSettings {
  const goOnAfterError = localStorage.getItem(GO_ON_KEY) === 'yes';
  return { timeoutMs: figure(TIMEOUT_KEY), rowsMax: figure(LIMIT_KEY), goOnAfterError };
}

/** Changes the stored settings and returns them. */
export function changeSettings(settings: RunSettings, changes: Partial<RunSettings>): RunSettings {
  const next = { ...settings, ...changes };
  localStorage.setItem(TIMEOUT_KEY, String(next.timeoutMs));
  localStorage.setItem(LIMIT_KEY, String(next.rowsMax));
  localStorage.setItem(GO_ON_KEY, next.goOnAfterError ? 'yes' : 'no');
  return next;
}
