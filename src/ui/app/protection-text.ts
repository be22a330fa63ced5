import type { Engine } from '../../events/engines/engine-name.ts';
import { effective, type Policy } from '../../events/policy.ts';
import type { Environment } from '../../events/profile.ts';
import type { SessionView } from '../../events/views/session-view.ts';

/** A session's protection, as far as it is known. */
export interface Protection {
  readonly engine: Engine;
  readonly environment: Environment;
  readonly readOnly: boolean;
  /** What enforces read-only on the session, by its server's capabilities; null before it was reached. */
  readonly enforcement: 'server' | 'classifier' | null;
  /** Whether the role itself may write, where a test found it out. */
  readonly canWrite: boolean | null;
  /** What the policy does about dangerous statements here. */
  readonly dangerous: 'block' | 'confirm' | 'run';
}

/**
 * What protects a session, under a policy. `mayWrite` is what tests found out about the role, by profile id.
 */
export function protectionOf(
  { profileId, engine, environment, readOnly, server }: SessionView,
  policy: Policy,
  mayWrite: ReadonlyMap<string, boolean | null>,
): Protection {
  const { blockDangerous, confirmDangerous } = effective(policy, environment);
  return {
    engine,
    environment,
    readOnly,
    enforcement: server?.capabilities.readOnlyEnforcement ?? null,
    canWrite: mayWrite.get(profileId) ?? null,
    dangerous: blockDangerous ? 'block' : confirmDangerous ? 'confirm' : 'run',
  };
}

/** One wall between a statement and the data. */
export interface Wall {
  readonly name: string;
  readonly stands: 'yes' | 'no' | 'unknown';
  readonly words: string;
}

/** A badge's text. `waiting` marks what the user should know. */
interface ProtectionText {
  readonly tone: 'well' | 'waiting' | 'quiet';
  /** `read-only · enforced by server and classifier`. */
  readonly badge: string;
  /** `server + classifier`, to follow `read-only`. */
  readonly short: string;
  readonly walls: readonly Wall[];
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

const SERVER_WORDS: Readonly<Record<'yes' | 'no' | 'unknown', string>> = {
  yes: 'Each statement runs in a read-only transaction, in which the server rejects writes.',
  no: 'This server has no read-only transactions: it would execute a write.',
  unknown: 'Not connected yet.',
};

function serverWall({ readOnly, enforcement }: Protection): Wall {
  if (!readOnly) return { name: 'Server', stands: 'no', words: 'Not used: this connection may write.' };
  const stands = enforcement === null ? 'unknown' : enforcement === 'server' ? 'yes' : 'no';
  return { name: 'Server', stands, words: SERVER_WORDS[stands] };
}

function roleWall({ canWrite }: Protection): Wall {
  if (canWrite === null)
    return {
      name: 'Role',
      stands: 'unknown',
      words: 'Not known. Test the connection to find out.',
    };
  return canWrite
    ? {
        name: 'Role',
        stands: 'no',
        words: 'The role may write. A role that can only read protects best.',
      }
    : { name: 'Role', stands: 'yes', words: 'The role has no write privileges.' };
}

function classifierWall({ readOnly }: Protection): Wall {
  return readOnly
    ? {
        name: 'Classifier',
        stands: 'yes',
        words: 'Statements that are not proven to be reads are refused before they are sent.',
      }
    : {
        name: 'Classifier',
        stands: 'no',
        words: 'It classifies statements, and lets writes through.',
      };
}

const DANGER_POLICY = {
  block: 'The policy refuses dangerous statements.',
  confirm: 'Dangerous statements wait until you type the connection’s name.',
  run: 'Dangerous statements run without confirmation.',
} as const;

/** The walls that protect a session, in words. */
export function protectionText(trusted: Protection): ProtectionText {
  const { readOnly, environment, dangerous } = trusted;
  const policy: Wall = {
    name: 'Policy',
    stands: dangerous === 'run' ? 'no' : 'yes',
    words: DANGER_POLICY[dangerous],
  };
  const walls = [roleWall(trusted), serverWall(trusted), classifierWall(trusted), policy];
  if (!readOnly) {
    const said = {
      block: 'dangerous statements blocked',
      confirm: 'dangerous statements confirmed',
      run: 'no confirmation',
    };
    return {
      tone:
        environment === 'production' || trusted.dangerous === 'run' ? toneOfWriting(environment) : 'quiet',
      badge: `may write · ${said[dangerous]}`,
      short: 'no',
      walls,
    };
  }
  const standing = walls.slice(0, 3).filter(({ stands }) => stands === 'yes');
  const names = standing.map(({ name }) => name.toLowerCase());
  const alone = names.length === 1;
  return {
    tone: alone ? 'waiting' : 'well',
    badge: `read-only · enforced by ${listed(names)}${alone ? ' only' : ''}`,
    short: names.join(' + '),
    walls,
  };
}

function toneOfWriting(environment: Environment): ProtectionText['tone'] {
  return environment === 'development' ? 'quiet' : 'waiting';
}
