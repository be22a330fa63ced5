import { describe, expect, it, vi } from 'vitest';
import type { OpenReplay } from '../../../../src/events/replay-view.ts';
import type { OpenTape } from '../../../../src/ui/replay/open-tape.ts';
import { PlaceModel } from '../../../../src/ui/replay/place-model.ts';
import type { ReplayPlace } from '../../../../src/ui/replay/replay-place.ts';

const PLACE: ReplayPlace = {
  firstSeq: 101,
  firstAt: 1000,
  seq: 300,
  actorSeq: 298,
  span: { from: 1000, to: 9000 },
  range: { from: 2000, to: 3000 },
  filter: { kind: 'query', actor: 'qry-1' },
  pins: [
    { seq: 12, note: 'before the tape' },
    { seq: 300, note: 'here' },
  ],
};

function places(replay: Partial<OpenReplay> = {}) {
  const open = { replayId: 'r', firstSeq: 101, firstAt: 1000, lastSeq: 400, readShare: 1, ...replay };
  const tape = {
    replay: open as OpenReplay,
    isOpen: (id: string) => id === 'r',
    recordAt: vi.fn(async (seq: number) => ({ seq, actor: 'qry-7' })),
  };
  const shown = { filter: {}, pins: [], keepTo: vi.fn(), show: vi.fn(), go: vi.fn(), say: vi.fn() };
  return { tape, shown, model: new PlaceModel(tape as unknown as OpenTape, shown) };
}

describe('a place that is shown again', () => {
  it('has the actor, the range and the span of before, and the pins that are on the tape', async () => {
    const { model, shown } = places();
    await model.show(PLACE);
    expect(shown.filter).toEqual({ kind: 'query', actor: 'qry-7' });
    expect(shown.pins).toEqual([{ seq: 300, note: 'here' }]);
    expect(shown.keepTo).toHaveBeenCalledWith(PLACE.range);
    expect(shown.keepTo).toHaveBeenCalledBefore(shown.show);
    expect(shown.go).toHaveBeenCalledWith(300, 'qry-7');
  });

  it('keeps to no actor where its record is not on the tape', async () => {
    const { model, shown, tape } = places();
    tape.recordAt.mockResolvedValue({ seq: 299, actor: 'qry-9' });
    await model.show(PLACE);
    expect(shown.filter).toEqual({ kind: 'query' });
    expect(shown.go).toHaveBeenCalledWith(300, null);
  });

  it('waits until the tape was read so far, once', async () => {
    const { model, shown, tape } = places({ lastSeq: 200, readShare: 0.5 });
    await model.show(PLACE);
    model.read();
    expect(shown.go).not.toHaveBeenCalled();
    tape.replay = { ...tape.replay, lastSeq: 400 };
    model.read();
    await vi.waitFor(() => expect(shown.go).toHaveBeenCalledTimes(1));
    model.read();
    expect(shown.say).not.toHaveBeenCalled();
  });

  it('waits no more once the tape was closed', async () => {
    const { model, shown, tape } = places({ lastSeq: 200, readShare: 0.5 });
    await model.show(PLACE);
    model.clear();
    tape.replay = { ...tape.replay, lastSeq: 400 };
    model.read();
    expect(tape.recordAt).not.toHaveBeenCalled();
    expect(shown.go).not.toHaveBeenCalled();
  });

  it('is not shown of another tape, which is said', async () => {
    const { model, shown } = places({ firstAt: 7 });
    await model.show(PLACE);
    expect(shown.say).toHaveBeenCalledWith('This view is of another tape. Open that one first.');
    expect(shown.go).not.toHaveBeenCalled();
  });
});
