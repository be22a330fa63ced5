import type { TemplateResult } from 'lit';
import type { Environment } from '../../events/profile.ts';
import { type TextField, textField } from '../controls/form-fields.ts';
import type { FieldErrors } from './connection-errors.ts';
import type { ConnectionForm } from './connection-form.ts';
import type { TunnelProps } from './tunnel-sections.ts';

/** What the sections of a connection's form are drawn from. */
export interface SectionProps {
  readonly form: ConnectionForm;
  readonly errors: FieldErrors;
  /** Whether a password is kept, or came with what was imported. */
  readonly kept: 'vault' | 'import' | null;
  /** It is of a new connection: read-only goes with the environment. */
  readonly fresh: boolean;
  readonly readOnlyByDefault: Readonly<Record<Environment, boolean>>;
  /** Folders that there are already. */
  readonly folders: readonly string[];
  /** What the way to the server is drawn from, beside the form. */
  readonly tunnel: Pick<TunnelProps, 'stored' | 'lookups' | 'resolve' | 'allow' | 'focus'>;
  readonly change: (form: ConnectionForm) => void;
}

/** The fields of a form that are typed freely. */
type TextKey = {
  [K in keyof ConnectionForm]: ConnectionForm[K] extends string
    ? string extends ConnectionForm[K]
      ? K
      : never
    : never;
}[keyof ConnectionForm];

/** A text field of a section: its value is the form's by `key`. */
export function text(
  { form, errors, change }: SectionProps,
  path: string,
  label: string,
  key: TextKey,
  more: Partial<TextField> = {},
): TemplateResult {
  return textField({
    path,
    label,
    value: form[key],
    error: errors[path],
    typed: (value) => change({ ...form, [key]: value }),
    ...more,
  });
}
