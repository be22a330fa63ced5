import { expect, it } from 'vitest';
import { MESSAGE_BYTES_MAX } from '../../src/drivers/limits.ts';
import { mysqlDriver } from '../../src/drivers/mysql/driver.ts';
import { MIB } from '../../src/events/limits.ts';
import { Collector } from '../contract/running.ts';
import { definition, eof, lenenc, packet } from '../servers/mysql-messages.ts';
import { rogueMysql } from '../servers/rogue-mysql.ts';

it('a hostile server: packets of 16 MiB without end are a row of 1 GiB at most, and end that connection', async () => {
  const block = Buffer.alloc(0xffffff, 65);
  let sent = 0;
  const server = await rogueMysql(async (peer) => {
    await peer.signIn();
    await peer.serve(async () => {
      peer.send(lenenc(1), definition('a'), eof);
      for (let number = peer.number; ; number++) {
        peer.raw(packet(number, [], block.length));
        const took = await peer.flood(block, 1);
        sent += took;
        if (took === 0) return;
      }
    });
  });
  const { port } = server;
  const connection = await mysqlDriver('mysql').connect(
    { engine: 'mysql', host: '127.0.0.1', port, database: '', user: 'u', tls: { mode: 'disable' } },
    {
      password: () => 'p',
      signal: AbortSignal.timeout(10_000),
      applicationName: 'querytape soak',
      readOnly: false,
      onLost: () => {},
    },
  );
  const sink = new Collector();
  expect(await connection.execute('SELECT attack', sink).ended).toMatchObject({
    type: 'lost',
    failure: { code: 'protocol.violated' },
  });
  expect(sink.count).toBe(0);
  expect(sent).toBeLessThan(MESSAGE_BYTES_MAX + 40 * MIB);
  await server.close();
});
