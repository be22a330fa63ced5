import type { ReactiveControllerHost } from 'lit';

const KEY = 'querytape.editorHeight';
const FIRST_PX = 190;

/** How high a tab's editor is, as the user left it in this browser. */
export class EditorHeight {
  px = Number(localStorage.getItem(KEY)) || FIRST_PX;

  constructor(private readonly host: Pick<ReactiveControllerHost, 'requestUpdate'>) {}

  resize(px: number): void {
    this.px = px;
    localStorage.setItem(KEY, String(px));
    this.host.requestUpdate();
  }
}
