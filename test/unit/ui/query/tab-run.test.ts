import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command, CommandAnswer } from '../../../../src/events/command.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import { type RunningTab, TabRun } from '../../../../src/ui/query/tab-run.ts';
import { storage } from '../storage.ts';

const TAKEN: CommandAnswer = { accepted: true, commandId: 'c', queryIds: ['q1'] };
const REFUSED: CommandAnswer = { refused: { code: 'session.notOpen', message: 'It is closed.' } };

const query = (changes: Partial<QueryView>) =>
  ({ queryId: 'q1', state: 'streaming', outcome: null, cancel: null, ...changes }) as QueryView;

function tabRun(host: Partial<RunningTab> = {}, answer: CommandAnswer = TAKEN, mayLeave = true) {
  const tab = {
    requestUpdate: vi.fn(),
    tab: { tabId: 't', profileId: 'p', text: '', title: '' },
    session: { sessionId: 's', state: 'ready' } as SessionView,
    blocked: '',
    isOpening: false,
    activeQuery: undefined,
    queries: [],
    steps: [],
    ...host,
  } as unknown as RunningTab;
  const sent: Command[] = [];
  const orders = {
    send: vi.fn(async (command: Command) => {
      sent.push(command);
      return answer;
    }),
    words: vi.fn(async () => null),
    say: vi.fn(),
    sayDone: vi.fn(),
    mayLeave: vi.fn(async () => mayLeave),
    sent: vi.fn(),
    taken: vi.fn(),
  };
  return { run: new TabRun(tab, orders), tab, sent, orders };
}

describe('what a tab sends', () => {
  beforeEach(() => vi.stubGlobal('localStorage', storage()));

  it('submits with the settings of the moment, and is sending until the tape has the script', async () => {
    const { run, sent, orders } = tabRun();
    run.change({ rowsMax: 500 });
    await run.submit({ text: 'select 1', offset: 7 });
    expect(sent).toEqual([
      {
        type: 'query.submit',
        sessionId: 's',
        tabId: 't',
        text: 'select 1',
        rowsMax: 500,
        timeoutMs: 0,
        goOnAfterError: false,
      },
    ]);
    expect(run).toMatchObject({ sending: true, ranAt: 7, refusal: null });
    expect(orders.sent).toHaveBeenCalledOnce();
    expect(orders.taken).not.toHaveBeenCalled();
    run.scriptArrived();
    expect(orders.taken).toHaveBeenCalledOnce();
    expect(run.sending).toBe(false);
  });

  it('takes no other script that the tape has for its own', () => {
    const { run, orders } = tabRun();
    run.scriptArrived();
    expect(orders.taken).not.toHaveBeenCalled();
  });

  it('sends nothing a second time while the first is on its way', async () => {
    const { run, sent, orders } = tabRun();
    await run.submit({ text: 'select 1', offset: 0 });
    await run.submit({ text: 'select 2', offset: 0 });
    expect(sent).toHaveLength(1);
    expect(orders.say).toHaveBeenCalledWith('The statement is on its way to Querytape.');
    run.linkLost();
    await run.submit({ text: 'select 3', offset: 0 });
    expect(sent).toHaveLength(2);
  });

  it.each<[string, Partial<RunningTab>, RegExp]>([
    ['what blocks the page', { blocked: 'The link is lost.' }, /link is lost/],
    ['that the connection is not open', { session: undefined }, /Open the connection/],
    ['that a statement runs', { activeQuery: query({}) }, /is running in this tab/],
    [
      'that it is being cancelled',
      { activeQuery: query({ cancel: {} as QueryView['cancel'] }) },
      /being cancelled/,
    ],
  ])('says %s, and sends nothing', async (_, host, why) => {
    const { run, sent, orders } = tabRun(host);
    await run.submit({ text: 'select 1', offset: 0 });
    expect(sent).toEqual([]);
    expect(orders.say).toHaveBeenCalledWith(expect.stringMatching(why));
  });

  describe('while the connection is still opening', () => {
    const opening = (): SessionView => ({ sessionId: 's', state: 'opening.connecting' }) as SessionView;
    const become = (tab: RunningTab, changes: Partial<RunningTab>) => Object.assign(tab, changes);

    it('waits with the text as it was pressed, the latest of several, and runs it once it is open', async () => {
      const { run, tab, sent } = tabRun({ session: opening(), isOpening: true });
      await run.submit({ text: 'select 1', offset: 0 });
      await run.submit({ text: 'select 2', offset: 9 });
      run.follow();
      expect(sent).toEqual([]);
      expect(run.waiting).toEqual({ text: 'select 2', offset: 9 });
      become(tab, { isOpening: false, session: { ...opening(), state: 'ready' } });
      run.follow();
      run.follow();
      await vi.waitFor(() => expect(sent).toHaveLength(1));
      expect(sent[0]).toMatchObject({ type: 'query.submit', sessionId: 's', text: 'select 2' });
      expect(run).toMatchObject({ waiting: null, ranAt: 9, refusal: null });
    });

    it('waits where its session is not on the tape yet', async () => {
      const { run, sent, orders } = tabRun({ session: undefined, isOpening: true });
      await run.submit({ text: 'select 1', offset: 0 });
      expect(run.waiting).not.toBeNull();
      expect(orders.say.mock.calls).toEqual([['']]);
      expect(sent).toEqual([]);
    });

    it('takes it back on a cancel, which sends nothing', async () => {
      const { run, tab, sent, orders } = tabRun({ session: opening(), isOpening: true });
      await run.submit({ text: 'select 1', offset: 0 });
      run.cancel();
      expect(orders.sayDone).toHaveBeenCalledWith('Nothing was sent.');
      become(tab, { isOpening: false, session: { ...opening(), state: 'ready' } });
      run.follow();
      expect(run.waiting).toBeNull();
      expect(sent).toEqual([]);
    });

    it.each<[string, Partial<RunningTab>, RegExp]>([
      [
        'is not opened',
        { session: { ...opening(), state: 'failed' } },
        /^Open the connection first\. .* not run/,
      ],
      ['can’t be asked for', { blocked: 'The link is lost.' }, /^The link is lost\. .* not run/],
    ])('says that it was not run where the connection %s', async (_, host, why) => {
      const { run, tab, sent } = tabRun({ session: opening(), isOpening: true });
      await run.submit({ text: 'select 1', offset: 0 });
      become(tab, { isOpening: false, ...host });
      run.follow();
      expect(run.refusal).toMatchObject({
        code: 'session.notReady',
        message: expect.stringMatching(why),
      });
      expect(run.waiting).toBeNull();
      expect(sent).toEqual([]);
    });
  });

  it('sends nothing where the connection is lost while the user is asked about edits', async () => {
    const { run, tab, sent, orders } = tabRun();
    orders.mayLeave.mockImplementation(async () => {
      Object.assign(tab, { blocked: 'The link is lost.' });
      return true;
    });
    await run.submit({ text: 'select 1', offset: 0 });
    expect(sent).toEqual([]);
    expect(orders.say).toHaveBeenCalledWith('The link is lost.');
  });

  it('sends nothing where the user stays with unsaved edits', async () => {
    const { run, sent, orders } = tabRun({}, TAKEN, false);
    await run.submit({ text: 'select 1', offset: 0 });
    expect(sent).toEqual([]);
    expect(orders.sent).not.toHaveBeenCalled();
  });

  it('cancels a paused result before the next statement', async () => {
    const { run, sent } = tabRun({ activeQuery: query({ queryId: 'old', state: 'paused' }) });
    await run.submit({ text: 'select 1', offset: 0 });
    expect(sent.map(({ type }) => type)).toEqual(['query.cancel', 'query.submit']);
  });

  it('cancels the running query before those that wait behind it', async () => {
    const running = query({ queryId: 'a' });
    const { run, sent } = tabRun({
      activeQuery: running,
      queries: [query({ queryId: 'b' }), query({ queryId: 'c', outcome: 'succeeded' })],
    });
    run.cancel();
    expect(sent).toEqual([
      { type: 'query.cancel', queryId: 'a' },
      { type: 'query.cancel', queryId: 'b' },
    ]);
  });

  it('shows why a statement was refused until the next one is sent, and keeps the edits', async () => {
    const { run, orders } = tabRun({}, REFUSED);
    await run.submit({ text: 'select 1', offset: 0 });
    expect(run).toMatchObject({ sending: false, refusal: { code: 'session.notOpen', source: 'client' } });
    expect(orders.taken).not.toHaveBeenCalled();
  });

  it('says how a transaction was begun as long as that is its latest step', async () => {
    const steps = [query({ queryId: 'q1' })];
    const { run } = tabRun({ steps });
    await run.step({ step: 'begin', options: { isolationLevel: 'SERIALIZABLE', readOnly: true } });
    expect(run.begunWith).toBe('serializable, read-only');
    steps.push(query({ queryId: 'q2' }));
    expect(run.begunWith).toBe('');
  });

  it('says that a statement whose text is no longer available has to be run from the editor', async () => {
    const { run, sent } = tabRun();
    await run.again('q1');
    expect(sent).toEqual([]);
    expect(run.refusal?.code).toBe('query.forgotten');
  });
});
