import type { Refusal } from '../../events/command.ts';
import { checkDraft, type FieldError } from '../../events/profile-check.ts';
import { splitCommandLine } from '../format/command-line.ts';
import { type ConnectionForm, draftOf } from './connection-form.ts';

/** Errors by the field's path. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Said in a form whose profile was saved from elsewhere while it was open. */
export const CHANGED_ELSEWHERE: Refusal = {
  code: 'vault.conflict',
  message:
    'Another page has changed this connection since it was opened here. Its changes are shown now: review them before you save.',
};

/** Errors that can be found without the server: all but whether files are readable and the name is free. */
export function wrongOf(form: ConnectionForm, shown: readonly string[]): FieldErrors {
  const checked = checkDraft(draftOf(form));
  const errors = 'errors' in checked ? { ...errorsOf(checked, shown).fields } : {};
  if (form.name.trim() === '') errors.name = 'Enter a name.';
  if (form.host.trim() === '') errors['target.host'] = 'Enter the server’s host.';
  else if (form.way === 'socket' && !form.host.trim().startsWith('/'))
    errors['target.host'] = 'A socket folder starts with /.';
  const { by, command } = form.tunnel;
  const split = splitCommandLine(command);
  if (by === 'command' && command.trim() === '') errors['tunnel.argv'] = 'Enter the command.';
  else if (by === 'command' && 'wrong' in split) errors['tunnel.argv'] = split.wrong;
  return errors;
}

/** A refusal's errors by field, and what belongs to no field that is shown. */
export function errorsOf(
  refusal: { readonly errors?: readonly FieldError[] },
  shown: readonly string[],
): { readonly fields: FieldErrors; readonly rest: readonly string[] } {
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const { field, message } of refusal.errors ?? []) {
    const at = shown.includes(field) ? field : shown.find((path) => field.startsWith(`${path}.`));
    if (at === undefined) rest.push(field ? `${field}: ${message}` : message);
    else fields[at] = fields[at] ? `${fields[at]} ${message}` : message;
  }
  return { fields, rest };
}
