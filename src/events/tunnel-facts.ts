import { Type } from '@sinclair/typebox';
import { Failure } from './failure.ts';
import { Count, Fingerprint, Id, Milliseconds, message, type Of } from './schema.ts';
import { BackendReason } from './tunnel.ts';

/** Types of host keys that are named on the tape (RFC 4253 §6.6, RFC 5656, RFC 8332, RFC 8709, OpenSSH PROTOCOL.u2f). */
const KEY_TYPES = [
  'ssh-ed25519',
  'ssh-ed448',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'ssh-dss',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const;

/** A host key's type; `other` for a word that is none of them, as the server chose it. */
export const KeyType = Type.Union([...KEY_TYPES.map((name) => Type.Literal(name)), Type.Literal('other')]);
export type KeyType = (typeof KEY_TYPES)[number] | 'other';

/** A host key's type as the tape may know it; a certificate's is that of its key. */
export function keyTypeOf(said: string): KeyType {
  const plain = said.replace(/-cert-v01@openssh\.com$/, '');
  return (
    KEY_TYPES.find((name) => name === said || name === plain || name === `${plain}@openssh.com`) ?? 'other'
  );
}

/** What is known of a host's key: `HostKeyVerdict` of the drivers. */
const HostKeyVerdict = Type.Union([
  Type.Literal('known'),
  Type.Literal('certified'),
  Type.Literal('unknown'),
  Type.Literal('changed'),
  Type.Literal('revoked'),
  Type.Literal('unchecked'),
]);

/** What opens a tunnel. */
export const TunnelBackend = Type.Union([
  Type.Literal('openssh'),
  Type.Literal('embedded'),
  Type.Literal('command'),
]);
export type TunnelBackend = Of<typeof TunnelBackend> & string;

/** When a process started, as the drivers' `startTimeOf` gives it. */
export const StartTime = Type.String({ pattern: '^[A-Za-z0-9: ]{1,40}$' });

/** What a tunnel asks the user. */
export const TunnelPromptKind = Type.Union([
  Type.Literal('hostKey'),
  Type.Literal('passphrase'),
  Type.Literal('secondFactor'),
]);
export type TunnelPromptKind = Of<typeof TunnelPromptKind> & string;

/** What a tunnel's session or test is to know of it, beside its id. */
export const TunnelKind = Type.Union([Type.Literal('ssh'), Type.Literal('command')]);
export type TunnelKind = Of<typeof TunnelKind> & string;

/** What a tunnel's actor is created with. Names no host: the profile has them. */
export const TunnelInput = Type.Object(
  {
    tunnelId: Id,
    /** Its session, or the workspace for the test of a connection. */
    ownerId: Id,
    /** Null for a test's. */
    sessionId: Type.Union([Id, Type.Null()]),
    /** Null for a session's. */
    testId: Type.Union([Id, Type.Null()]),
    /** Null for a test of a profile that is not saved. */
    profileId: Type.Union([Id, Type.Null()]),
    /** The command that asked for the test, by which a page knows its own. */
    commandId: Type.Optional(Id),
    by: TunnelKind,
    /** SSH servers on the way; 0 for a command. */
    hops: Count,
    /** Time for each hop to answer and take the sign-in, apart from the user's answers, in milliseconds. */
    connectTimeoutMs: Count,
  },
  { additionalProperties: false },
);
export type TunnelInput = Of<typeof TunnelInput>;

/** A tunnel for the test of a connection is opened, as an actor of the workspace. */
export const TunnelOpen = message('tunnel.open', { input: TunnelInput });

/** What a tunnel receives. Hosts, users, files, fingerprints and the texts of questions are on no tape. */
export const TunnelFact = Type.Union([
  message('tunnel.chosen', {
    backend: TunnelBackend,
    reason: BackendReason,
    /** Keyed, as a statement's fingerprint is: hosts of a command could be guessed from a plain hash. */
    commandHash: Type.Optional(Fingerprint),
  }),
  /** A process that has to end with it. What is left of it by a crash is ended at the next start. */
  message('tunnel.spawned', { pid: Count, startTime: StartTime }),
  message('tunnel.hopReached', { hop: Count }),
  message('tunnel.hostKeySeen', { hop: Count, keyType: KeyType, verdict: HostKeyVerdict }),
  /** The user is asked by a prompt of its own. */
  message('tunnel.asked', { promptId: Id, kind: TunnelPromptKind, hop: Count, expiresAfterMs: Count }),
  message('tunnel.answered', { commandId: Id }),
  message('tunnel.questionExpired', {}),
  /** A hop's key is taken, and the sign-in begins. */
  message('tunnel.signInBegan', { hop: Count }),
  message('tunnel.signedIn', { hop: Count }),
  message('tunnel.opened', { afterMs: Milliseconds }),
  message('tunnel.notOpened', { failure: Failure }),
  message('tunnel.lost', { failure: Failure }),
  /** Open it again now, without waiting for the next attempt. */
  message('tunnel.reopen', {}),
  message('tunnel.close', {}),
  message('tunnel.closed', {}),
]);
export type TunnelFact = Of<typeof TunnelFact>;

/** What a tunnel reports to its owner. */
export const TunnelReport = Type.Union([
  message('tunnel.forwarding', { tunnelId: Id }),
  /** It was lost, and is being opened again. */
  message('tunnel.interrupted', { tunnelId: Id, failure: Failure }),
  /** Null where it was closed. */
  message('tunnel.ended', { tunnelId: Id, failure: Type.Union([Failure, Type.Null()]) }),
]);
export type TunnelReport = Of<typeof TunnelReport>;

/**
 * Codes by which a lost tunnel is opened again by itself: the way there does not work now. Whatever else it fails by (a sign-in or a
 * host key that is refused, a question without an answer, a command that is not allowed) gives the same answer again, or may lock the
 * account.
 */
const TRANSIENT: ReadonlySet<string> = new Set([
  'tunnel.lost',
  'tunnel.notResponding',
  'tunnel.timedOut',
  'tunnel.exited',
  'tunnel.notReady',
  'tunnel.portTaken',
  'ssh.unreachable',
  'ssh.refused',
  'ssh.timedOut',
  'ssh.closed',
  'ssh.nameNotFound',
  'ssh.notSsh',
  'ssh.proxyFailed',
]);
/** What the system says of a network that does not work now: `ECONNREFUSED`, `EAI_AGAIN`. */
const OF_SYSTEM = /^E[A-Z]+(?:_[A-Z]+)?$/;

/** Whether opening a tunnel may be tried again by itself after this failure. */
export function mayReopen({ code }: Failure): boolean {
  return TRANSIENT.has(code) || OF_SYSTEM.test(code);
}
