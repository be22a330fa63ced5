import type { ReactiveControllerHost } from 'lit';
import { originStore, storedFigure } from '../browser-store.ts';

const KEY = 'querytape.editorHeight';
/** How high the editor may be, and is at first, in pixels. */
export const EDITOR_HEIGHT = { min: 60, max: 900, otherwise: 190 };

/** How high a tab's editor is, as the user left it in this browser. */
export class EditorHeight {
  px = storedFigure(KEY, EDITOR_HEIGHT);

  constructor(private readonly host: Pick<ReactiveControllerHost, 'requestUpdate'>) {}

  resize(px: number): void {
    this.px = px;
    originStore.set(KEY, String(px));
    this.host.requestUpdate();
  }
}
