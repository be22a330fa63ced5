/** The elements that are drawn into. */
export interface GridParts {
  readonly scroller: HTMLElement;
  readonly head: HTMLElement;
  readonly corner: HTMLElement;
  readonly columns: HTMLElement;
  readonly body: HTMLElement;
  readonly gutter: HTMLElement;
  readonly rows: HTMLElement;
}

/** The elements of a grid's template that are drawn into. */
export function gridParts(root: ParentNode): GridParts {
  const part = (name: string): HTMLElement => root.querySelector<HTMLElement>(`.${name}`)!;
  return {
    scroller: part('scroller'),
    head: part('head'),
    corner: part('corner'),
    columns: part('columns'),
    body: part('body'),
    gutter: part('gutter'),
    rows: part('rows'),
  };
}
