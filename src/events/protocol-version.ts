/**
 * The version of everything that crosses a border: commands, envelopes, WebSocket messages, window frames. A test
 * hashes the schemas, so that they can't change without this number.
 */
export const PROTOCOL = 41;
