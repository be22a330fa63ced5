import { type ElementPages, elementPages } from './element-pages.ts';

/** The grid's page, `grid-page.ts`; it is drawn once its first row is, or says that there is none. */
export function gridPages(): Promise<ElementPages> {
  return elementPages({
    html: 'grid.page.html',
    width: 1120,
    height: 640,
    drawn: () =>
      document.querySelector('qt-grid')?.shadowRoot?.querySelector('.row:not(.pending) .cell, .empty'),
    // The scrollbar is dragged.
    browser: { ignoreDefaultArgs: ['--hide-scrollbars'] },
  });
}
