import { DomainError, InvalidParameters } from '../shared/errors.js';

/** There is no order with this id. */
export class UnknownOrder extends DomainError {
  constructor(id: number) {
    super('not-found', 'orders.unknown-order', { id });
  }
}

/** A list cannot begin at a cursor and at an offset. */
export class CursorAndOffset extends InvalidParameters {
  constructor() {
    super([{ field: 'offset', code: 'request.errors.not-with-cursor' }]);
  }
}

/** None of the formats that the client takes is one of the export. */
export class NotAcceptable extends DomainError {
  constructor() {
    super('not-acceptable', 'orders.not-acceptable');
  }
}
