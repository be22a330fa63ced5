import { type Capabilities, lacks, type Switch } from '../../events/capabilities.ts';
import type { Danger, Judgement } from '../../events/judgement.ts';
import { CONFIRM_TIMEOUT_MS } from '../../events/limits.ts';
import type { Environment } from '../../events/profile.ts';
import { sentences } from '../../events/sentences.ts';
import type { QueryText } from '../../events/wire.ts';
import { DANGER_WORDS } from '../dialogs/confirmations.ts';
import { errorOffset } from './error-position.ts';

/** What is known where something was refused. */
export interface RefusedWhere {
  readonly profileName: string;
  readonly environment: Environment;
  /** The connection is a saved one. */
  readonly editable: boolean;
  /** The product's name: `PostgreSQL`. */
  readonly flavour: string;
  readonly judgement: Judgement | null;
  /** The environment variable that decides the rule; null where the settings do. */
  readonly variable: string | null;
  /** The program's own words, where it sent some. */
  readonly message: string | null;
}

/** What the user can do about a refusal, by a button. */
export type RefusalAct = 'edit-connection' | 'open-settings' | 'run-again' | 'rollback' | 'unlock';

/** A refusal as it is shown where it happened. */
export interface RefusalText {
  readonly code: string;
  /** The rule, as a heading: `Read-only connection`. */
  readonly rule: string;
  /** What was refused and why. */
  readonly why: string;
  /** More places of the same kind, each a sentence. */
  readonly also: readonly string[];
  /** Who may change the rule, or what to do. */
  readonly who: string;
  readonly act: { readonly do: RefusalAct; readonly label: string } | null;
  /** The 1-based character of the statement; null where the rule is about no place. */
  readonly position: number | null;
}

/** What a statement does that a read-only connection takes no part in. */
const DOES: Readonly<Record<string, string>> = {
  write: 'The statement writes',
  ddl: 'The statement changes definitions',
  transaction:
    'The statement begins or ends a transaction, but each statement here runs in its own read-only transaction',
  session: 'The statement changes the meaning of later statements on this connection',
  admin: 'The statement changes the server or its privileges',
  notProvenRead: 'The statement is not proven to read',
};

const CAPABILITIES: readonly string[] = [
  'transactions',
  'readOnlyTransactions',
  'savepoints',
  'mutations',
  'streaming',
  'multipleResultSets',
  'explain',
  'ssh',
] satisfies readonly Switch[];

/** Why a code was given, which rule it is, where in the text, and who may change it. */
export function refusalText(code: string, where: RefusedWhere): RefusalText {
  const [area, what = ''] = code.split('.');
  switch (area) {
    case 'readOnly':
      return readOnly(code, what, where);
    case 'policy':
      return dangerous(code, where);
    case 'confirmation':
      return confirmation(code, what, where);
    case 'capability':
      return plain(
        code,
        'Not on this server',
        where.message ?? capability(what, where.flavour),
        SERVER_LIMIT,
      );
    default:
      return OTHERS[code]?.(code, where) ?? plain(code, 'Refused', where.message ?? 'Nothing was sent.', '');
  }
}

const SERVER_LIMIT = 'This is a limit of the server; no setting here changes it.';

function plain(
  code: string,
  rule: string,
  why: string,
  who: string,
  act: RefusalText['act'] = null,
): RefusalText {
  return { code, rule, why, also: [], who, act, position: null };
}

function readOnly(
  code: string,
  what: string,
  { profileName, editable, judgement, message }: RefusedWhere,
): RefusalText {
  const does = DOES[what] ?? 'The statement does more than read';
  const why = message ?? (judgement?.reason ? `${does}: ${withoutPlace(judgement.reason)}` : does);
  return {
    code,
    rule: 'Read-only connection',
    why: sentences(why, 'Nothing was sent.'),
    also: [],
    who: `Anyone who may edit ${profileName} can switch read-only off there.`,
    act: editable ? { do: 'edit-connection', label: 'Edit the connection' } : null,
    position: judgement?.position ?? null,
  };
}

/** A classifier's reason inside of a sentence of ours, which has a link where the reason has a figure. */
function withoutPlace(reason: string): string {
  const words = reason.replace(/(?:, at \d+)?\.?$/, '');
  // A keyword stays as it is; any other first word follows in the middle of a sentence.
  return /^[A-Z][a-z]/.test(words) ? words[0]!.toLowerCase() + words.slice(1) : words;
}

function dangerous(code: string, { environment, judgement, variable, message }: RefusedWhere): RefusalText {
  const [first, ...others] = judgement?.dangers ?? [];
  const sentence = ({ kind, reason }: Danger): string => `${DANGER_WORDS[kind]}. ${reason}`;
  return {
    code,
    rule: `Dangerous statements are blocked on ${environment}`,
    why: sentences(first ? sentence(first) : (message ?? 'The statement is dangerous.'), 'Nothing was sent.'),
    also: others.map(sentence),
    who: variable
      ? `The policy is set by ${variable}, where Querytape is started.`
      : `To change it, open the settings: ${environment}, “Block dangerous statements”.`,
    act: variable ? null : { do: 'open-settings', label: 'Open settings' },
    position: first?.position ?? null,
  };
}

function confirmation(code: string, what: string, { profileName, message }: RefusedWhere): RefusalText {
  const again = { do: 'run-again', label: 'Run again' } as const;
  if (what === 'expired')
    return plain(
      code,
      'Not confirmed in time',
      `${profileName} was not typed within ${CONFIRM_TIMEOUT_MS / 60_000} minutes. Nothing was sent.`,
      'Run it again to get a new confirmation.',
      again,
    );
  if (what === 'name')
    return plain(
      code,
      'Not confirmed',
      message ?? 'That is not the connection’s name. Nothing was sent.',
      `Type ${profileName} exactly.`,
    );
  return plain(
    code,
    'Not confirmed',
    message ??
      'The confirmation is not for this statement, was already used, or came too late. Nothing was sent.',
    'Run it again to get a new confirmation.',
    again,
  );
}

function capability(name: string, flavour: string): string {
  if (CAPABILITIES.includes(name)) return lacks(flavour, name as keyof Capabilities & Switch);
  return `${flavour} does not support that.`;
}

const OTHERS: Readonly<Record<string, (code: string, where: RefusedWhere) => RefusalText>> = {
  'transaction.lost': (code, { message }) =>
    plain(
      code,
      'The transaction is lost',
      message ?? 'The connection was lost with a transaction open.',
      'Click Roll back to acknowledge, then continue.',
      { do: 'rollback', label: 'Roll back' },
    ),
  'tape.unavailable': (code, { message }) =>
    plain(
      code,
      'The tape can’t be written',
      message ?? 'Statements are recorded before they are sent, so this one was not sent.',
      'Free some space on the disk of the data folder; recording then resumes by itself.',
    ),
  'vault.locked': (code, { message }) =>
    plain(
      code,
      'The vault is locked',
      message ?? 'The password can’t be read while the vault is locked.',
      'Unlock it to continue.',
      { do: 'unlock', label: 'Unlock' },
    ),
};

/** Where in an editor's text the judgement points, in UTF-16 units; null for nowhere. See `errorOffset`. */
export function judgedOffset(
  editorText: string,
  words: QueryText,
  ranAt: number | null,
  position: number | null,
): number | null {
  if (position === null) return null;
  return errorOffset(
    editorText,
    { ...words, failure: { code: 'refused', source: 'client', message: '', position } },
    ranAt,
  );
}
