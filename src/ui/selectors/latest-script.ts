import { ENDED_QUERIES_MAX } from '../../events/limits.ts';
import type { QueryPurpose } from '../../events/query.ts';
import type { QueryView } from '../../events/views/query-view.ts';

/** The same array as before where nothing in it changed, so that what is drawn from it is not drawn again. */
export function stable<T>(before: readonly T[] | undefined, now: readonly T[]): readonly T[] {
  const same = before?.length === now.length && before.every((one, i) => one === now[i]);
  return same ? before : now;
}

/**
 * The queries of each tab's latest script of a purpose, in its order. A tab whose queries did not change
 * keeps its array. The views forget what ended longest ago, whichever tab it is of: in a tab of `shown` it stays.
 */
export function latestScripts(
  queries: Readonly<Record<string, QueryView>>,
  before: ReadonlyMap<string, readonly QueryView[]>,
  shown: readonly { readonly tabId: string }[],
  purpose: QueryPurpose = 'statement',
): ReadonlyMap<string, readonly QueryView[]> {
  const byTab = new Map<string, QueryView[]>();
  for (const query of Object.values(queries)) {
    if (query.tabId === null || query.purpose !== purpose) continue;
    const known = byTab.get(query.tabId);
    if (known && known[0]!.scriptId === query.scriptId) known.push(query);
    else if (!known || known[0]!.submittedAt <= query.submittedAt) byTab.set(query.tabId, [query]);
  }
  for (const { tabId } of shown) {
    const forgotten = (before.get(tabId) ?? []).filter(
      ({ queryId, outcome }) => outcome !== null && !(queryId in queries),
    );
    const [was, now] = [forgotten[0], byTab.get(tabId)];
    if (!was || (now && now[0]!.submittedAt > was.submittedAt)) continue;
    const rest = now && now[0]!.scriptId === was.scriptId ? now : [];
    byTab.set(tabId, [
      ...forgotten.slice(Math.max(0, forgotten.length + rest.length - ENDED_QUERIES_MAX)),
      ...rest,
    ]);
  }
  const scripts = new Map<string, readonly QueryView[]>();
  for (const [tabId, script] of byTab) {
    script.sort((a, b) => a.scriptIndex - b.scriptIndex);
    scripts.set(tabId, stable(before.get(tabId), script));
  }
  return scripts;
}

/** The query a tab speaks of: the one that lives, else the one that stopped the script, else the last. */
export function currentOf(script: readonly QueryView[]): QueryView | undefined {
  return (
    script.find(({ outcome }) => outcome === null) ??
    script.find(
      ({ outcome }) => outcome === 'failed' || outcome === 'refused' || outcome?.startsWith('lost'),
    ) ??
    script.at(-1)
  );
}

/**
 * The query of each tab that lives: the one that was sent first. A catalogue read is left out: the user did not ask for it, and what
 * is sent next waits for it at the connection.
 */
export function activeQueries(queries: Readonly<Record<string, QueryView>>): ReadonlyMap<string, QueryView> {
  const active = new Map<string, QueryView>();
  for (const query of Object.values(queries)) {
    if (query.tabId === null || query.outcome !== null || query.purpose === 'catalogue') continue;
    const known = active.get(query.tabId);
    if (!known || isBefore(query, known)) active.set(query.tabId, query);
  }
  return active;
}

function isBefore(a: QueryView, b: QueryView): boolean {
  if (a.dispatchedAt !== null && b.dispatchedAt === null) return true;
  if (a.scriptId === b.scriptId) return a.scriptIndex < b.scriptIndex;
  return a.submittedAt < b.submittedAt;
}
