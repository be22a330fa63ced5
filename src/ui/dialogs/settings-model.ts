import type { Refusal } from '../../events/command.ts';
import { MIB } from '../../events/limits.ts';
import {
  DEFAULT_POLICY,
  type EnvironmentPolicy,
  type GlobalPolicy,
  POLICY_SETTINGS,
  type Policy,
  type PolicyRule,
  type PolicyValue,
  settingOf,
  withSetting,
} from '../../events/policy.ts';
import { type PolicyProblem, whyNot } from '../../events/policy-check.ts';
import type { Environment } from '../../events/profile.ts';
import { thousands } from '../format/format.ts';

/** How a setting is shown. A figure is shown in units that are worth `scale` of the policy's. */
export interface Shown<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly means: string;
  readonly kind: 'switch' | 'figure' | 'choice';
  readonly unit: string;
  readonly scale: number;
  /** What an empty field means, where one may be empty. */
  readonly none: string;
}

const toggle = { kind: 'switch', unit: '', scale: 1, none: '' } as const;
const figure = { kind: 'figure', unit: '', scale: 1, none: 'no limit' } as const;
const choice = { kind: 'choice', unit: '', scale: 1, none: '' } as const;
const SECONDS = { unit: 's', scale: 1000 } as const;
const MINUTES = { unit: 'minutes', scale: 60_000 } as const;
const DAYS = { unit: 'days', scale: 86_400_000 } as const;

/** The settings of an environment, in the order they are shown. */
export const ENVIRONMENT_SETTINGS: readonly Shown<keyof EnvironmentPolicy>[] = [
  {
    ...toggle,
    name: 'confirmDangerous',
    label: 'Ask before dangerous statements',
    means: 'They wait until you type the connection’s name.',
  },
  {
    ...toggle,
    name: 'blockDangerous',
    label: 'Block dangerous statements',
    means: 'They are refused without a confirmation.',
  },
  {
    ...toggle,
    name: 'readOnlyByDefault',
    label: 'New connections are read-only',
    means: 'Can be changed for each connection.',
  },
  {
    ...figure,
    ...SECONDS,
    name: 'statementTimeoutMs',
    label: 'Statement timeout',
    means: 'Statements are cancelled on the server after this time.',
  },
  {
    ...figure,
    unit: 'rows',
    name: 'rowsMax',
    label: 'Row limit',
    means: 'Further rows are discarded, and the result says so.',
  },
  {
    ...figure,
    unit: 'MiB',
    scale: MIB,
    name: 'fetchAheadBytes',
    label: 'Fetch ahead',
    means: 'Bytes read beyond the rows you have seen, before reading pauses.',
  },
  {
    ...figure,
    name: 'concurrentQueriesMax',
    label: 'Concurrent statements',
    means: 'Per session; further statements are queued.',
  },
  {
    ...figure,
    ...SECONDS,
    name: 'idleInTransactionMs',
    label: 'Idle in a transaction',
    means: 'Idle transactions are rolled back after this time, as they hold locks.',
  },
];

/** The settings that hold everywhere. */
export const GLOBAL_SETTINGS: readonly Shown<keyof GlobalPolicy>[] = [
  {
    ...figure,
    ...MINUTES,
    name: 'autoLockMs',
    label: 'Lock the vault',
    means: 'After this time without activity.',
    none: 'never',
  },
  {
    ...figure,
    ...DAYS,
    name: 'tapeAgeMaxMs',
    label: 'Keep the tape for',
    means: 'Older records are deleted.',
    none: '',
  },
  {
    ...toggle,
    name: 'historyEnabled',
    label: 'Keep a history of statements',
    means: 'Encrypted, on this machine. When off, nothing is added.',
  },
  {
    ...figure,
    ...DAYS,
    name: 'historyAgeMaxMs',
    label: 'Keep statements for',
    means: 'Older ones are deleted from the history.',
    none: 'forever',
  },
  {
    ...choice,
    name: 'logLevel',
    label: 'Log level',
    means: 'The least that is written to the log’s files and sent to a collector.',
  },
];

/** Where an environment's setting stands. */
export function pointerOf(environment: Environment, name: keyof EnvironmentPolicy): string {
  return `/environments/${environment}/${name}`;
}

/**
 * The form of the settings, by JSON pointer: figures as they are typed, in the units that are shown; empty is
 * none.
 */
export type SettingsForm = Readonly<Record<string, string | boolean>>;

const SHOWN = new Map<string, Shown<string>>(
  [...ENVIRONMENT_SETTINGS, ...GLOBAL_SETTINGS].map((shown) => [shown.name, shown]),
);

function shownAt(pointer: string): Shown<string> {
  return SHOWN.get(pointer.slice(pointer.lastIndexOf('/') + 1))!;
}

export function settingsForm(policy: Policy): SettingsForm {
  const form: Record<string, string | boolean> = {};
  for (const { pointer } of POLICY_SETTINGS) {
    const value = settingOf(policy, pointer);
    form[pointer] =
      typeof value === 'boolean'
        ? value
        : typeof value === 'number'
          ? String(value / shownAt(pointer).scale)
          : (value ?? '');
  }
  return form;
}

/** The words that a setting may be, where it is one of a few. */
export function wordsOf(pointer: string): readonly string[] {
  const rule = POLICY_SETTINGS.find((setting) => setting.pointer === pointer)?.rule;
  return rule?.kind === 'choice' ? rule.words : [];
}

/** What the form says of a setting, in the policy's units; NaN for what is no figure. */
function saidValue(rule: PolicyRule, typed: string | boolean, scale: number): PolicyValue {
  return rule.kind === 'number' && typeof typed === 'string' ? figureOf(typed, scale) : typed;
}

/** What is typed as a figure, in the policy's units: null for nothing typed, NaN for what is no figure. */
export function figureOf(typed: string, scale: number): number | null {
  const text = typed.trim().replace(/[\s\u202f_]/g, '');
  if (text === '') return null;
  return /^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * scale * 1e6) / 1e6 : Number.NaN;
}

/** The policy that a form says, or what is wrong with it, by JSON pointer. */
export function policyOf(
  form: SettingsForm,
): { readonly policy: Policy } | { readonly errors: Readonly<Record<string, string>> } {
  const errors: Record<string, string> = {};
  let policy = DEFAULT_POLICY;
  for (const { pointer, rule } of POLICY_SETTINGS) {
    const value = saidValue(rule, form[pointer]!, shownAt(pointer).scale);
    if (whyNot(rule, value) === null) policy = withSetting(policy, pointer, value);
    else errors[pointer] = allowed(rule, shownAt(pointer));
  }
  return Object.keys(errors).length > 0 ? { errors } : { policy };
}

/** What a figure may be, in the units it is typed in. */
function allowed(rule: PolicyRule, { scale, unit, none }: Shown<string>): string {
  if (rule.kind === 'flag') return 'On or off.';
  if (rule.kind === 'choice') return `One of ${rule.words.join(', ')}.`;
  const typed = (value: number): string => {
    const inUnits = value / scale;
    return inUnits >= 1 ? thousands(Math.floor(inUnits)) : String(Number(inUnits.toPrecision(1)));
  };
  const range = `From ${typed(rule.min)} to ${typed(rule.max)}${unit ? ` ${unit}` : ''}`;
  return rule.none ? `${range}, or empty: ${none}.` : `${range}.`;
}

/** A refusal's errors by the pointers of the form; what belongs to no field is in `rest`. */
export function settingsErrors(
  refusal: Refusal,
  form: SettingsForm,
): { readonly fields: Readonly<Record<string, string>>; readonly rest: readonly string[] } {
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const { field, message } of refusal.errors ?? []) {
    if (field in form) fields[field] = message;
    else rest.push(field ? `${field}: ${message}` : message);
  }
  return { fields, rest };
}

/** A problem with where it is: `Line 12, /environments/production: …`. */
export function problemText({ line, variable, pointer, message }: PolicyProblem): string {
  const places = [line === undefined ? '' : `line ${line}`, variable ?? pointer].filter(
    (part) => part !== '',
  );
  const place = places.join(', ');
  return place === '' ? message : `${place[0]!.toUpperCase()}${place.slice(1)}: ${message}`;
}
