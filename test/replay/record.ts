import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Replay } from '../../src/actors/replay.ts';
import type { Accepted } from '../../src/events/command.ts';
import { fold } from '../../src/events/views/state.ts';
import { asks, FakeTunnels, ONE_HOP } from '../unit/actors/fake-tunnels.ts';
import { eventually, type FakeExecution, fakeWorkspace, JUDGED } from '../unit/actors/fakes.ts';

/** Turns to wait for what comes by itself after a time. */

/** What a golden tape is a recording of. Each is played on a fake server and a tape in memory. */
export const SCENES: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async statements({ open, submit, running, outcome }) {
    const session = await open();
    const [first] = submit(session, 'select 1');
    (await running('select 1')).complete();
    await outcome(first!);
    const [second] = submit(session, 'selec 2');
    (await running('selec 2')).fail('42601');
    await outcome(second!);
    const script = submit(session, 'select 3; select 1/0; select 4');
    (await running('select 3')).complete();
    (await running('select 1/0')).fail('22012');
    await Promise.all(script.map(outcome));
  },
  async cancels({ world, open, submit, running, outcome }) {
    const session = await open();
    const [confirmed] = submit(session, 'select pg_sleep(1)');
    const one = await running('select pg_sleep(1)');
    world.workspace.take({ type: 'query.cancel', queryId: confirmed! });
    one.fail('57014', { stopped: true });
    await outcome(confirmed!);
    const [raced] = submit(session, 'select 2');
    const two = await running('select 2');
    world.workspace.take({ type: 'query.cancel', queryId: raced! });
    two.complete();
    await outcome(raced!);
    const [busy] = submit(session, 'select 3');
    const [waiting] = submit(session, 'select 4');
    world.workspace.take({ type: 'query.cancel', queryId: waiting! });
    await outcome(waiting!);
    (await running('select 3')).complete('SELECT', 'open');
    await outcome(busy!);
    world.workspace.take({ type: 'tab.close', sessionId: session, tabId: 't1', rollback: true });
  },
  async losses({ world, open, submit, running, outcome, state }) {
    const session = await open();
    const [current] = submit(session, 'update t set a = 1');
    const [waiting] = submit(session, 'select 2');
    (await running('update t set a = 1')).lose();
    await Promise.all([outcome(current!), outcome(waiting!)]);
    world.driver.connections[0]!.lose();
    await eventually(() => state().sessions[session]?.state === 'reconnecting.waiting');
    world.workspace.take({ type: 'session.reconnect', sessionId: session });
    await eventually(() => state().sessions[session]?.state === 'ready');
    const [after] = submit(session, 'select 3');
    (await running('select 3')).fail('57014', { usable: false });
    await outcome(after!);
    await world.workspace.stop();
  },
  async transactions({ world, open, submit, running, outcome, state }) {
    const session = await open();
    const tab = { sessionId: session, tabId: 't1' };
    world.workspace.take({ type: 'transaction.begin', ...tab, options: { readOnly: true } });
    (await running('begin')).complete('BEGIN', 'open');
    await eventually(() =>
      Object.values(state().connections).some(({ transaction }) => transaction === 'open'),
    );
    world.workspace.take({ type: 'tab.close', ...tab });
    const [wrong] = submit(session, 'selec 1');
    (await running('selec 1')).fail('42601', { transaction: 'failed' });
    await outcome(wrong!);
    world.workspace.take({ type: 'transaction.rollback', ...tab });
    (await running('rollback')).complete('ROLLBACK', 'none');
    world.driver.page = {
      columns: [{ name: 'id', type: 'int', nullable: false, primaryKey: 1, default: null, generated: false }],
      more: false,
    };
    const key = [{ column: 'id', value: '1' }];
    const place = { namespace: 'n', collection: 'c' };
    const edit = world.workspace.take({
      type: 'row.delete',
      ...tab,
      ...place,
      key,
      old: key,
      manualCommit: true,
    });
    (await running('catalogue')).complete();
    const { queryIds } = (await edit) as Accepted;
    const [begun, saved, changed, released] = ['begin', 'savepoint', 'delete c', 'release'];
    (await running(begun!)).complete('BEGIN', 'open');
    (await running(saved!)).complete('SAVEPOINT', 'open');
    (await running(changed!)).complete('DELETE', 'open', 1);
    (await running(released!)).complete('RELEASE', 'open');
    await outcome(queryIds![0]!);
    world.driver.connections[1]!.lose();
    await eventually(() => state().sessions[session]?.interrupted.includes('t1'));
    world.workspace.take({ type: 'query.submit', ...tab, text: 'select 2' });
    world.workspace.take({ type: 'transaction.rollback', ...tab });
    world.workspace.take({ type: 'session.close', sessionId: session });
    await eventually(() => state().sessions[session]?.endedAt);
  },
  async idleTransactions({ world, open, submit, running, outcome, state }) {
    world.rules = { ...world.rules, idleInTransactionMs: 20 };
    const session = await open();
    const tab = { sessionId: session, tabId: 't1' };
    world.workspace.take({ type: 'transaction.begin', ...tab });
    (await running('begin')).complete('BEGIN', 'open');
    (await running('rollback')).fail('53000', { transaction: 'open' });
    await eventually(() => state().sessions[session]?.interrupted.length === 0);
    const [used] = submit(session, 'update t');
    (await running('update t')).complete('UPDATE', 'open');
    await outcome(used!);
    (await running('rollback')).complete('ROLLBACK', 'none');
    await eventually(() => state().sessions[session]?.idleRollbacks.t1 === null);
    world.workspace.take({ type: 'query.submit', ...tab, text: 'select 2' });
    world.workspace.take({ type: 'transaction.rollback', ...tab });
    const [after] = submit(session, 'select 3');
    (await running('select 3')).complete();
    await outcome(after!);
  },
  async counts({ world, open, submit, running, outcome, state }) {
    world.rules = { ...world.rules, confirmDangerous: true };
    const danger = { kind: 'deleteAll', position: 1, reason: 'All rows.' } as const;
    world.judge = () => ({ ...JUDGED, verdict: 'write', dangers: [danger], counting: { text: 'count' } });
    const session = await open();
    const asking = async (text: string): Promise<string> => {
      const [queryId] = submit(session, text);
      await eventually(() => state().queries[queryId!]?.state === 'confirming');
      const counted = world.workspace.take({ type: 'query.count', queryId: queryId! });
      (await running('begin read only')).complete('BEGIN', 'open');
      const counting = await running('count');
      if (text === 'cancelled') world.workspace.take({ type: 'query.cancel', queryId: queryId! });
      counting.fail('57014', { stopped: text === 'cancelled', transaction: 'failed' });
      (await running('rollback')).complete('ROLLBACK', 'none');
      await counted;
      return queryId!;
    };
    await outcome(await asking('cancelled'));
    const queryId = await asking('delete from t');
    const challenge = world.workspace.query(queryId)!.challenge!.id;
    world.workspace.take({ type: 'query.confirm', queryId, challenge, name: 'One' });
    (await running('delete from t')).complete('DELETE', 'none', 2);
    await outcome(queryId);
  },
  async turns({ world, open, running, outcome, state }) {
    world.rules = { ...world.rules, concurrentQueriesMax: 1 };
    const session = await open();
    const submit = (tabId: string, text: string): string => {
      const command = { type: 'query.submit', sessionId: session, tabId, text } as const;
      return (world.workspace.take(command) as Accepted).queryIds![0]!;
    };
    const waits = (queryId: string) =>
      eventually(() => state().queries[queryId]?.state === 'queued.inSession');
    const first = submit('t1', 'select 1');
    const one = await running('select 1');
    const [second, third, fourth] = ['t2', 't3', 't4'].map((tab, at) => submit(tab, `select ${at + 2}`));
    for (const queryId of [second!, third!, fourth!]) await waits(queryId);
    world.workspace.take({ type: 'query.cancel', queryId: second! });
    world.driver.connections[3]!.lose();
    one.complete();
    (await running('select 4')).complete();
    await Promise.all([first, second!, third!, fourth!].map(outcome));
  },
  async tunnels({ world, tunnels, open, submit, running, outcome, state }) {
    tunnels.before = async (options) => {
      await asks(options, {
        type: 'hostKey',
        hop: 0,
        host: 'bastion',
        hostKey: { keyType: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` },
        art: '',
        others: [],
      });
    };
    const answering = eventually(() => world.workspace.prompts()[0]).then(({ promptId, challenge }) =>
      world.workspace.take({
        type: 'prompt.answer',
        promptId,
        answer: { kind: 'hostKey', challenge, trusted: true },
      }),
    );
    const session = await open();
    await answering;
    tunnels.before = async () => undefined;
    const [current] = submit(session, 'update t set a = 1');
    await running('update t set a = 1');
    tunnels.opened[0]!.lose();
    await outcome(current!);
    const [waiting] = submit(session, 'select 2');
    world.workspace.take({ type: 'session.reconnect', sessionId: session });
    (await running('select 2')).complete();
    await outcome(waiting!);
    await eventually(() => state().sessions[session]?.state === 'ready');
    tunnels.refuse = { code: 'ssh.authFailed', source: 'server', message: 'no' };
    tunnels.opened[1]!.lose();
    await eventually(() => state().sessions[session]?.state === 'reconnecting.tunnel');
    world.workspace.take({ type: 'session.reconnect', sessionId: session });
    await eventually(() => state().sessions[session]?.state === 'disconnected');
    tunnels.refuse = null;
    world.workspace.take({ type: 'session.reconnect', sessionId: session });
    await eventually(() => state().sessions[session]?.state === 'ready');
    world.workspace.take({ type: 'session.close', sessionId: session });
    await eventually(() => state().sessions[session]?.endedAt);
  },
  async refusals({ world, open, submit, running, outcome }) {
    world.workspace.requestRefused('host.wrong');
    world.workspace.take({ type: 'session.open', profileId: 'unknown' });
    const session = await open();
    const [first] = submit(session, 'select 1');
    (await running('select 1')).complete();
    await outcome(first!);
    world.tape.failing = 'ENOSPC';
    const [refused] = submit(session, 'select 2');
    await outcome(refused!);
    world.workspace.tapeHealth({ state: 'failed', code: 'ENOSPC', durableSeq: 1 });
    world.workspace.take({ type: 'query.submit', sessionId: session, tabId: 't1', text: 'select 3' });
    world.tape.failing = null;
    world.workspace.tapeHealth({ state: 'durable', code: null, durableSeq: 1 });
    const [again] = submit(session, 'select 4');
    (await running('select 4')).complete();
    await outcome(again!);
  },
};

interface Stage {
  readonly world: ReturnType<typeof fakeWorkspace>;
  readonly tunnels: FakeTunnels;
  readonly state: () => ReturnType<typeof fold>;
  open(): Promise<string>;
  submit(sessionId: string, text: string): readonly string[];
  running(text: string): Promise<FakeExecution>;
  outcome(queryId: string): Promise<string>;
}

/** Plays a scene and gives its tape as JSON lines, with the hash of the states it ends in. */
export async function play(scene: string): Promise<{ lines: string; stateHash: string }> {
  const tunnels = new FakeTunnels();
  const world = fakeWorkspace({
    spillFolder: mkdtempSync(join(tmpdir(), 'querytape-golden-')),
    ...(scene === 'tunnels' ? { openTunnel: tunnels.open, tunnel: ONE_HOP } : {}),
  });
  const state = () => fold(world.tape.envelopes);
  await SCENES[scene]!({
    world,
    tunnels,
    state,
    async open() {
      const { sessionId } = world.workspace.take({ type: 'session.open', profileId: 'p1' }) as Accepted;
      await eventually(() => state().sessions[sessionId!]?.state === 'ready');
      return sessionId!;
    },
    submit(sessionId, text) {
      const answer = world.workspace.take({ type: 'query.submit', sessionId, tabId: 't1', text });
      return (answer as Accepted).queryIds!;
    },
    running: (text) =>
      eventually(() => world.driver.executions.find((one) => one.text === text && !one.hasEnded)),
    outcome: (queryId) => eventually(() => state().queries[queryId]?.outcome ?? undefined),
  });
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  const lines = world.tape.envelopes.map((envelope) => `${JSON.stringify(envelope)}\n`).join('');
  return { lines, stateHash: replay.report().stateHash };
}

/** Records every scene again beside this file. Done when a machine changes, and its version with it. */
export async function recordAll(): Promise<void> {
  for (const scene of Object.keys(SCENES)) {
    const { lines, stateHash } = await play(scene);
    writeFileSync(join(import.meta.dirname, `${scene}.jsonl`), lines);
    writeFileSync(join(import.meta.dirname, `${scene}.hash`), `${stateHash}\n`);
  }
}
