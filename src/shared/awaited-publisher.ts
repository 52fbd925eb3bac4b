import { Injectable } from '@nestjs/common';
import { EventBus, type IEvent } from '@nestjs/cqrs';
import { lastValueFrom, of } from 'rxjs';

/**
 * Publishes domain events and waits for every handler. `EventBus.publish` does not wait, and swallows what a handler
 * throws; a read model fed by it would fall behind in silence.
 */
@Injectable()
export class AwaitedPublisher {
  constructor(private readonly eventBus: EventBus) {}

  /** Resolves when every handler is through; rejects with the error of a handler that failed. */
  async publish(event: IEvent): Promise<void> {
    await Promise.all(
      this.eventBus.eventOperators.map((handle) => lastValueFrom(handle(of(event)), { defaultValue: undefined })),
    );
  }
}
