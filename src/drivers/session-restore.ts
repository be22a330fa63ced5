import type { FailureText } from '../events/failure.ts';
import { STATE_NOT_RESTORED, type StateSetting } from '../events/session-state.ts';
import { DriverError } from './driver.ts';
import type { FailureTextOf } from './failures.ts';

/**
 * Sets again what another connection held. A setting that needs the rights of a role is tried again once the role is set.
 * Rejects as `set` does.
 */
export async function restoreSettings(
  settings: readonly StateSetting[],
  set: (setting: StateSetting) => Promise<void>,
): Promise<void> {
  const refused: StateSetting[] = [];
  for (const setting of settings) {
    try {
      await set(setting);
    } catch (error) {
      if (setting.kind === 'role') throw error;
      refused.push(setting);
    }
  }
  for (const setting of refused) await set(setting);
}

/** The error of a session whose state could not be restored. */
export function notRestored(failureText: FailureTextOf, why: string, cause?: unknown): DriverError {
  const failure: FailureText = failureText(
    STATE_NOT_RESTORED,
    `A new connection was made, but the state of the lost one could not be set again. ${why}`,
    'client',
  );
  return new DriverError(failure, { cause });
}
