import { ContextConsumer, createContext } from '@lit/context';
import type { ReactiveElement } from 'lit';
import type { Client } from './client.ts';

/** The page's one client, which its root provides. */
export const clientContext = createContext<Client>('client');

/** The client inside of an element; there from the time it is connected on. */
export class ClientConsumer {
  private readonly consumer: ContextConsumer<typeof clientContext, ReactiveElement>;

  constructor(host: ReactiveElement) {
    this.consumer = new ContextConsumer(host, { context: clientContext });
  }

  get client(): Client {
    return this.consumer.value!;
  }
}
