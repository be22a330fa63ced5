import { expect, it } from 'vitest';
import type { FailureText } from '../../../../src/events/failure.ts';
import type { Client } from '../../../../src/ui/api/client.ts';
import { SessionFailures } from '../../../../src/ui/api/session-failures.ts';

/** A client whose answers are given by hand, in the order of the requests. */
function byHand() {
  const answers: ((failure: FailureText | Error) => void)[] = [];
  const client = {
    sessionFailure: () =>
      new Promise<FailureText>((resolve, reject) => {
        answers.push((failure) => (failure instanceof Error ? reject(failure) : resolve(failure)));
      }),
  };
  return { answers, failures: new SessionFailures(client as unknown as Client, () => undefined) };
}

const failure = (code: string): FailureText => ({ code, message: code, source: 'client' });

it('drops words that come once the session is well again, or has another failure', async () => {
  const { answers, failures } = byHand();
  const first = failures.learn('s', 'tunnel.lost');
  failures.forget('s');
  answers[0]!(failure('tunnel.lost'));
  await first;
  expect(failures.words.get('s')).toBeUndefined();
  const [second, third] = [failures.learn('s', 'a'), failures.learn('s', 'b')];
  answers[2]!(failure('b'));
  answers[1]!(failure('a'));
  await Promise.all([second, third]);
  expect(failures.words.get('s')?.code).toBe('b');
});

it('asks again where there was no answer', async () => {
  const { answers, failures } = byHand();
  const first = failures.learn('s', 'a');
  answers[0]!(new Error('no link'));
  await first;
  const second = failures.learn('s', 'a');
  answers[1]!(failure('a'));
  await second;
  expect(failures.words.get('s')?.code).toBe('a');
});

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
