import { afterEach, expect, it, vi } from 'vitest';
import { CommandQueue } from '../../../../src/ui/api/command-queue.ts';

afterEach(() => vi.unstubAllGlobals());

/** The types of the commands that have left, and what answers the first of a type. */
function stub() {
  const left: string[] = [];
  const paths = new Set<string>();
  const answers = new Map<string, () => void>();
  vi.stubGlobal('fetch', (path: string, { body }: { body: string }) => {
    const { type } = JSON.parse(body) as { type: string };
    left.push(type);
    paths.add(path);
    return new Promise((resolve) => {
      answers.set(type, () => resolve(new Response(JSON.stringify({ accepted: true, commandId: type }))));
    });
  });
  return { left, paths, answer: (type: string) => answers.get(type)!() };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));
const cancel = { type: 'query.cancel', queryId: 'q' } as const;
const fetchAll = { type: 'query.fetchAll', queryId: 'q' } as const;

it('sends commands in the order in which they were given, whatever socket is faster', async () => {
  const { left, paths, answer } = stub();
  const queue = new CommandQueue('page-1');
  const first = queue.send(fetchAll);
  const second = queue.send(cancel);
  await turns();
  expect(left).toEqual(['query.fetchAll']);
  answer('query.fetchAll');
  expect(await first).toMatchObject({ accepted: true });
  await turns();
  expect(left).toEqual(['query.fetchAll', 'query.cancel']);
  answer('query.cancel');
  expect(await second).toMatchObject({ accepted: true });
  expect([...paths]).toEqual(['/api/commands?page=page-1']);
});

it('lets no cancel wait for a command that is answered late', async () => {
  const { left } = stub();
  const queue = new CommandQueue('page-1');
  void queue.send({ type: 'query.count', queryId: 'q' });
  void queue.send({ type: 'vault.unlock', passphrase: 'x' });
  void queue.send(cancel);
  await turns();
  expect(left).toEqual(['query.count', 'vault.unlock', 'query.cancel']);
});

it('goes on after a command that got no answer, and says that it is not known whether it was accepted', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  const queue = new CommandQueue('page-1');
  const refused = { refused: { code: 'link.lost' } };
  expect(await queue.send(fetchAll)).toMatchObject(refused);
  expect(await queue.send(cancel)).toMatchObject(refused);
});
