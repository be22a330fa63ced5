import { describe, expect, it } from 'vitest';
import { type GuardedConnection, PacketGuard } from '../../../../src/drivers/mysql/packet-guard.ts';
import { SignIn } from '../../../../src/drivers/mysql/sign-in.ts';
import { SocketReading } from '../../../../src/drivers/socket-reading.ts';
import { greeting, ok, packet } from '../../../servers/mysql-messages.ts';

const MIB = 1024 * 1024;
const FULL = 0xffffff;

/** A guard on a connection that takes every packet and notes its length and number. */
function scene(packetBytesMax = 1024 * MIB) {
  const packets: string[] = [];
  const passedOn: Buffer[] = [];
  const errors: string[] = [];
  const connection: GuardedConnection = {
    sequenceId: 0,
    _command: { packetBytesMax },
    handlePacket({ start, end, sequenceId, numPackets }) {
      packets.push(`${sequenceId}: ${end - start - 4}`);
      connection.sequenceId = (sequenceId + numPackets) & 0xff;
    },
  };
  const parser = {
    execute(bytes: Buffer) {
      passedOn.push(bytes);
      connection.sequenceId++;
    },
  };
  const guard = new PacketGuard(connection, parser, new SignIn('plain', null), {
    isEncrypted: false,
    server: 'db:3306',
    reading: new SocketReading(() => null),
    destroy: ({ message }) => void errors.push(message),
  });
  const signIn = (): void => {
    guard.execute(packet(0, greeting()));
    guard.execute(packet(1, ok));
    expect(passedOn.length).toBe(2);
  };
  return { guard, connection, packets, passedOn, errors, signIn };
}

/** The same bytes in pieces of a size. */
function* pieces(bytes: Buffer, size: number): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('the guard of MySQL’s packets', () => {
  it.each([1, 2, 3, 4, 5, 7, 1000])('cuts a stream into the same packets in pieces of %i bytes', (size) => {
    const { guard, packets, errors, signIn } = scene();
    signIn();
    const stream = Buffer.concat(
      [0, 1, 2, 100, 0, 300].map((length, n) => packet(n + 2, Buffer.alloc(length))),
    );
    for (const piece of pieces(stream, size)) guard.execute(piece);
    expect(packets).toEqual(['2: 0', '3: 1', '4: 2', '5: 100', '6: 0', '7: 300']);
    expect(errors).toEqual([]);
  });

  it('joins the parts of a row, the last one empty where the others are full', { tags: ['slow'] }, () => {
    const { guard, packets, connection, signIn } = scene();
    signIn();
    for (const [parts, last] of [
      [1, 0],
      [2, 5],
    ] as const) {
      const first = connection.sequenceId;
      for (let part = 0; part < parts; part++) guard.execute(packet(first + part, Buffer.alloc(FULL)));
      guard.execute(packet(first + parts, Buffer.alloc(last)));
    }
    expect(packets).toEqual([`2: ${FULL}`, `4: ${2 * FULL + 5}`]);
  });

  it('a hostile server: parts of a row beyond the limit are not waited for', { tags: ['slow'] }, () => {
    const { guard, packets, errors, signIn } = scene(32 * MIB);
    signIn();
    guard.execute(packet(2, Buffer.alloc(FULL)));
    guard.execute(packet(3, [], FULL));
    expect(errors).toEqual([]);
    guard.execute(Buffer.alloc(FULL));
    guard.execute(packet(4, [], 4));
    expect(errors).toEqual([
      expect.stringMatching(/^db:3306 broke .* a packet of more than 33554432 bytes\.$/),
    ]);
    // Nothing more is looked at.
    guard.execute(Buffer.alloc(10 * MIB));
    expect(packets).toEqual([]);
  });

  it('a hostile server: parts of a row out of order end the connection', () => {
    const { guard, errors, signIn } = scene();
    signIn();
    guard.execute(packet(2, Buffer.alloc(FULL)));
    guard.execute(packet(2, Buffer.alloc(5)));
    expect(errors).toEqual([expect.stringContaining('out of order')]);
  });

  it('takes an error with whatever number it has, and what follows by that number', () => {
    const { guard, packets, errors, signIn } = scene();
    signIn();
    const error = [0xff, 0x15, 0x04, ...Buffer.from('#08S01')];
    guard.execute(packet(9, error));
    guard.execute(packet(10, [0]));
    expect(packets).toEqual([`9: ${error.length}`, '10: 1']);
    expect(errors).toEqual([]);
  });

  it('never throws, and ends the connection on what the library throws', () => {
    const { guard, errors, connection, signIn } = scene();
    signIn();
    connection.handlePacket = () => {
      throw new RangeError('out of range');
    };
    guard.execute(packet(2, ok));
    expect(errors).toEqual(['db:3306: out of range']);
  });
});
