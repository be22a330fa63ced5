import { expect, it, onTestFinished } from 'vitest';
import { serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

it.each([
  [
    'the system’s error in words that say what is wrong, without its path',
    Object.assign(new Error("ENOENT: no such file or directory, scandir '/home/ada/history'"), {
      code: 'ENOENT',
    }),
    'The file or folder does not exist (ENOENT).',
  ],
  [
    'an error of its own in its own words',
    Object.assign(new Error('Unlock the vault first.'), { code: 'history.locked' }),
    'Unlock the vault first.',
  ],
])('a history that can’t be read answers %s', async (_what, error, message) => {
  const app = appDouble({ history: () => Promise.reject(error) });
  const serving = await serve({ port: 0, pageFolder: null, app });
  onTestFinished(() => serving.close());
  const authorization = `Bearer ${new URL(serving.url).searchParams.get('token')}`;
  const answer = await fetch(`http://127.0.0.1:${serving.port}/api/history`, { headers: { authorization } });
  expect(answer.status).toBe(409);
  expect(await answer.json()).toEqual({ code: error.code, message });
});
