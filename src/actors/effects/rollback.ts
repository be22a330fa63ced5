import type { QueryContext } from '../query-setup.ts';
import type { EffectPorts } from './effect.ts';

/** Whether a query rolls its tab's transaction back. That writes nothing, so a profile that has become read-only does not prevent it. */
export function isRollback(
  { side, resources }: Pick<EffectPorts, 'side' | 'resources'>,
  { purpose, queryId, engine }: Pick<QueryContext, 'purpose' | 'queryId' | 'engine'>,
): boolean {
  return (
    purpose === 'transaction' &&
    resources.drivers.get(engine)!.transaction({ step: 'rollback' }).includes(side.statement(queryId).text)
  );
}
