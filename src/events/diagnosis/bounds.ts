/** What takes less time than this, in milliseconds, is not what makes a statement slow. */
export const NOTICEABLE_MS = 1000;
/** A transaction that is idle for as long holds its locks and its snapshot on the server for nothing. */
export const IDLE_TRANSACTION_MS = 60_000;
/** How long a connection is idle before something on its way, such as a firewall, forgets it. */
export const FORGOTTEN_AFTER_MS = 60_000;
/** A statement whose connection fails this soon after it was sent found the connection dead. */
export const DEAD_WITHIN_MS = 5000;
/** Connections that are lost within this time of one another were lost by one thing. */
export const LOST_TOGETHER_MS = 2000;
/** The process stood still for this long: the computer slept, or the process was stopped. No event loop is busy for so long. */
export const SLEEP_MS = 30_000;
/** A connection that is lost within this time after a sleep was lost because of it. */
export const LOST_BY_SLEEP_MS = 60_000;
/** A tunnel that is lost so often within this time is not lost by chance. */
export const FLAPPING_LOSSES = 3;
export const FLAPPING_MS = 10 * 60_000;
/** A server that is found down this soon after a connection was lost went down with it; later, anything may have happened. */
export const DOWN_WITHIN_MS = 5 * 60_000;
/** What was read at the end of a stall may have its record this long before that of the stall. */
export const STALL_RECORDED_WITHIN_MS = 5000;
/** Stalls of the event loop whose place in time is remembered, the newest. */
export const STALLS_REMEMBERED = 1000;
/** A program that stood still, and had at most this share of the time from the processor, was stopped rather than busy. */
export const IDLE_SHARE = 0.1;
