/** An SSH tunnel as the tape tells it. Tunnels come with their own machine; until then there are none. */
export interface TunnelView {
  readonly tunnelId: string;
  readonly sessionId: string;
  readonly state: string;
}
