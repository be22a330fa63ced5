import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { commandPackets, type Packet } from '../../../../src/drivers/mysql/protocol.ts';
import { type MysqlWire, query, type WireEnd } from '../../../../src/drivers/mysql/text-query.ts';

/** A command on a wire that keeps what is sent; `receive` hands it a packet as mysql2's parser does. */
function scene(text = 'select 1') {
  const written: Buffer[] = [];
  const violations: string[] = [];
  const stream = new PassThrough();
  const wire: MysqlWire = {
    stream,
    serverCapabilityFlags: 0,
    sequenceId: 0,
    write: (bytes) => void written.push(bytes),
    addCommand: () => {},
    packetParser: { violated: (words) => void violations.push(words), pause: () => {}, resume: () => {} },
  };
  const ends: WireEnd[] = [];
  const rows: string[] = [];
  const command = query(text, {
    columns: (columns) => rows.push(`columns ${columns.length}`),
    rows: (bytes, count) => {
      rows.push(`${count} rows of ${bytes.length} bytes`);
      return true;
    },
    status: () => {},
    end: (end) => ends.push(end),
  });
  command.execute(undefined, wire);
  const receive = (...payload: number[]): boolean => {
    const buffer = Buffer.from([payload.length, 0, 0, wire.sequenceId, ...payload]);
    wire.sequenceId = (wire.sequenceId + 1) & 0xff;
    const packet: Packet = { buffer, start: 0, end: buffer.length, isGiven: false };
    return command.execute(packet, wire);
  };
  return { wire, written, ends, rows, command, receive, violations };
}

const OK = [0, 0, 0, 2, 0, 0, 0];

describe('a command', () => {
  it('sends no file to a server that asks for one, and says what happened', () => {
    const { written, ends, receive, wire } = scene("load data local infile 'x' into table t");
    expect(receive(0xfb, ...Buffer.from('/etc/passwd'))).toBe(false);
    // An empty packet with the number that follows, and nothing else.
    expect(written.slice(1)).toEqual([Buffer.from([0, 0, 0, 2])]);
    expect(wire.sequenceId).toBe(3);
    expect(receive(...OK)).toBe(true);
    expect(ends).toMatchObject([
      { type: 'refused', failure: { code: 'localInfile.refused', source: 'client' } },
    ]);
  });

  it('ends once, and is lost where its connection goes first', () => {
    const first = scene();
    expect(first.receive(...OK)).toBe(true);
    first.command.lose({ code: 'x', source: 'connection', message: 'x' });
    expect(first.ends).toMatchObject([{ type: 'completed', ok: { affected: 0, status: 2 } }]);
    const second = scene();
    second.command.lose({ code: 'x', source: 'connection', message: 'x' });
    expect(second.ends).toMatchObject([{ type: 'lost', ran: 'mayHaveCompleted' }]);
  });

  it('reads an error’s number and state, in the middle of rows too', () => {
    const { ends, receive } = scene();
    receive(0xff, 0x25, 0x05, ...Buffer.from('#70100stopped'));
    expect(ends).toMatchObject([
      { type: 'failed', error: { errno: 1317, sqlState: '70100', message: 'stopped' } },
    ]);
  });

  it('cuts a text into packets, the last one shorter than full', { tags: ['slow'] }, () => {
    const FULL = 0xffffff;
    for (const length of [0, 1, FULL - 2, FULL - 1, FULL, 2 * FULL - 1, 2 * FULL]) {
      const bytes = Buffer.concat(commandPackets(3, 'x'.repeat(length)));
      const parts: Buffer[] = [];
      for (let at = 0, number = 0; at < bytes.length; number++) {
        const size = bytes.readUIntLE(at, 3);
        expect(bytes[at + 3]).toBe(number);
        parts.push(bytes.subarray(at + 4, at + 4 + size));
        at += 4 + size;
      }
      expect(parts.at(-1)!.length).toBeLessThan(FULL);
      expect(parts.slice(0, -1).every((part) => part.length === FULL)).toBe(true);
      const payload = Buffer.concat(parts);
      expect([payload[0], payload.length]).toEqual([3, length + 1]);
    }
  });
});
