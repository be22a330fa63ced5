import type { Envelope } from '../../../../src/events/envelope.ts';
import { MIB } from '../../../../src/events/limits.ts';
import type { TunnelFact } from '../../../../src/events/tunnel-facts.ts';
import { JUDGED } from '../../actors/fakes.ts';
import type { Stage } from './stage.ts';

/** Plays on a stage, and gives its tape where that is not the stage's whole one. */
type Scene = (stage: Stage) => Promise<readonly Envelope[] | undefined> | Promise<void>;

/** A tape where a cause holds, one where it does not, and one that does not say. */
interface Scenes {
  readonly yes: Scene;
  readonly no: Scene;
  readonly cantTell: Scene;
}

const MINUTE = 60_000;

/** One statement that is quick. */
async function quick(stage: Stage): Promise<void> {
  await stage.open();
  await stage.submit('select 1');
  await stage.complete('select 1');
}

/** The same on a tape that begins in the middle of it. */
async function cut(stage: Stage): Promise<readonly Envelope[]> {
  await quick(stage);
  return stage.after('query.classified');
}

/** A statement whose connection is lost while it runs. */
async function lost(stage: Stage): Promise<void> {
  await stage.open();
  await stage.submit('select 1');
  await stage.lose(1);
}

function dangerous({ world }: Stage, rules: Partial<Stage['world']['rules']>): void {
  world.rules = { ...world.rules, ...rules };
  const danger = { kind: 'deleteAll', position: 1, reason: 'All rows.' } as const;
  world.judge = () => ({ ...JUDGED, verdict: 'write', dangers: [danger] });
}

/** A transaction that its tab leaves open. */
async function leftOpen(stage: Stage): Promise<void> {
  await stage.open();
  await stage.submit('update t');
  await stage.complete('update t', 1, 'open');
}

/** An opening that the server, or the way to it, ends with a code. */
function refused(code: string, source: 'server' | 'connection'): Scene {
  return async (stage) => {
    stage.refuse(code, source);
    await stage.open();
  };
}

function watched(stage: Stage): void {
  stage.fact({ type: 'process.watched', stallMs: 1000 });
}

/** What a tunnel receives after a quick statement, each record a minute after the one before. */
function tunnelled(...facts: readonly TunnelFact[]): Scene {
  return async (stage) => {
    await quick(stage);
    const last = stage.tape.at(-1)!;
    return [
      ...stage.tape,
      ...facts.map((event, index) => ({
        ...last,
        seq: last.seq + 1 + index,
        at: last.at + MINUTE * (1 + index),
        actor: 'ses-1.tunnel1',
        kind: 'tunnel' as const,
        machine: 'tunnel@1',
        state: event.type === 'tunnel.notOpened' ? 'failed' : 'opening.connecting',
        event,
      })),
    ];
  };
}

/** The same on a tape that begins with the tunnel's records. */
function tunnelledOnly(...facts: readonly TunnelFact[]): Scene {
  return async (stage) => (await tunnelled(...facts)(stage))!.filter(({ kind }) => kind === 'tunnel');
}

const TUNNEL_LOST: TunnelFact = {
  type: 'tunnel.lost',
  failure: { code: 'tunnel.lost', source: 'connection' },
};
const KEY_SEEN = { type: 'tunnel.hostKeySeen', hop: 0, keyType: 'ssh-ed25519' } as const;

/** The vault's session in production. */
export async function production(stage: Stage): Promise<void> {
  const { profiles } = stage.world;
  profiles.add({ ...profiles.get('p1')!, environment: 'production' }, 'x');
  await stage.open();
  await stage.submit('select 1');
}

/** By the cause's name. */
export const SCENES: Readonly<Record<string, Scenes>> = {
  connectionTurn: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.submit('select 2');
      await stage.pass(5000);
      await stage.complete('select 1');
      await stage.complete('select 2');
    },
    no: quick,
    cantTell: cut,
  },
  slotTurn: {
    yes: async (stage) => {
      stage.world.rules = { ...stage.world.rules, concurrentQueriesMax: 1 };
      await stage.open();
      await stage.submit('select 1');
      await stage.submit('select 2', 't2');
      await stage.pass(5000);
      await stage.complete('select 1');
      await stage.complete('select 2');
    },
    no: quick,
    cantTell: cut,
  },
  slowConnect: {
    yes: async (stage) => {
      const { driver } = stage.world;
      await stage.open();
      const connect = driver.connect.bind(driver);
      driver.connect = async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 3000));
        return connect(...args);
      };
      await stage.submit('select 1');
      await stage.pass(3000);
      await stage.complete('select 1');
    },
    no: quick,
    cantTell: cut,
  },
  answerWait: {
    yes: async (stage) => {
      dangerous(stage, { confirmDangerous: true });
      await stage.open();
      const queryId = await stage.submit('delete from t');
      await stage.pass(5000);
      const challenge = stage.world.workspace.query(queryId)!.challenge!.id;
      await stage.take({ type: 'query.confirm', queryId, challenge, name: 'One' });
      await stage.complete('delete from t');
    },
    no: quick,
    cantTell: cut,
  },
  slowDisk: {
    yes: async (stage) => {
      await quick(stage);
      stage.world.tape.hold();
      await stage.submit('select 2');
      await stage.pass(3000);
      stage.world.tape.release();
      await stage.settle();
      await stage.complete('select 2');
    },
    no: quick,
    cantTell: async (stage) => {
      dangerous(stage, { confirmDangerous: true });
      await stage.open();
      await stage.cancel(await stage.submit('delete from t'));
      return stage.after('query.classified');
    },
  },
  fullDisk: {
    yes: async (stage) => {
      await quick(stage);
      stage.world.tape.failing = 'ENOSPC';
      await stage.submit('select 2');
    },
    no: quick,
    cantTell: async (stage) => {
      await quick(stage);
      stage.world.tape.failing = 'EIO';
      await stage.submit('select 2');
    },
  },
  blockedLoop: {
    yes: async (stage) => {
      watched(stage);
      await stage.open();
      await stage.submit('select 1');
      stage.fact({ type: 'process.stalled', loopMs: 3000, clockMs: 3000 });
      await stage.complete('select 1');
    },
    no: async (stage) => {
      watched(stage);
      stage.fact({ type: 'process.stalled', loopMs: 0, clockMs: 3_600_000 });
      await quick(stage);
    },
    cantTell: quick,
  },
  slowFirstRow: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.pass(4000);
      await stage.rows('select 1');
      await stage.complete('select 1', 4000);
    },
    no: quick,
    cantTell: lost,
  },
  lockWait: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.fail('select 1', '55P03');
    },
    no: quick,
    cantTell: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.complete('select 1', 5000);
    },
  },
  slowStream: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.rows('select 1');
      await stage.pass(5000);
      await stage.complete('select 1', 5000);
    },
    no: quick,
    cantTell: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.rows('select 1');
      await stage.lose(1);
    },
  },
  readingPause: {
    yes: async (stage) => {
      stage.world.rules = { ...stage.world.rules, fetchAheadBytes: MIB };
      stage.world.judge = () => ({ ...JUDGED, verdict: 'read' });
      await stage.open();
      await stage.submit('select 1');
      await stage.rows('select 1', 2 * MIB);
      await stage.pass(5000);
      await stage.submit('select 2', 't2');
    },
    no: quick,
    cantTell: cut,
  },
  cancelRace: {
    yes: async (stage) => {
      await stage.open();
      await stage.cancel(await stage.submit('select 1'));
      stage.running('select 1').complete('SELECT', 'none', null, { afterCancel: 'won' });
      await stage.settle();
    },
    no: async (stage) => {
      await stage.open();
      await stage.cancel(await stage.submit('select 1'));
      await stage.fail('select 1', '57014', { stopped: true });
    },
    cantTell: async (stage) => {
      await stage.open();
      await stage.cancel(await stage.submit('select 1'));
      stage.running('select 1').complete('SELECT', 'none', null, { afterCancel: 'unknown' });
      await stage.settle();
    },
  },
  cancelEscalation: {
    yes: async (stage) => {
      await stage.open();
      const queryId = await stage.submit('select 1');
      const execution = stage.running('select 1');
      Object.assign(execution, {
        cancel: (observer: { escalated(step: 'terminate'): void }) => observer.escalated('terminate'),
      });
      await stage.cancel(queryId);
      await stage.lose(1);
    },
    no: async (stage) => {
      await stage.open();
      await stage.cancel(await stage.submit('select 1'));
      await stage.fail('select 1', '57014', { stopped: true });
    },
    cantTell: async (stage) => {
      await stage.open();
      await stage.cancel(await stage.submit('select 1'));
    },
  },
  timeout: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1', 't1', { timeoutMs: 5000 });
      await stage.pass(6000);
      await stage.fail('select 1', '57014', { stopped: true });
    },
    no: quick,
    cantTell: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.fail('select 1', '57014');
    },
  },
  refusal: {
    yes: async (stage) => {
      dangerous(stage, { blockDangerous: true });
      await stage.open();
      await stage.submit('delete from t');
    },
    no: quick,
    cantTell: async (stage) => {
      dangerous(stage, { confirmDangerous: true });
      await stage.open();
      await stage.cancel(await stage.submit('delete from t'));
      return stage.after('query.classified');
    },
  },
  abortedTransaction: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1/0');
      await stage.fail('select 1/0', '22012', { transaction: 'failed' });
      await stage.submit('select 2');
      await stage.fail('select 2', '25P02', { transaction: 'failed' });
    },
    no: quick,
    cantTell: lost,
  },
  openTransaction: {
    yes: async (stage) => {
      await leftOpen(stage);
      await stage.pass(2 * MINUTE);
      await stage.submit('select 1', 't2');
    },
    no: quick,
    cantTell: cut,
  },
  idleRollback: {
    yes: async (stage) => {
      stage.world.rules = { ...stage.world.rules, idleInTransactionMs: MINUTE };
      await leftOpen(stage);
      await stage.pass(MINUTE);
      await stage.complete('rollback');
    },
    no: leftOpen,
    cantTell: async (stage) => {
      stage.world.rules = { ...stage.world.rules, idleInTransactionMs: MINUTE };
      await leftOpen(stage);
      await stage.pass(MINUTE);
      await stage.lose(1);
    },
  },
  serverRestart: {
    yes: async (stage) => {
      await quick(stage);
      stage.refuse('ECONNREFUSED', 'connection');
      await stage.lose(0);
      await stage.lose(1);
      await stage.pass(5000);
    },
    no: async (stage) => {
      await quick(stage);
      await stage.submit('select 2', 't2');
      await stage.lose(1);
      await stage.complete('select 2');
    },
    cantTell: async (stage) => {
      await quick(stage);
      await stage.lose(0);
      await stage.pass(5000);
    },
  },
  outsideStop: {
    yes: async (stage) => {
      stage.world.driver.said = { startedAt: '2025-12-31T00:00:00Z' };
      await quick(stage);
      await stage.lose(1, { code: '57P01', source: 'server' });
      await stage.submit('select 2');
    },
    no: lost,
    cantTell: async (stage) => {
      await quick(stage);
      await stage.lose(1, { code: '57P01', source: 'server' });
      await stage.submit('select 2');
    },
  },
  noAnswer: {
    yes: async (stage) => {
      await quick(stage);
      await stage.lose(1, { code: 'ETIMEDOUT', source: 'connection' });
    },
    no: lost,
    cantTell: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.pass(5000);
      await stage.submit('select 2', 't2');
    },
  },
  idleClose: {
    yes: async (stage) => {
      await quick(stage);
      await stage.pass(15 * MINUTE);
      await stage.lose(1);
    },
    no: lost,
    cantTell: async (stage) => {
      await quick(stage);
      await stage.pass(15 * MINUTE);
      await stage.lose(1, { code: '57P01', source: 'server' });
    },
  },
  sleepLoss: {
    yes: async (stage) => {
      watched(stage);
      await quick(stage);
      await stage.pass(60 * MINUTE);
      stage.fact({ type: 'process.stalled', loopMs: 0, clockMs: 60 * MINUTE });
      await stage.lose(1);
    },
    no: async (stage) => {
      watched(stage);
      await lost(stage);
    },
    cantTell: lost,
  },
  unreachable: {
    yes: refused('ENOTFOUND', 'connection'),
    no: refused('28P01', 'server'),
    cantTell: refused('connection.closed', 'connection'),
  },
  writeConflict: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('update t');
      await stage.fail('update t', '40001', { transaction: 'failed' });
    },
    no: quick,
    cantTell: lost,
  },
  recoveryConflict: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      await stage.fail('select 1', '40001', { stoppedBy: 'recovery' });
    },
    no: async (stage) => {
      await stage.open();
      await stage.submit('update t');
      await stage.fail('update t', '40001', { transaction: 'failed' });
    },
    cantTell: lost,
  },
  readOnlyServer: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('update t');
      await stage.fail('update t', '25006');
    },
    no: quick,
    cantTell: lost,
  },
  serverError: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('selec 1');
      await stage.fail('selec 1', '42601');
    },
    no: quick,
    cantTell: lost,
  },
  credentials: { yes: refused('28P01', 'server'), no: quick, cantTell: cut },
  tooManyConnections: {
    yes: refused('53300', 'server'),
    no: refused('28P01', 'server'),
    cantTell: refused('connection.closed', 'connection'),
  },
  tlsFailure: {
    yes: refused('CERT_HAS_EXPIRED', 'connection'),
    no: refused('28P01', 'server'),
    cantTell: refused('connection.failed', 'connection'),
  },
  connectionError: {
    yes: refused('08P01', 'server'),
    no: refused('28P01', 'server'),
    cantTell: refused('connection.closed', 'connection'),
  },
  tunnelFailure: {
    yes: async (stage) => {
      await quick(stage);
      await stage.lose(1, { code: 'tunnel.lost', source: 'connection' });
    },
    no: lost,
    cantTell: cut,
  },
  hostKeyFailure: {
    yes: tunnelled(
      { ...KEY_SEEN, verdict: 'changed' },
      { type: 'tunnel.notOpened', failure: { code: 'ssh.hostKeyChanged', source: 'connection' } },
    ),
    no: tunnelled({ ...KEY_SEEN, verdict: 'known' }, { type: 'tunnel.opened', afterMs: 5 }),
    cantTell: tunnelled({ type: 'tunnel.chosen', backend: 'command', reason: 'configured' }),
  },
  tunnelFlapping: {
    yes: tunnelled(TUNNEL_LOST, { type: 'tunnel.opened', afterMs: 5 }, TUNNEL_LOST, TUNNEL_LOST),
    no: tunnelled(TUNNEL_LOST, { type: 'tunnel.opened', afterMs: 5 }, TUNNEL_LOST),
    cantTell: tunnelledOnly(TUNNEL_LOST),
  },
  lockedVault: {
    yes: async (stage) => {
      await production(stage);
      stage.lockVault();
      await stage.fail('select 1', '57014', { stopped: true });
    },
    no: async (stage) => {
      await production(stage);
      await stage.take({ type: 'session.close', sessionId: stage.sessionId, rollback: true });
      await stage.fail('select 1', '57014', { stopped: true });
    },
    cantTell: async (stage) => {
      await production(stage);
      stage.lockVault();
      await stage.fail('select 1', '57014', { stopped: true });
      return stage.after('vault.locked');
    },
  },
  crash: {
    yes: async (stage) => {
      await stage.open();
      await stage.submit('select 1');
      return stage.killed();
    },
    no: async (stage) => {
      await quick(stage);
      await stage.world.workspace.stop();
    },
    cantTell: quick,
  },
};
