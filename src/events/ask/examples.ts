/** Expressions to begin with, and what each finds. */
export const ASK_EXAMPLES: readonly { readonly expression: string; readonly finds: string }[] = [
  {
    expression: 'connection.transaction = open and idle > 60 s',
    finds: 'transactions left open while nothing runs in them',
  },
  { expression: 'query.state = queued and inState > 1 s', finds: 'statements that wait for their turn' },
  {
    expression: 'query.state = cancelling and cancelAge > 2 s',
    finds: 'cancels that the server does not answer',
  },
  { expression: 'query.firstRow > 5 s', finds: 'statements whose first row came late' },
  {
    expression: 'session.environment = production and query.verdict in (write, ddl)',
    finds: 'changes in production',
  },
  { expression: 'event.ignored', finds: 'events that came where they mean nothing' },
];
