// Dialogs and menus of the grid, what copies and sorts, and the sum of its cells: loaded right after the first rows are drawn, so that each opens at once
// and none delays them.
import './cell-viewer.ts';
import './column-list.ts';
import './qt-selection-sum.ts';
import './value-editor.ts';

export { nextOrder, sortRows } from './column-sort.ts';
export { GridCopies } from './grid-copies.ts';
export { menuItems } from './menu-items.ts';
export { selectedCells } from './selected-cells.ts';
export { viewedCell } from './viewed-cell.ts';
