import { expect, it } from 'vitest';
import { actorName } from '../../../../src/ui/format/actor-name.ts';

it('names an actor by its kind and the end of its id', () => {
  expect(actorName('tab', 'ses-00ff.t3')).toBe('tab t3');
  expect(actorName('query', 'qry-0123456789')).toBe('query 56789');
  expect(actorName('workspace', 'workspace')).toBe('workspace');
});
