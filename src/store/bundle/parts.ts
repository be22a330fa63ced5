/** What a bundle has, in plain words. */
export const SUMMARY = 'summary.txt';

/** The parts of a bundle that are read whole. */
const TEXT_PARTS = [
  SUMMARY,
  'versions.json',
  'machines.json',
  'capabilities.json',
  'doctor.json',
  'profiles.json',
] as const;
export type TextPart = (typeof TEXT_PARTS)[number];

export const LOG_PART = 'log.jsonl';
export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'signature.json';

/** Whether a name is that of a segment in a bundle. */
export function isSegmentPart(name: string): boolean {
  return /^tape\/[0-9]{8}\.jsonl$/.test(name);
}

/** Whether a bundle may have a part of that name. There is no other folder than `tape/`, and no name that leaves the bundle. */
export function isPartName(name: string): boolean {
  const others: readonly string[] = [...TEXT_PARTS, LOG_PART, MANIFEST, SIGNATURE];
  return isSegmentPart(name) || others.includes(name);
}

/** JSON as the parts of a bundle have it. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
