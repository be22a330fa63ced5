import type { Refusal } from '../../events/command.ts';
import type { VaultView } from '../../events/config.ts';
import { minuteStamp } from '../format/timestamp.ts';

/** What is in the vault and what is not, in two sentences. */
export const VAULT_SCOPE =
  'The vault keeps saved connections encrypted: names, hosts, users and passwords. The tape is separate and contains none of these.';

export const PROTECTION_WORDS = {
  passphrase: {
    label: 'A passphrase',
    means: 'Only you can open it. A forgotten passphrase cannot be recovered, and neither can the secrets.',
  },
  keychain: {
    label: 'This machine’s keychain',
    means:
      'Unlocks without a passphrase while you are signed in. Other programs running as you can unlock it too.',
  },
} as const;

/** How hard a passphrase is to guess: 0 none, 1 weak, 2 fair, 3 strong; and what would make it better. */
interface Strength {
  readonly level: 0 | 1 | 2 | 3;
  readonly words: string;
}

const FAIR_BITS = 45;
const STRONG_BITS = 65;
/** What is longer is strong by then, or repeats itself. */
const ESTIMATED_UNITS = 256;
const COMMON = /passw|querytape|qwert|asdf|12345|letmein|admin|secret/gi;

/** An estimate, and shown as one: by length and variety, less what repeats, runs on or is everyone's. */
export function strengthOf(passphrase: string): Strength {
  if (passphrase === '') return { level: 0, words: 'Four or five unrelated words are hard to guess.' };
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
  if (bits < FAIR_BITS) return { level: 1, words: 'Weak: easily cracked. Make it longer.' };
  if (bits < STRONG_BITS) return { level: 2, words: 'Fair. One or two more words make it strong.' };
  return { level: 3, words: 'Strong.' };
}

/** What is said of a refused unlocking: the server's words, and why it takes longer each time. */
export function unlockWords({ message }: Refusal, wrong: number): string {
  return wrong < 2 ? message : `${message} ${wrong} failed attempts so far; each makes the next one slower.`;
}

/**
 * What the dialog is about: making the vault, unlocking it, how it stands, its protection, a file that can't
 * be read.
 */
export type Step = 'create' | 'unlock' | 'stand' | 'protect' | 'mend';

export const STEP_TITLES: Readonly<Record<Step, string>> = {
  create: 'Create a vault for your connections',
  unlock: 'Unlock the vault',
  stand: 'The vault',
  protect: 'Change the vault’s protection',
  mend: 'The vault is unreadable',
};

/** The step that a vault as it stands begins with. */
export function stepOf({ state }: VaultView): Step {
  return ({ absent: 'create', locked: 'unlock', unlocked: 'stand', unreadable: 'mend' } as const)[state];
}

/** What the backup holds, by its time. */
export function backupWords({ savedAt }: NonNullable<VaultView['backup']>): string {
  return `There is a backup, saved ${minuteStamp(savedAt)}. Later changes are not in it.`;
}
