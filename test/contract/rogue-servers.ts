import { afterEach, expect } from 'vitest';
import { type Connection, type Driver, DriverError } from '../../src/drivers/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Target } from '../../src/events/profile.ts';

/** Times of a cancel that a rogue server does not answer as it should. */
export const SHORT_TIMES = { askMs: 300, terminateMs: 300, channelMs: 300 } as const;

/** Times of a cancel that is to come to its end at once. */
export const HASTY_TIMES = {
  askMs: 3,
  retryMinMs: 1,
  retryMaxMs: 2,
  terminateMs: 20,
  channelMs: 20,
} as const;

/** The rogue servers of a test file and the connections to them, closed after each test. */
export class RogueServers<Server extends { close(): Promise<unknown> }> {
  /** Losses of the connections of this test. */
  readonly lost: FailureText[] = [];
  private readonly servers: Server[] = [];
  private readonly connections: Connection[] = [];

  constructor(private readonly password: string) {
    afterEach(async () => {
      for (const connection of this.connections.splice(0)) connection.destroy();
      for (const server of this.servers.splice(0)) await server.close();
      this.lost.length = 0;
    });
  }

  async serve(starting: Promise<Server>): Promise<Server> {
    const server = await starting;
    this.servers.push(server);
    return server;
  }

  /** @throws DriverError */
  async connect(
    driver: Driver,
    target: Target,
    {
      lost = this.lost,
      signal = AbortSignal.timeout(20_000),
    }: { lost?: FailureText[]; signal?: AbortSignal } = {},
  ): Promise<Connection> {
    const connection = await driver.connect(target, {
      password: () => this.password,
      signal,
      applicationName: 'querytape rogue',
      readOnly: false,
      onLost: (failure) => lost.push(failure),
    });
    this.connections.push(connection);
    return connection;
  }

  /** Destroys a connection, of which a test may make thousands. */
  end(connection: Connection): void {
    connection.destroy();
    this.connections.splice(this.connections.indexOf(connection), 1);
    this.lost.length = 0;
  }
}

/** Why no connection came of it. */
export async function failureOfConnecting(connecting: Promise<Connection>): Promise<FailureText> {
  const thrown = await connecting.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(DriverError);
  return (thrown as DriverError).failure;
}

/** The failure of a server that broke a protocol: it names the server, the byte and the kind of message, and no content. */
export function violated(protocol: string) {
  return {
    code: 'protocol.violated',
    message: expect.stringMatching(
      new RegExp(`^127\\.0\\.0\\.1:\\d+ broke ${protocol}’s protocol at byte \\d+: it sent .+\\.$`),
    ),
  };
}
