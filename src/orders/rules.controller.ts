import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { I18n, I18nContext } from 'nestjs-i18n';
import type { z } from 'zod';
import { API_PATH } from '../shared/http/api-path.js';
import { ApiProblems, INVALID_PARAMETERS } from '../shared/http/problem.js';
import { noQuery } from '../shared/http/query.js';
import { rulesSchema, toRules } from './rules.dto.js';
import type { RuleSet } from './rules/rule-set.js';
import { RULE_SET } from './rules/rule-set.token.js';

@ApiTags('rules')
@Controller(`${API_PATH}/rules`)
export class RulesController {
  constructor(@Inject(RULE_SET) private readonly ruleSet: RuleSet) {}

  @Get()
  @ApiOperation({
    operationId: 'listRules',
    summary: 'List the rules',
    description:
      'What orders are judged by, with the parameters in force. An import keeps the rules that it was accepted with.',
  })
  @ApiOkResponse({ description: 'The rules.', standardSchema: rulesSchema })
  @ApiProblems(INVALID_PARAMETERS)
  list(@Query({ schema: noQuery }) _query: unknown, @I18n() i18n: I18nContext): z.infer<typeof rulesSchema> {
    return { items: toRules(this.ruleSet, i18n) };
  }
}
