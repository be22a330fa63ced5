import { descriptorOf } from '../../events/engines/index.ts';
import { type Judgement, recordableShape, unknownJudgement } from '../../events/judgement.ts';
import { CONFIRM_TIMEOUT_MS } from '../../events/limits.ts';
import { type Admitted, admit, ownVerdict } from '../admission.ts';
import type { QueryContext, QueryEvent } from '../query-setup.ts';
import { type Begun, codeOf, type EffectPorts, type QueryEffect } from './effect.ts';
import { isRollback } from './rollback.ts';
import { trustNow } from './trust.ts';

/**
 * Judges what a statement does, decides whether it may run, and asks the user where it has to be confirmed. The one that comes after
 * it on its connection is judged, too, while this one runs: unless this one changes what that depends on, the judgement is there
 * when it is asked for.
 */
export function classify(program: EffectPorts): QueryEffect {
  const { ports, side, resources } = program;

  /** Known for a statement of ours; else by the engine's grammar and, for functions, the catalogue. */
  const judge = async ({ input, self }: Judged): Promise<Judgement> => {
    const { queryId, connectionId, sessionId, engine, purpose } = input;
    const own = ownVerdict(purpose);
    if (own !== null) return { ...OWN, verdict: own };
    try {
      const { text } = side.statement(queryId);
      const facts = resources.connections.get(connectionId)?.facts ?? {};
      const driver = resources.drivers.get(engine);
      const first = await ports.classify(engine, text, facts);
      // What the driver can't read ends with its reason and reaches no server, so there is nothing to confirm.
      if (first.dangers.length > 0 && driver?.refusal?.(text)) return { ...first, dangers: [] };
      const reading = first.asks.length > 0 ? driver?.volatility?.(first.asks, facts) : undefined;
      if (!reading) return first;
      const volatility = { ...facts.volatility, ...(await program.ask(self, sessionId, reading)) };
      return await ports.classify(engine, text, { ...facts, volatility });
    } catch (error) {
      // What can't be judged is not known, and treated so.
      return unknownJudgement(`It could not be judged (${codeOf(error)}).`);
    }
  };

  const judgeNext = (input: QueryContext): void => {
    const next = program.nextAfter(input);
    const text = next === null ? undefined : side.query(next)?.text;
    if (text === undefined) return;
    const facts = resources.connections.get(input.connectionId)?.facts ?? {};
    // What can't be judged now is judged when its turn comes, and its reason said then.
    ports.classify(input.engine, text, facts).catch(() => undefined);
  };

  const ask = ({ queryId, sessionId, tabId }: QueryContext): { readonly promptId: string } => {
    const promptId = ports.newId('prompt');
    const openedAt = ports.now();
    const expiresAt = openedAt + CONFIRM_TIMEOUT_MS;
    resources.prompts.add({
      promptId,
      kind: 'confirmation',
      ownerId: queryId,
      sessionId,
      tabId,
      challenge: ports.newId('challenge'),
      openedAt,
      expiresAt,
    });
    return { promptId };
  };

  return (begun) => {
    const { input, report, defect } = begun;
    const { queryId, connectionId, engine } = input;
    const { endsTransaction, mode } = side.statement(queryId);
    const { facts = {}, transaction = 'none' } = resources.connections.get(connectionId) ?? {};
    const isReadOtherwise = mode !== undefined && mode !== descriptorOf(engine).lexicalMode(facts);
    const undoes = isRollback(program, input);
    const admission = (judgement: Judgement): Admitted => {
      if (endsTransaction && transaction === 'none') return NO_TRANSACTION;
      if (isReadOtherwise) return MODE_CHANGED;
      if (undoes) return { admission: 'admitted' };
      const { trust, rules } = trustNow(ports, input);
      return admit(judgement, trust, rules);
    };
    let isOver = false;
    const judging = isReadOtherwise ? Promise.resolve(READ_OTHERWISE) : judge(begun);
    judging
      .then((judgement) => {
        // It was cancelled or lost in the meantime: a question for it would stay open with none to answer it to.
        if (isOver) return;
        const admitted = admission(judgement);
        side.judged(queryId, judgement);
        const prompt = admitted.admission === 'confirm' ? ask(input) : {};
        const { verdict } = judgement;
        const dangers = [...new Set(judgement.dangers.map(({ kind }) => kind))];
        const shape = recordableShape(judgement);
        const fact = { type: 'query.classified', verdict, dangers, ...admitted, ...prompt } as const;
        report(shape === null ? fact : { ...fact, shape });
        if (admitted.admission === 'admitted') judgeNext(input);
      })
      .catch(defect);
    return () => {
      isOver = true;
    };
  };
}

/** What a judgement needs of an effect that has begun. */
type Judged = Pick<Begun<QueryContext, QueryEvent>, 'input' | 'self'>;

/** A statement of ours: nothing of it is the user's, and nothing is dangerous by itself. */
const OWN: Omit<Judgement, 'verdict'> = {
  dangers: [],
  reason: null,
  position: null,
  statements: 1,
  shape: null,
  asks: [],
};

/** What was to be committed or rolled back had ended before this statement got the connection. */
const NO_TRANSACTION: Admitted = { admission: 'refused', code: 'transaction.none' };

/** A statement before it changed how strings are read, so where this one ends may have been misread. */
const MODE_CHANGED: Admitted = { admission: 'refused', code: 'script.modeChanged' };
const READ_OTHERWISE = unknownJudgement(
  'A statement before this one changed how strings are read (sql_mode, standard_conforming_strings), so where this one ends is not certain. Run the rest again.',
);
