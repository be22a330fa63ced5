/** `querytape.2026-11-28.2.log`: the day by the local clock, and the number of the file on it. */
const NAME = /^querytape\.(\d{4}-\d{2}-\d{2})\.(\d+)\.log$/;

/** The log's files among a folder's names, oldest first. */
export function logFiles(names: readonly string[]): string[] {
  return names
    .flatMap((name) => {
      const found = NAME.exec(name);
      return found ? [{ name, day: found[1]!, number: Number(found[2]) }] : [];
    })
    .sort((a, b) => (a.day === b.day ? a.number - b.number : a.day < b.day ? -1 : 1))
    .map(({ name }) => name);
}
