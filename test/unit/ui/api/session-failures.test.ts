import { expect, it } from 'vitest';
import type { FailureText } from '../../../../src/events/failure.ts';
import type { Client } from '../../../../src/ui/api/client.ts';
import { SessionFailures } from '../../../../src/ui/api/session-failures.ts';

it('asks for the words of a failure once, until there is another or it is over', async () => {
  const asked: string[] = [];
  let code = 'tunnel.lost';
  const client = {
    async sessionFailure(sessionId: string): Promise<FailureText> {
      asked.push(`${sessionId} ${code}`);
      return { code, message: code, source: 'client' };
    },
  };
  const failures = new SessionFailures(client as unknown as Client, () => undefined);
  const learn = async (now: string) => {
    code = now;
    await failures.learn('s', now);
    return failures.words.get('s')?.code;
  };
  expect(await learn('tunnel.lost')).toBe('tunnel.lost');
  expect(await learn('tunnel.lost')).toBe('tunnel.lost');
  expect(await learn('ssh.hostKeyChanged')).toBe('ssh.hostKeyChanged');
  expect(await learn('tunnel.lost')).toBe('tunnel.lost');
  failures.forget('s');
  expect(failures.words.get('s')).toBeUndefined();
  expect(await learn('tunnel.lost')).toBe('tunnel.lost');
  expect(asked).toEqual(['s tunnel.lost', 's ssh.hostKeyChanged', 's tunnel.lost', 's tunnel.lost']);
});
