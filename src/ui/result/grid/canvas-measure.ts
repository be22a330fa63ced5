import type { TextMeasure } from './column-layout.ts';

/** Measures with a canvas, which lays nothing out, in the fonts that `element` has from the grid's tokens. */
export function canvasMeasure(element: Element): TextMeasure {
  const { name, type, value } = fontsOf(element);
  const context = document.createElement('canvas').getContext('2d');
  const widthIn =
    (font: string) =>
    (text: string): number => {
      if (!context) return text.length * 8;
      if (context.font !== font) context.font = font;
      return context.measureText(text).width;
    };
  return { name: widthIn(name), type: widthIn(type), value: widthIn(value) };
}

/** Resolves once the grid's fonts are here, or can't be had: with whether one of them was missing until now. */
export async function fontsLoaded(element: Element): Promise<boolean> {
  const missing = Object.values(fontsOf(element)).filter((font) => !document.fonts.check(font));
  await Promise.allSettled(missing.map((font) => document.fonts.load(font)));
  return missing.length > 0;
}

function fontsOf(element: Element): { name: string; type: string; value: string } {
  const style = getComputedStyle(element);
  const sans = style.getPropertyValue('--_sans');
  const mono = style.getPropertyValue('--_mono');
  return { name: `600 12px ${sans}`, type: `400 10.5px ${mono}`, value: `400 12px ${mono}` };
}
