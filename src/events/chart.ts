/** A state of a machine's chart. `id` is dotted from the root: `running.cancelling.requested`. */
export interface ChartNode {
  readonly id: string;
  readonly parent: string | null;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final';
}

/** A transition. `from` is empty where every state has it. */
export interface ChartEdge {
  readonly from: string;
  readonly to: string;
  readonly event: string;
}

/** A machine as it is drawn; made from its definition by the server, laid out by the page. */
export interface Chart {
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
  readonly initial: string;
}
