import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, withSetting } from '../../../../src/events/policy.ts';
import {
  figureOf,
  pointerOf,
  policyOf,
  problemText,
  settingsErrors,
  settingsForm,
  wordsOf,
} from '../../../../src/ui/dialogs/settings-model.ts';

describe('the settings', () => {
  const rows = pointerOf('production', 'rowsMax');
  const timeout = pointerOf('staging', 'statementTimeoutMs');

  it('give back the policy they show', () => {
    const policy = withSetting(withSetting(DEFAULT_POLICY, rows, 500), '/historyEnabled', false);
    expect(policyOf(settingsForm(policy))).toEqual({ policy });
  });

  it('have words to choose from where a setting is one of them', () => {
    const policy = withSetting(DEFAULT_POLICY, '/logLevel', 'debug');
    expect(settingsForm(policy)['/logLevel']).toBe('debug');
    expect(policyOf(settingsForm(policy))).toEqual({ policy });
    expect(wordsOf('/logLevel')).toEqual(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
    expect(wordsOf('/autoLockMs')).toEqual([]);
    expect(policyOf({ ...settingsForm(policy), '/logLevel': 'loud' })).toEqual({
      errors: { '/logLevel': 'One of trace, debug, info, warn, error, fatal.' },
    });
  });

  it('show a limit that is none as empty, and time in seconds', () => {
    const form = settingsForm(withSetting(DEFAULT_POLICY, timeout, 1500));
    expect([form[rows], form[timeout], form['/tapeAgeMaxMs']]).toEqual(['', '1.5', '90']);
  });

  it.each([
    ['', 1, null],
    ['10 000', 1, 10_000],
    ['0.5', 1000, 500],
    ['2.3', 1000, 2300],
    ['-1', 1, Number.NaN],
    ['ten', 1, Number.NaN],
    ['1e9', 1, Number.NaN],
  ])('read %j by %i as %s', (typed, scale, value) => {
    expect(figureOf(typed, scale)).toBe(value);
  });

  it('say all that is wrong at once, in the units that are typed', () => {
    const form = {
      ...settingsForm(DEFAULT_POLICY),
      [rows]: '0.5',
      [timeout]: '100000',
      '/tapeAgeMaxMs': '',
      '/autoLockMs': '0',
    };
    expect(policyOf(form)).toEqual({
      errors: {
        [timeout]: 'From 0.001 to 86\u00a0400 s, or empty: no limit.',
        [rows]: 'From 1 to 1\u00a0000\u00a0000\u00a0000 rows, or empty: no limit.',
        '/autoLockMs': 'From 0.2 to 1\u00a0440 minutes, or empty: never.',
        '/tapeAgeMaxMs': 'From 1 to 3\u00a0650 days.',
      },
    });
  });

  it('put the program’s errors at their fields', () => {
    const errors = [
      { field: '/tapeAgeMaxMs', code: 'x', message: 'Too many.' },
      { field: '/colour', code: 'x', message: 'Unknown.' },
    ];
    const form = settingsForm(DEFAULT_POLICY);
    expect(settingsErrors({ code: 'policy.invalid', message: '', errors }, form)).toEqual({
      fields: { '/tapeAgeMaxMs': 'Too many.' },
      rest: ['/colour: Unknown.'],
    });
  });

  it.each([
    [{ pointer: '/rowsMox', line: 3 }, 'Line 3, /rowsMox: No such.'],
    [{ pointer: '', variable: 'QUERYTAPE_POLICY_X' }, 'QUERYTAPE_POLICY_X: No such.'],
    [{ pointer: '' }, 'No such.'],
  ])('say where a problem is: %j', (place, words) => {
    expect(problemText({ code: 'policy.unknown', message: 'No such.', ...place })).toBe(words);
  });
});
