import type { Refusal } from '../../events/command.ts';
import type { VaultView } from '../../events/config.ts';

/** What is in the vault and what is not, in two sentences. */
export const VAULT_SCOPE =
  'The vault keeps saved connections encrypted: names, hosts, users and passwords. The tape is not in it, and holds none of these.';

export const PROTECTION_WORDS = {
  passphrase: {
    label: 'A passphrase',
    means: 'Only you can open it. A forgotten passphrase can’t be got back, and the secrets go with it.',
  },
  keychain: {
    label: 'This machine’s keychain',
    means:
      'It opens when you are signed in to this machine, without another word. So does it for programs that run as you.',
  },
} as const;

/** How hard a passphrase is to guess: 0 none, 1 weak, 2 fair, 3 strong; and what would make it better. */
export interface Strength {
  readonly level: 0 | 1 | 2 | 3;
  readonly words: string;
}

const FAIR_BITS = 45;
const STRONG_BITS = 65;
/** What is longer is strong by then, or repeats itself. */
const ESTIMATED_UNITS = 256;
const COMMON = /passw|querytape|qwert|asdf|12345|letmein|admin|secret/gi;

/** An estimate, and told as one: by length and variety, less what repeats, runs on or is everyone's. */
export function strengthOf(passphrase: string): Strength {
  if (passphrase === '')
    return { level: 0, words: 'Four or five words that don’t belong together are hard to guess.' };
  const plain = passphrase
    .slice(0, ESTIMATED_UNITS)
    .replace(COMMON, '.')
    .replace(/(.)\1+/gu, '$1$1')
    .replace(/(..+?)\1+/gu, '$1');
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\d/, /[^\p{L}\d]/u];
  const sizes = [26, 26, 10, 24];
  const pool = kinds.reduce((sum, kind, i) => sum + (kind.test(plain) ? sizes[i]! : 0), 0);
  // Letters of words follow each other: a letter that follows one is worth less than one that does not.
  const letters = (plain.match(/(?<=\p{L})\p{L}/gu) ?? []).length;
  const others = [...plain].length - letters;
  const bits = others * Math.log2(Math.max(2, pool)) + letters * 2.2;
  if (bits < FAIR_BITS) return { level: 1, words: 'Weak: a machine guesses it soon. Make it longer.' };
  if (bits < STRONG_BITS) return { level: 2, words: 'Fair. One or two words more make it strong.' };
  return { level: 3, words: 'Strong.' };
}

/** What is said of a refused unlocking: the server's words, and why it takes longer each time. */
export function unlockWords({ message }: Refusal, wrong: number): string {
  return wrong < 2
    ? message
    : `${message} ${wrong} were wrong so far; each one makes the next answer take longer.`;
}

/** What the dialog is about: making the vault, unlocking it, how it stands, its protection, a file that can't be read. */
export type Step = 'create' | 'unlock' | 'stand' | 'protect' | 'mend';

export const STEP_TITLES: Readonly<Record<Step, string>> = {
  create: 'Create a vault for your connections',
  unlock: 'Unlock the vault',
  stand: 'The vault',
  protect: 'Protect the vault in another way',
  mend: 'The vault can’t be read',
};

/** The step that a vault as it stands begins with. */
export function stepOf({ state }: VaultView): Step {
  return ({ absent: 'create', locked: 'unlock', unlocked: 'stand', unreadable: 'mend' } as const)[state];
}

/** What the backup holds, by its time. */
export function backupWords({ savedAt }: NonNullable<VaultView['backup']>): string {
  const at = new Date(savedAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return `There is a backup, saved ${at}. What was saved after that is not in it.`;
}
