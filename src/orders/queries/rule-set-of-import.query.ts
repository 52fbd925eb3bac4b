import { Query } from '@nestjs/cqrs';
import type { RuleSet } from '../rules/rule-set.js';

/** The rules that an import was accepted with, or null for an unknown import. Answered by whoever keeps the imports. */
export class RuleSetOfImportQuery extends Query<RuleSet | null> {
  constructor(readonly importId: string) {
    super();
  }
}
