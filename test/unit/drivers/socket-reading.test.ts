import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { READ_BUFFER_BYTES, TURN_MS } from '../../../src/drivers/limits.ts';
import { openSocket, SocketReading } from '../../../src/drivers/socket-reading.ts';

/** Bytes that differ from place to place, so that a chunk read twice or never shows. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

describe('a socket', () => {
  it('is read into one buffer, pauses as it is asked to, and ends as the server does', async () => {
    const sent = bytesOf(4 * 1024 * 1024);
    const server = createServer((socket) => socket.end(sent));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const got: Buffer[] = [];
    const buffers = new Set<ArrayBufferLike>();
    let isPaused = false;
    const socket = openSocket({ host: '127.0.0.1', port }, (bytes) => {
      expect(isPaused).toBe(false);
      buffers.add(bytes.buffer);
      got.push(Buffer.from(bytes));
      isPaused = true;
      socket.pause();
      setImmediate(() => {
        isPaused = false;
        socket.resume();
      });
    });
    await new Promise((resolve) => socket.on('close', resolve));
    server.close();
    expect(Buffer.concat(got).equals(sent)).toBe(true);
    expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([READ_BUFFER_BYTES]);
  });
});

describe('the reading of a socket', () => {
  afterEach(() => void vi.restoreAllMocks());

  /** A socket that notes what it is asked for, and a clock that work sets forward. */
  function scene() {
    const asked: string[] = [];
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const socket = { pause: () => asked.push('pause'), resume: () => asked.push('resume') };
    const reading = new SocketReading(() => socket as never);
    const work = (ms: number): void =>
      reading.work(() => {
        now += ms;
      });
    return { asked, reading, work };
  }
  const immediate = () => new Promise((resolve) => setImmediate(resolve));

  it('lets others have their turn after so much work, however small its parts are', async () => {
    const { asked, work } = scene();
    for (let part = 0; part < 4; part++) work(TURN_MS / 4);
    expect(asked).toEqual([]);
    work(TURN_MS / 4);
    expect(asked).toEqual(['pause']);
    await immediate();
    expect(asked).toEqual(['pause', 'resume']);
    work(TURN_MS / 4);
    expect(asked).toHaveLength(2);
  });

  it('goes on after a turn only where the sink has room', async () => {
    const { asked, reading, work } = scene();
    work(TURN_MS * 2);
    reading.pause();
    await immediate();
    expect(asked).not.toContain('resume');
    reading.resume();
    expect(asked.at(-1)).toBe('resume');
  });

  it('goes on only after its turn where the sink has room again before', async () => {
    const { asked, reading, work } = scene();
    reading.pause();
    work(TURN_MS * 2);
    reading.resume();
    expect(asked).not.toContain('resume');
    await immediate();
    expect(asked.at(-1)).toBe('resume');
  });
});
