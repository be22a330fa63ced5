import { expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import type { ContractEngine } from './contract.ts';
import { Collector, endWatch, until } from './running.ts';

const SIDE = 'querytape contract probe';

/** What every driver has to keep that can look at a server process without its connection, and end it. */
export function processContract(engine: () => ContractEngine, connect: () => Promise<Connection>): void {
  const options = () => ({
    password: () => engine().password,
    signal: AbortSignal.timeout(15_000),
    applicationName: SIDE,
  });
  const probe = (process: Connection['server']['process']) =>
    engine().driver.probe!(engine().target, process, options());
  const terminate = (process: Connection['server']['process']) =>
    engine().driver.terminate!(engine().target, process, options());

  it('finds out from another connection what a server process runs, and whether it is still there', async () => {
    const connection = await connect();
    const { process, capabilities } = connection.server;
    expect(capabilities.probe).toBe(true);
    expect(await probe(process)).toEqual({ type: 'idle' });
    const execution = connection.execute(engine().say.sleep(60_000), new Collector());
    await until('it runs there', async () => (await probe(process)).type === 'running');
    const found = await probe(process);
    expect(found).toMatchObject({ type: 'running', text: expect.stringMatching(/sleep/i) });
    expect(found.type === 'running' && found.forMs).toBeGreaterThanOrEqual(0);
    await connection.close();
    await execution.ended;
    await until('it is gone', async () => (await probe(process)).type === 'gone');
    // A server may list a connection for a moment after its client has left.
    await until('no side connection is left', async () => (await engine().processes(SIDE)).length === 0);
  });

  it('ends a server process only if it is still the same one', async () => {
    const connection = await connect();
    const { process } = connection.server;
    const execution = connection.execute(engine().say.sleep(60_000), new Collector());
    const watch = endWatch(execution);
    await until('it runs there', async () => (await probe(process)).type === 'running');
    const earlier = { ...process, startedAt: '2001-01-01T00:00:00.000000Z' };
    const other = { ...process, processId: 1_999_999_999 };
    for (const wrong of [earlier, other]) {
      expect(await probe(wrong)).toEqual({ type: 'gone' });
      expect(await terminate(wrong)).toBe('notDone');
    }
    const unknown = { processId: process.processId, startedAt: '' };
    await expect(terminate(unknown)).rejects.toMatchObject({ failure: { code: 'process.unknown' } });
    expect(watch.hasEnded).toBe(false);
    expect(await terminate(process)).toBe('done');
    expect(['lost', 'failed']).toContain((await execution.ended).type);
    await until('it runs no more', async () => (await probe(process)).type !== 'running');
    expect(await terminate(process)).toBe('notDone');
  });
}
