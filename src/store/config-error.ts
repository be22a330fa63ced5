import type { FieldError } from '../events/profile-check.ts';

/** A command can't be done. `errors` names each field that is wrong. */
export class ConfigError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly errors?: readonly FieldError[],
  ) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** A profile that can't be kept or tried, with all that is wrong with it. */
export function invalidProfile(errors: readonly FieldError[]): ConfigError {
  const [first] = errors;
  const where = first!.field === '' ? '' : `${first!.field}: `;
  const others = errors.length - 1;
  const more = others > 0 ? ` ${others} more field${others === 1 ? ' is' : 's are'} wrong.` : '';
  return new ConfigError('profile.invalid', `${where}${first!.message}${more}`, errors);
}
