import { Redis } from 'ioredis';

/**
 * Connections to Redis for Bull. Commands of the client fail soon where Redis is away; the two that wait for jobs try
 * for ever, because Bull allows nothing else.
 */
export const bullClients =
  (url: string) =>
  (type: 'client' | 'subscriber' | 'bclient'): Redis => {
    // Without `disableClientInfo` a late answer to CLIENT SETINFO can make a connection that broke look well for ever.
    const common = {
      enableReadyCheck: false,
      disableClientInfo: true,
      retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
    };
    return type === 'client'
      ? new Redis(url, { ...common, maxRetriesPerRequest: 1, commandTimeout: 3_000 })
      : new Redis(url, { ...common, maxRetriesPerRequest: null });
  };
