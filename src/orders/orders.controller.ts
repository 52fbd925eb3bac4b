import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { I18n, I18nContext } from 'nestjs-i18n';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { z } from 'zod';
import { API_PATH } from '../shared/http/api-path.js';
import { ACCEPT_ENCODING, CUT_OFF, DOWNLOAD_HEADERS, sendDownload } from '../shared/http/download.js';
import { linkNext, NEXT_LINK } from '../shared/http/paging.js';
import { ApiProblems, ENCODING_NOT_ACCEPTABLE, INVALID_PARAMETERS, UNAVAILABLE } from '../shared/http/problem.js';
import { integer, noQuery } from '../shared/http/query.js';
import { fileContent } from '../shared/http/streams.js';
import { NoTexts } from '../shared/http/texts-of-routes.js';
import { varyOn } from '../shared/http/vary.js';
import { CursorAndOffset, NotAcceptable } from './errors.js';
import { csvRows, ndjsonRows } from './order-export.js';
import { exportOrdersQuery, getOrderQuery, listOrdersQuery, toFilter } from './list-orders.dto.js';
import { jsonPage } from './order-json.js';
import { ALL_FIELDS, withId } from './order-rows.js';
import { oneOrderSchema, orderPageSchema, orderWithErrorsSchema, type OneOrder } from './order.dto.js';
import { orderStatsSchema, toOrderStats, type OrderStats } from './order-stats.dto.js';
import { ExportOrdersQuery } from './queries/export-orders.query.js';
import { GetOrderStatsQuery } from './queries/get-order-stats.query.js';
import { GetOrderQuery } from './queries/get-order.query.js';
import { ListOrdersQuery } from './queries/list-orders.query.js';
import { RuleSetOfImportQuery } from './queries/rule-set-of-import.query.js';
import { forMessage, violationParams } from './rules/violation-params.js';

const orderPath = z.object({
  id: integer(1, Number.MAX_SAFE_INTEGER).meta({ description: 'The order id.', examples: [9] }),
});

const UNKNOWN_ORDER = {
  status: 404,
  when: 'No order has this id',
  code: 'orders.unknown-order',
};
const NOT_ACCEPTABLE = {
  status: 406,
  when: 'The header `Accept` asks for something else than text/csv or application/x-ndjson',
  code: 'orders.not-acceptable',
};

@ApiTags('orders')
@Controller(`${API_PATH}/orders`)
export class OrdersController {
  constructor(
    private readonly queries: QueryBus,
    @InjectPinoLogger(OrdersController.name) private readonly log: PinoLogger,
  ) {}

  @Get()
  @NoTexts()
  @ApiOperation({
    operationId: 'listOrders',
    summary: 'List orders',
    description:
      'Orders by ascending id. Page on with `cursor`, which stays right while imports run; `offset` reaches the first 10 000.',
  })
  @ApiOkResponse({ description: 'A page of orders.', standardSchema: orderPageSchema, headers: NEXT_LINK })
  @ApiProblems(INVALID_PARAMETERS, UNAVAILABLE)
  async list(
    @Query({ schema: listOrdersQuery }) query: z.output<typeof listOrdersQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const { limit, cursor, offset, fields, lang: _lang, uuid: _uuid, ...asked } = query;
    if (cursor !== undefined && offset !== undefined) throw new CursorAndOffset();
    const wanted = { limit, cursor, offset, fields: fields ? withId(fields) : ALL_FIELDS };
    const { rows, next } = await this.queries.execute(new ListOrdersQuery(toFilter(asked), wanted));
    linkNext(reply, next);
    void reply.type('application/json; charset=utf-8');
    return jsonPage(rows, wanted.fields, next);
  }

  @Get('stats')
  @NoTexts()
  @ApiOperation({
    operationId: 'getOrderStats',
    summary: 'Count orders',
    description: 'How many orders there are, by validity, state and rule. Takes the same time however many there are.',
  })
  @ApiOkResponse({ description: 'The counts.', standardSchema: orderStatsSchema })
  @ApiProblems(INVALID_PARAMETERS, UNAVAILABLE)
  async stats(@Query({ schema: noQuery }) _query: unknown): Promise<OrderStats> {
    return toOrderStats(await this.queries.execute(new GetOrderStatsQuery()));
  }

  @Get('export')
  @NoTexts()
  @ApiOperation({
    operationId: 'exportOrders',
    summary: 'Export orders',
    description:
      'All orders of a filter by ascending id, streamed: NDJSON, or CSV where `Accept` asks for text/csv. Each order comes ' +
      'once; of those that are stored or removed meanwhile, some come. ' +
      CUT_OFF,
  })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({
    description: 'One order a line.',
    headers: DOWNLOAD_HEADERS,
    content: {
      'application/x-ndjson': {
        schema: fileContent,
        example:
          '{"id":9,"name":"Stone Dominguez","email":"stone@example.com","state":"IA","zipcode":"05938","birthday":"1963-02-27","valid":false,"violations":["zipcode_sum"],"importId":"019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11","record":1,"line":2}\n',
      },
      'text/csv': {
        schema: fileContent,
        example:
          'id,name,email,state,zipcode,birthday,valid,violations,importId,record,line\n9,Stone Dominguez,stone@example.com,IA,05938,1963-02-27,false,zipcode_sum,019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11,1,2\n',
      },
    },
  })
  @ApiHeader(ACCEPT_ENCODING)
  @ApiProblems(INVALID_PARAMETERS, NOT_ACCEPTABLE, ENCODING_NOT_ACCEPTABLE, UNAVAILABLE)
  @Header('cache-control', 'no-store')
  async export(
    @Query({ schema: exportOrdersQuery }) query: z.output<typeof exportOrdersQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { raw, lang: _lang, uuid: _uuid, ...asked } = query;
    const type = exportType(request.headers.accept);
    // Who asks for the headers alone needs no order to be read.
    const batches = request.method === 'HEAD' ? [] : await this.queries.execute(new ExportOrdersQuery(toFilter(asked)));
    const rows = type === 'text/csv' ? csvRows(batches, raw) : ndjsonRows(batches);
    varyOn(reply, 'Accept');
    const fileName = `orders.${type === 'text/csv' ? 'csv' : 'ndjson'}`;
    const download = { type: `${type}; charset=utf-8`, fileName, content: rows };
    await sendDownload(reply, download, this.log);
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getOrder',
    summary: 'Get an order',
    description: 'One order, with what is wrong with it in the language of the request.',
  })
  @ApiOkResponse({ description: 'The order.', standardSchema: oneOrderSchema })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_ORDER, UNAVAILABLE)
  async get(
    @Param({ schema: orderPath }) { id }: z.output<typeof orderPath>,
    @Query({ schema: getOrderQuery }) { fields }: z.output<typeof getOrderQuery>,
    @I18n() i18n: I18nContext,
  ): Promise<OneOrder> {
    const order = await this.queries.execute(new GetOrderQuery(id));
    const ruleSet = order.valid ? null : await this.queries.execute(new RuleSetOfImportQuery(order.importId));
    const errors = order.violations.map((rule) => {
      const params = violationParams(rule, ruleSet);
      return { rule, message: i18n.t(`rules.${rule}.violation`, { args: forMessage(params) }), params };
    });
    return fields ? only(fields, { ...order, errors }) : { ...order, errors };
  }
}

/** An order with these fields and its id. */
const only = (fields: readonly string[], order: z.infer<typeof orderWithErrorsSchema>): OneOrder =>
  Object.fromEntries(Object.entries(order).filter(([field]) => field === 'id' || fields.includes(field))) as OneOrder;

const EXPORT_TYPES = ['application/x-ndjson', 'text/csv'] as const;

/**
 * The format that `Accept` likes best (RFC 9110, section 12.5.1); NDJSON where the client takes anything. `negotiator`
 * would refuse who asks for `text/csv; charset=utf-8`.
 */
function exportType(accept = '*/*'): (typeof EXPORT_TYPES)[number] {
  const wishes = accept
    .toLowerCase()
    .split(',')
    .map((wish) => wish.split(';').map((part) => part.trim()))
    .map(([range = '', ...params]) => ({ range, weight: weightOf(params) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  for (const { range } of wishes) {
    const type = EXPORT_TYPES.find((each) => [each, `${each.split('/')[0]}/*`, '*/*'].includes(range));
    if (type) return type;
  }
  throw new NotAcceptable();
}

function weightOf(params: readonly string[]): number {
  const weight = Number(params.find((param) => param.startsWith('q='))?.slice(2) ?? 1);
  return Number.isNaN(weight) ? 1 : weight;
}
