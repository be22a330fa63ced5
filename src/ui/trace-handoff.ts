import { PERFETTO_BYTES_MAX } from '../events/limits.ts';
import { isTracePath } from '../events/trace/trace-wish.ts';
import { handOver } from './api/perfetto.ts';
import { saveFile } from './api/request.ts';

/** The path of a trace, with its ticket, as `POST /api/downloads` gives it. */
const TICKETED = /^(.*\?format=perfetto.*)&ticket=[\w-]{20,100}$/;
const FILE_NAME = 'querytape-trace.json';

const status = document.querySelector<HTMLElement>('#status')!;
const buttons = document.querySelectorAll<HTMLButtonElement>('button');

/** Reads the trace at once, as its ticket is good for a short time; it leaves this page on a click only. */
async function read(): Promise<void> {
  const path = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  if (!isTracePath(TICKETED.exec(path)?.[1] ?? ''))
    throw new Error('Open this page by “Open in Perfetto” of the page.');
  const answer = await fetch(path, { credentials: 'omit' });
  if (!answer.ok) throw new Error(((await answer.json()) as { message: string }).message);
  if (Number(answer.headers.get('content-length')) > PERFETTO_BYTES_MAX)
    throw new Error('The trace is too large for a page. Download it in the palette, and open it from there.');
  offer(await answer.arrayBuffer());
}

function offer(trace: ArrayBuffer): void {
  const click = (id: string, act: () => void): void =>
    document.querySelector(`#${id}`)!.addEventListener('click', act);
  click('download', () => saveFile(FILE_NAME, trace));
  click('open', () => {
    const isOpen = handOver(trace, FILE_NAME, () => say('Perfetto has the trace. You can close this page.'));
    say(isOpen ? 'Waiting for Perfetto…' : 'The browser opened no window. Allow this page to open one.');
  });
  for (const button of buttons) button.disabled = false;
  say('The trace is ready. Nothing has left this machine.');
}

function say(words: string): void {
  status.textContent = words;
}

read().catch((error: Error) => say(error.message));
