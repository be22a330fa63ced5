/** How an open page shows the server that it is one that the server delivered: its key goes with every request. */

/** The header that carries the key. */
export const KEY_HEADER = 'x-querytape-key';
/** The name of the `<meta>` in which a page is given its key. */
export const KEY_META = 'querytape-key';
/** The subprotocol that a WebSocket of the page speaks. */
export const PAGE_PROTOCOL = 'querytape';
/** The start of the subprotocol that carries the key: a browser lets a page set no header of a WebSocket. The server never chooses it. */
export const KEY_PROTOCOL = 'querytape.key.';
