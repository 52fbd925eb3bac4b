import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { I18n, I18nContext } from 'nestjs-i18n';
import type { z } from 'zod';
import { API_PATH } from '../../shared/http/api-path.js';
import { ApiProblems, INVALID_PARAMETERS, UNAVAILABLE } from '../../shared/http/problem.js';
import { noQuery } from '../../shared/http/query.js';
import { fileContent } from '../../shared/http/streams.js';
import { importPath, toImport } from '../import.dto.js';
import { UNKNOWN_IMPORT } from '../imports.openapi.js';
import { GetImportQuery } from '../queries/get-import.query.js';
import { isFinal, statusEvents } from './status-events.js';
import { StatusWatch, versionOf } from './status-watch.js';

@ApiTags('imports')
@Controller(`${API_PATH}/imports/:id/events`)
export class EventsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly watch: StatusWatch,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'watchImport',
    summary: 'Watch an import',
    description:
      'Server-sent events: `status` with the import as `GET /imports/{id}` gives it, at once and whenever it changes, at ' +
      'most four times a second. The answer ends behind a final state. Who comes back with `Last-Event-ID` is told ' +
      'only what is new, or 204 where nothing will be.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The `id` of the last event that was received; browsers send it by themselves.',
    schema: { type: 'string', maxLength: 64, examples: ['x1k9Zt0bQmV3sYwe'] },
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'The events.',
    content: {
      'text/event-stream': {
        schema: fileContent,
        example:
          'id: x1k9Zt0bQmV3sYwe\nevent: status\ndata: {"id":"019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11","state":"running"}\n\n',
      },
    },
  })
  @ApiNoContentResponse({ description: 'The import is over, and the client knows it.' })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, UNAVAILABLE)
  async events(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @Headers('last-event-id') known: string | undefined,
    @Res() reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<void> {
    const first = await this.queries.execute(new GetImportQuery(id));
    if (isFinal(first) && versionOf(first) === known) return void (await reply.status(204).send());
    const events = statusEvents(this.watch, {
      first,
      known,
      json: (status) => JSON.stringify(toImport(status, i18n)),
    });
    await reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      // nginx would gather the events.
      .header('x-accel-buffering', 'no')
      .header('content-language', i18n.lang)
      .send(events);
  }
}
