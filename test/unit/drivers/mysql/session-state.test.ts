import { expect, it } from 'vitest';
import { SESSION_VARIABLES_UNITS_MAX } from '../../../../src/drivers/limits.ts';
import { SessionStateWatch } from '../../../../src/drivers/mysql/session-state.ts';
import { KIB } from '../../../../src/events/limits.ts';
import type { SessionState } from '../../../../src/events/session-state.ts';

/** What is known after statements whose OK reports variables, one each, as soon as the server does not answer any more. */
function stateAfter(reports: readonly (readonly [name: string, value: string])[]): SessionState {
  const watch = new SessionStateWatch({} as never, false, () => undefined);
  for (const [name, value] of reports) {
    const ok = {
      affected: 0,
      status: 0,
      warnings: 0,
      variables: { [name]: value },
      changed: true,
      endsRows: false,
    };
    watch.ran('SET time_zone = 1', { type: 'completed', ok }, false);
  }
  watch.lose();
  return watch.state;
}

it('a hostile server: variables without end are remembered up to a limit, and then the state is unknown', () => {
  const { settings, held } = stateAfter(
    Array.from({ length: 100 }, (_, i) => [`v${i}`, 'x'.repeat(16 * KIB)]),
  );
  const units = settings.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  expect(units).toBeLessThanOrEqual(SESSION_VARIABLES_UNITS_MAX);
  expect(held.some(({ kind }) => kind === 'unknown')).toBe(true);
});

it('remembers the last value of a variable that is reported again and again', () => {
  const { settings } = stateAfter(
    Array.from({ length: 100 }, (_, i) => ['sql_mode', `${i}`.padEnd(16 * KIB, ' ')]),
  );
  expect(settings.map(({ name, value }) => [name, value.trim()])).toEqual([['sql_mode', '99']]);
});
