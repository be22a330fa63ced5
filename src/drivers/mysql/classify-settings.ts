import type { Token } from './classify-lexer.ts';

const words = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/));

/** Variables of the session that only change how results look or how long things may take; no wall depends on one of them. */
const HARMLESS: ReadonlySet<string> = words(
  `TIME_ZONE LC_TIME_NAMES GROUP_CONCAT_MAX_LEN DIV_PRECISION_INCREMENT MAX_EXECUTION_TIME MAX_STATEMENT_TIME
   LOCK_WAIT_TIMEOUT INNODB_LOCK_WAIT_TIMEOUT`,
);
const CONSTANTS: ReadonlySet<string> = words('DEFAULT NULL TRUE FALSE');
const SESSION_SCOPES: ReadonlySet<string> = words('SESSION LOCAL');

/**
 * Whether a statement only sets harmless variables to plain values, the session's own `@x` among them, or the character set that
 * is set anyway, or uses another database. Expects no executable comments.
 */
export function isHarmlessSetting(tokens: readonly Token[]): boolean {
  const [first, ...rest] = tokens;
  if (first?.is === 'USE')
    return rest.length === 1 && (rest[0]!.kind === 'word' || rest[0]!.kind === 'quoted');
  if (first?.is !== 'SET') return false;
  return rest[0]?.is === 'NAMES'
    ? isOurCharset(rest.slice(1))
    : rest.length > 0 && assignments(rest).every(isPlain);
}

/** `utf8mb4`, also in quotes, and with one of its collations. */
function isOurCharset(tokens: readonly Token[]): boolean {
  const named = tokens.map(({ kind, text }) => (kind === 'string' ? text.slice(1, -1) : text).toLowerCase());
  const [charset, collate, collation] = named;
  if (charset !== 'utf8mb4') return false;
  return (
    tokens.length === 1 || (tokens.length === 3 && collate === 'collate' && /^utf8mb4_\w+$/.test(collation!))
  );
}

function assignments(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.is === ',') parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

/** `name = constant`, and nothing else: no call, no subselect, no other variable. */
function isPlain(tokens: readonly Token[]): boolean {
  const at = tokens.findIndex(({ is }) => is === '=' || is === ':=');
  return at > 0 && isHarmlessTarget(tokens.slice(0, at)) && isConstant(tokens.slice(at + 1));
}

/** `@x`, `time_zone`, `SESSION time_zone`, `@@time_zone`, `@@session.time_zone`. */
function isHarmlessTarget(tokens: readonly Token[]): boolean {
  const [first, second, third] = tokens;
  const system =
    first?.kind === 'variable' && first.text.startsWith('@@') ? first.text.slice(2).toUpperCase() : null;
  switch (tokens.length) {
    case 1:
      if (first!.kind === 'variable' && system === null) return true;
      return HARMLESS.has(system ?? first!.is);
    case 2:
      return SESSION_SCOPES.has(first!.is) && HARMLESS.has(second!.is);
    case 3:
      return system !== null && SESSION_SCOPES.has(system) && second!.is === '.' && HARMLESS.has(third!.is);
    default:
      return false;
  }
}

function isConstant(tokens: readonly Token[]): boolean {
  const signed = tokens[0]?.is === '-' || tokens[0]?.is === '+';
  const [value, ...rest] = signed ? tokens.slice(1) : tokens;
  if (!value || rest.length > 0) return false;
  if (value.kind === 'number') return true;
  return !signed && (value.kind === 'string' || CONSTANTS.has(value.is));
}
