import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { STATEMENT_TIMEOUT_MAX_MS } from '../../../src/events/limits.ts';
import { PaneLayout } from '../../../src/ui/app/pane-layout.ts';
import { Tabs } from '../../../src/ui/app/tabs.ts';
import { EditorHeight } from '../../../src/ui/query/editor-height.ts';
import { changeSettings, readSettings } from '../../../src/ui/query/run-settings.ts';
import { storage, storeOf } from './storage.ts';

const GOLDEN = resolve(import.meta.dirname, '../../upgrade');

/** What a page left in its browser. */
interface Left {
  readonly localStorage: Record<string, string>;
  readonly sessionStorage: Record<string, string>;
}

/** What each version's page left; test/upgrade/README.md tells them apart. */
const VERSIONS: Record<string, { texts: readonly string[]; shown: string }> = {
  vault: { texts: ['select not_yet_run from tabs', "select 'golden' as metal"], shown: 'tab-0f7be4ef-e621' },
  history: { texts: [], shown: '' },
  '0.2.0': { texts: [], shown: '' },
};

const DEFAULTS = {
  theme: 'system',
  sidebarWidth: 248,
  tapeWidth: 304,
  tapeShown: true,
  editorHeight: 190,
  settings: { timeoutMs: 0, rowsMax: 0, goOnAfterError: false },
};

let local = storage();

/** The storage that has these values. */
function holding(values: Record<string, string>) {
  const made = storage();
  for (const [key, value] of Object.entries(values)) made.setItem(key, value);
  return made;
}

/** What the page makes of the browser's storage as it starts; `element` has what it puts on the document. */
async function started(values: Record<string, string>, element = { dataset: {} as DOMStringMap }) {
  local = holding(values);
  vi.stubGlobal('localStorage', local);
  vi.stubGlobal('document', { documentElement: element });
  vi.resetModules();
  const { chosenTheme, showChosenTheme } = await import('../../../src/ui/app/theme.ts');
  showChosenTheme();
  const { sidebarWidth, tapeWidth, tapeShown } = new PaneLayout(() => undefined);
  const { px: editorHeight } = new EditorHeight({ requestUpdate: () => undefined });
  return { theme: chosenTheme(), sidebarWidth, tapeWidth, tapeShown, editorHeight, settings: readSettings() };
}

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  vi.stubGlobal('innerWidth', 1440);
});

it('has what the page of each version left', () => {
  expect(readdirSync(join(GOLDEN, 'browser')).sort()).toEqual(
    Object.keys(VERSIONS)
      .map((version) => `${version}.json`)
      .sort(),
  );
});

describe.each(Object.entries(VERSIONS))('the browser of version %s', (version, { texts, shown }) => {
  const left = JSON.parse(readFileSync(join(GOLDEN, 'browser', `${version}.json`), 'utf8')) as Left;

  it('has every setting as the user left it, and loses none of them', async () => {
    expect(await started(left.localStorage)).toEqual({
      theme: 'light',
      sidebarWidth: 312,
      tapeWidth: 352,
      tapeShown: false,
      editorHeight: 270,
      settings: { timeoutMs: 45_000, rowsMax: 1000, goOnAfterError: true },
    });
    expect(Object.fromEntries(local.kept)).toEqual(left.localStorage);
  });

  it('has its tabs as drafts, and holds no text any more', () => {
    const kept = holding(left.sessionStorage);
    const changed: string[] = [];
    const tabs = new Tabs((tabId) => changed.push(tabId), storeOf(kept));
    tabs.restore([], '');
    expect(tabs.tabs.map(({ text }) => text)).toEqual(texts);
    expect(tabs.activeId).toBe(shown);
    expect(changed).toEqual(tabs.tabs.map(({ tabId }) => tabId));
    expect([...kept.kept.values()].join()).not.toContain('select');
  });
});

describe('what no version left', () => {
  const KEYS = ['theme', 'sidebarWidth', 'tapeWidth', 'tapeShown', 'editorHeight', 'goOnAfterError'];
  const everywhere = (value: string) =>
    Object.fromEntries([...KEYS, 'timeoutMs', 'rowsMax'].map((key) => [`querytape.${key}`, value]));

  it.each([
    ['absent', {}],
    ['empty', everywhere('')],
    ['torn', everywhere('ye')],
    ['JSON', everywhere('{"__proto__":{"value":1}}')],
    ['markup', everywhere('<img src=x onerror=alert(1)>')],
    ['CSS', everywhere('1px;background:url(//example.com)')],
    ['of half a character', everywhere('\ud800')],
    ['very long', everywhere('x'.repeat(1_000_000))],
    ['an infinite figure', everywhere('1e999')],
  ])('and is %s is every setting as at first, and stays stored', async (_, values) => {
    const element = { dataset: {} as DOMStringMap };
    expect(await started(values, element)).toEqual(DEFAULTS);
    expect(element.dataset).toEqual({ theme: 'dark' });
    expect(Object.fromEntries(local.kept)).toEqual(values);
  });

  it('and is out of range is brought into it, so that the panes fit and statements are accepted', async () => {
    const far = { sidebarWidth: 520, tapeWidth: 640, editorHeight: 900 };
    expect(await started(everywhere('1e30'))).toMatchObject({
      ...far,
      settings: { timeoutMs: STATEMENT_TIMEOUT_MAX_MS, rowsMax: Number.MAX_SAFE_INTEGER },
    });
    const near = { sidebarWidth: 170, tapeWidth: 220, editorHeight: 60 };
    expect(await started(everywhere('-7.5'))).toMatchObject({ ...near, settings: DEFAULTS.settings });
  });

  it('is not lost where another setting is changed', async () => {
    const { settings } = await started(everywhere('as a later version says'));
    expect(changeSettings(settings, { rowsMax: 100 })).toEqual({ ...DEFAULTS.settings, rowsMax: 100 });
    expect(Object.fromEntries(local.kept)).toEqual({
      ...everywhere('as a later version says'),
      'querytape.rowsMax': '100',
    });
  });

  it.each([
    ['no JSON', '{"tabs":[{"tabId":"a","profileId":"p","text":"sel'],
    ['null', 'null'],
    ['a text', '"select 1"'],
    ['a list', '[{"tabId":"a"}]'],
    ['tabs that are not a list', '{"tabs":{"length":1e9},"activeId":{}}'],
    [
      'tabs that are none',
      '{"tabs":[null,1,"a",[],{},{"tabId":"a","profileId":"p"},{"tabId":"<b>","profileId":"p","text":""}]}',
    ],
    ['tabs of no profile', '{"tabs":[{"tabId":"a","profileId":7,"text":""}]}'],
  ])('among the tabs opens none: %s', (_, text) => {
    const tabs = new Tabs(() => undefined, storeOf(holding({ 'querytape.tabs': text })));
    tabs.restore([], '');
    expect([tabs.tabs, tabs.activeId]).toEqual([[], '']);
  });

  it('among the tabs leaves the others, each once, beside the drafts', () => {
    const one = { tabId: 'a', profileId: 'p', title: 7, text: 'select 1' };
    const twin = { ...one, text: 'select 2' };
    const known = { ...one, tabId: 'b', text: 'older than the draft' };
    const left = JSON.stringify({ tabs: [{}, one, twin, known], activeId: 'a' });
    const tabs = new Tabs(() => undefined, storeOf(holding({ 'querytape.tabs': left })));
    tabs.restore([{ tabId: 'b', profileId: 'p', title: '', text: 'the draft' }], 'b');
    expect(tabs.tabs.map(({ tabId, title, text }) => [tabId, title, text])).toEqual([
      ['b', '', 'the draft'],
      ['a', '', 'select 1'],
    ]);
    expect(tabs.activeId).toBe('a');
  });
});

it('holds earlier tabs until the drafts are known, so that a locked vault loses none', () => {
  const kept = holding({ 'querytape.tabs': '{"tabs":[]}' });
  const tabs = new Tabs(() => undefined, storeOf(kept));
  expect(kept.getItem('querytape.tabs')).not.toBeNull();
  tabs.restore([], '');
  expect(kept.getItem('querytape.tabs')).toBeNull();
});
