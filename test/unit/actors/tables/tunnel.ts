import { tunnelMachine } from '../../../../src/actors/tunnel.machine.ts';
import { _, S, type Truth } from './truth-table.ts';

const failure = { code: 'ECONNREFUSED', source: 'connection' } as const;
const asked = { type: 'tunnel.asked', hop: 0, expiresAfterMs: 1000 } as const;

const events = {
  chosen: { type: 'tunnel.chosen', backend: 'openssh', reason: 'keyOrAgent' },
  spawned: { type: 'tunnel.spawned', pid: 7, startTime: '1' },
  hopReached: { type: 'tunnel.hopReached', hop: 0 },
  hostKeySeen: { type: 'tunnel.hostKeySeen', hop: 0, keyType: 'ssh-ed25519', verdict: 'unknown' },
  askedForTrust: { ...asked, promptId: 'p1', kind: 'hostKey' },
  askedForPassphrase: { ...asked, promptId: 'p2', kind: 'passphrase' },
  answered: { type: 'tunnel.answered', commandId: 'm' },
  questionExpired: { type: 'tunnel.questionExpired' },
  signInBegan: { type: 'tunnel.signInBegan', hop: 0 },
  signedIn: { type: 'tunnel.signedIn', hop: 0 },
  opened: { type: 'tunnel.opened', afterMs: 1 },
  notOpened: { type: 'tunnel.notOpened', failure },
  refused: { type: 'tunnel.notOpened', failure: { code: 'ssh.authFailed', source: 'connection' } },
  lost: { type: 'tunnel.lost', failure },
  reopen: { type: 'tunnel.reopen' },
  backoffOver: { type: 'xstate.after.BACKOFF.tunnel.reopening.waiting' },
  close: { type: 'tunnel.close' },
  closed: { type: 'tunnel.closed' },
  closeLimit: { type: 'xstate.after.CLOSE_LIMIT.tunnel.closing' },
} as const;

const lost = ['opened', 'lost'] as const;
const again = [...lost, 'reopen'] as const;

const ways = {
  'opening.connecting': [],
  'opening.verifyingHostKey': ['hopReached'],
  'opening.awaitingTrust': ['hopReached', 'askedForTrust'],
  'opening.authenticating': ['signInBegan'],
  forwarding: ['opened'],
  'reopening.waiting': lost,
  'reopening.dialling.connecting': again,
  'reopening.dialling.verifyingHostKey': [...again, 'hopReached'],
  'reopening.dialling.awaitingTrust': [...again, 'askedForTrust'],
  'reopening.dialling.authenticating': [...again, 'signInBegan'],
  closing: ['close'],
  closed: ['close', 'closed'],
  failed: ['notOpened'],
} as const;

// biome-ignore format: one row
const none = { chosen: _, spawned: _, hopReached: _, hostKeySeen: _, askedForTrust: _, askedForPassphrase: _, answered: _, questionExpired: _, signInBegan: _, signedIn: _, opened: _, notOpened: _, refused: _, lost: _, reopen: _, backoffOver: _, close: _, closed: _, closeLimit: _ } as const;
const step = { askedForPassphrase: S, answered: S, questionExpired: S } as const;

const opening = {
  ...none,
  ...step,
  hopReached: 'opening.verifyingHostKey',
  hostKeySeen: 'opening.verifyingHostKey',
  askedForTrust: 'opening.awaitingTrust',
  signInBegan: 'opening.authenticating',
  signedIn: 'opening.authenticating',
  opened: 'forwarding',
  notOpened: 'failed',
  refused: 'failed',
  close: 'closing',
} as const;
const dialling = {
  ...none,
  ...step,
  hopReached: 'reopening.dialling.verifyingHostKey',
  hostKeySeen: 'reopening.dialling.verifyingHostKey',
  askedForTrust: 'reopening.dialling.awaitingTrust',
  signInBegan: 'reopening.dialling.authenticating',
  signedIn: 'reopening.dialling.authenticating',
  opened: 'forwarding',
  notOpened: 'reopening.waiting',
  refused: 'failed',
  close: 'closing',
} as const;

export const tunnel: Truth<keyof typeof ways, keyof typeof events> = {
  machine: tunnelMachine,
  input: {
    tunnelId: 's1.tunnel1',
    ownerId: 's1',
    sessionId: 's1',
    testId: null,
    profileId: 'p1',
    by: 'ssh',
    hops: 1,
    connectTimeoutMs: 1000,
  },
  events,
  ways,
  endedBy: ['close', 'closed'],
  // biome-ignore format: one row per state
  table: {
    'opening.connecting': opening,
    'opening.verifyingHostKey': { ...opening, hopReached: S, hostKeySeen: S },
    'opening.awaitingTrust': { ...opening, askedForTrust: S, answered: 'opening.verifyingHostKey' },
    'opening.authenticating': { ...opening, signInBegan: S, signedIn: S },
    forwarding: { ...none, lost: 'reopening.waiting', close: 'closing' },
    'reopening.waiting': { ...none, reopen: 'reopening.dialling.connecting', backoffOver: 'reopening.dialling.connecting', close: 'closing' },
    'reopening.dialling.connecting': dialling,
    'reopening.dialling.verifyingHostKey': { ...dialling, hopReached: S, hostKeySeen: S },
    'reopening.dialling.awaitingTrust': { ...dialling, askedForTrust: S, answered: 'reopening.dialling.verifyingHostKey' },
    'reopening.dialling.authenticating': { ...dialling, signInBegan: S, signedIn: S },
    closing: { ...none, closed: 'closed', closeLimit: 'closed' },
    closed: none,
    failed: none,
  },
};
