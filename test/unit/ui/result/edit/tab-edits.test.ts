import { expect, it } from 'vitest';
import type { ResultMeta } from '../../../../../src/events/result.ts';
import type { SessionView } from '../../../../../src/events/views/session-view.ts';
import { type DeskLink, TabEdits } from '../../../../../src/ui/result/edit/tab-edits.ts';

const SESSION = {
  sessionId: 's',
  engine: 'postgres',
  readOnly: false,
  server: { flavour: 'PostgreSQL', capabilities: { mutations: true } },
} as unknown as SessionView;

function metaOf(origin?: object): ResultMeta {
  return { resultId: 'r', columns: [{ name: 'id', origin }] } as unknown as ResultMeta;
}

it('waits for the end of the statement only until then, not while it reads the catalogue', async () => {
  const desk = new TabEdits(
    { catalogue: () => new Promise(() => {}) } as unknown as DeskLink,
    () => undefined,
  );
  await desk.learn(metaOf(), SESSION, false);
  expect(desk.of('r').why).toContain('until the statement ends');
  void desk.learn(metaOf({ namespace: 'public', collection: 'orders', column: 'id' }), SESSION, true);
  expect(desk.of('r')).toMatchObject({ why: '', editable: null });
});
