import { randomBytes } from 'node:crypto';
import { Agent, type AgentOptions } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { KIB } from '../events/limits.ts';
import { PROOF_PATH, sameSecret, serverProof } from '../server/proof.ts';

/** A server that knows the token answers within milliseconds. */
const PROOF_TIMEOUT_MS = 3000;
/** Its answer with all headers. */
const PROOF_BYTES_MAX = 8 * KIB;

/** What listens on the port does not know the token: it is not the program that wrote `running.json`. */
export class UnprovenError extends Error {
  constructor(port: number, why: string) {
    super(`What listens on port ${port} is not the running Querytape: ${why}. It was sent nothing.`);
    this.name = 'UnprovenError';
  }
}

/**
 * Connects to a server of 127.0.0.1 and has it prove, on this connection, that it knows the token, before
 * anything else is sent.
 * @throws UnprovenError, or the system's error
 */
export async function provenConnection(port: number, token: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  const nonce = randomBytes(32).toString('base64url');
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      const unproven = (why: string) => reject(new UnprovenError(port, why));
      let text = '';
      socket.setTimeout(PROOF_TIMEOUT_MS, () => unproven('it does not answer'));
      socket.on('error', reject);
      socket.on('close', () => unproven('it closed the connection'));
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        const end = text.indexOf('\r\n\r\n');
        const length = Number(
          /^content-length: *(\d{1,4})\r$/im.exec(text.slice(0, end + 2))?.[1] ?? Number.NaN,
        );
        if (text.length > PROOF_BYTES_MAX || (end >= 0 && Number.isNaN(length)))
          unproven('it gives no proof');
        else if (end >= 0 && text.length >= end + 4 + length) resolve(text.slice(end + 4));
      });
      socket.write(`GET ${PROOF_PATH}?nonce=${nonce} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    });
    if (!sameSecret(proofIn(answer), serverProof(token, port, nonce)))
      throw new UnprovenError(port, 'it does not know the token');
  } catch (error) {
    socket.removeAllListeners();
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
  socket.removeAllListeners('data').removeAllListeners('error').removeAllListeners('close');
  socket.setTimeout(0);
  return socket;
}

function proofIn(answer: string): string {
  try {
    return String((JSON.parse(answer) as { proof?: unknown }).proof);
  } catch {
    return '';
  }
}

/** An agent all of whose connections are proven. */
export class ProvenAgent extends Agent {
  constructor(
    private readonly port: number,
    private readonly token: string,
    options: AgentOptions = { keepAlive: true },
  ) {
    super(options);
  }

  /** Connects as `http.request` and `ws` want it: the socket comes by the callback. */
  readonly connect = (
    _options: unknown,
    done?: (error: Error | null, socket?: Duplex) => void,
  ): undefined => {
    provenConnection(this.port, this.token).then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error),
    );
  };

  override createConnection = this.connect as never;
}
