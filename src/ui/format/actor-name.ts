/** An actor in short: its kind and the end of its id, which tells it from its like. */
export function actorName(kind: string, actor: string): string {
  if (kind === 'workspace') return 'workspace';
  return `${kind} ${actor.split('.').at(-1)!.slice(-5)}`;
}
