import { errorSentence, isSystemCode } from '../events/system-error.ts';

/** What an error says; a system's error with the path of its file or folder in front. For the terminal: a path may name a user. */
export function fileErrorSentence(error: unknown): string {
  const { code, path } = error as { code?: unknown; path?: unknown };
  const place = isSystemCode(code) && typeof path === 'string' ? `${path}: ` : '';
  return `${place}${errorSentence(error)}`;
}
