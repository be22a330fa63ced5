import { nothing, type TemplateResult } from 'lit';

/** What a template shows, tags and attributes left out; the same with them; and the listeners in it in their order. */
export interface Drawn {
  readonly text: string;
  readonly markup: string;
  readonly listeners: readonly ((event?: unknown) => void)[];
}

/** Draws a template without a browser. */
export function drawn(part: unknown): Drawn {
  const listeners: (() => void)[] = [];
  const markupOf = (value: unknown): string => {
    if (value === nothing || value === undefined || typeof value === 'boolean') return '';
    if (Array.isArray(value)) return value.map(markupOf).join(' ');
    if (typeof value === 'function') {
      listeners.push(value as () => void);
      return '';
    }
    const template = value as TemplateResult;
    if (typeof value !== 'object' || !template?.strings) return String(value);
    return template.strings.map((text, at) => text + markupOf(template.values[at])).join('');
  };
  const markup = markupOf(part).replace(/\s+/g, ' ');
  const text = markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return { text, markup, listeners };
}
