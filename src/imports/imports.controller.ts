import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { I18n, I18nContext } from 'nestjs-i18n';
import type { z } from 'zod';
import { RequiresRole } from '../access/index.js';
import { TakesFile } from '../limits/index.js';
import { API_PATH } from '../shared/http/api-path.js';
import { linkNext, NEXT_LINK, type Page } from '../shared/http/paging.js';
import { ApiProblems, INVALID_PARAMETERS, UNAVAILABLE } from '../shared/http/problem.js';
import { noQuery } from '../shared/http/query.js';
import { ControlImportCommand, type ControlAction } from './commands/control-import.command.js';
import { StartDryRunCommand } from './commands/start-dry-run.command.js';
import { UndoImportCommand } from './commands/undo-import.command.js';
import { ImportAnswer } from './import-answer.js';
import { addressOf, importPageSchema, importPath, importSchema, toImport, type Import } from './import.dto.js';
import {
  ACTION_NOT_ALLOWED,
  CONTENT_ENCODING,
  FILE_REMOVED,
  IDEMPOTENCY_KEY,
  LOCATION,
  NOT_A_DRY_RUN,
  PREFER,
  UNKNOWN_IMPORT,
  UPLOAD_BODY,
  UPLOAD_PROBLEMS,
  WAITED,
} from './imports.openapi.js';
import { listImportsQuery } from './list-imports.dto.js';
import { GetImportQuery } from './queries/get-import.query.js';
import { ListImportsQuery } from './queries/list-imports.query.js';
import { startImportQuery } from './start-import.dto.js';
import { UploadStarter } from './upload/upload-starter.js';

const LIST = 'Imports, the newest first. Filters add up: an import is listed that fits all of them.';

@ApiTags('imports')
@Controller(`${API_PATH}/imports`)
export class ImportsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly uploads: UploadStarter,
    private readonly answers: ImportAnswer,
  ) {}

  @RequiresRole('importer')
  @TakesFile()
  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'startImport',
    summary: 'Start an import',
    description:
      'Takes a CSV file of orders, as the part `file` of a form or as a raw `text/csv` body, plain or as gzip. Its ' +
      'encoding and delimiter are found where they are not given. 202 means that the file ' +
      'and the import are durable; a worker judges and stores the orders in the background. Watch it at `Location`, ' +
      'or wait for its end with `Prefer: wait=60`: the answer is 202 all the same, with the import as it is then.',
    requestBody: UPLOAD_BODY,
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiHeader(CONTENT_ENCODING)
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({
    description: 'The import was accepted.',
    standardSchema: importSchema,
    headers: { ...LOCATION, ...WAITED },
  })
  @ApiProblems(...UPLOAD_PROBLEMS, INVALID_PARAMETERS, UNAVAILABLE)
  async start(
    @Query({ schema: startImportQuery }) query: z.output<typeof startImportQuery>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    const started = await this.uploads.start(request, query);
    return this.answers.of(started, reply.header('location', addressOf(started.importId)), i18n);
  }

  @Get()
  @ApiOperation({ operationId: 'listImports', summary: 'List imports', description: LIST })
  @ApiOkResponse({ description: 'A page of imports.', standardSchema: importPageSchema, headers: NEXT_LINK })
  @ApiProblems(INVALID_PARAMETERS, UNAVAILABLE)
  async list(
    @Query({ schema: listImportsQuery }) query: z.output<typeof listImportsQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Page<Import>> {
    const { limit, cursor, lang: _lang, uuid: _uuid, ...filter } = query;
    const page = await this.queries.execute(new ListImportsQuery(filter, limit, cursor));
    linkNext(reply, page.next);
    return { items: page.items.map((status) => toImport(status, i18n)), next: page.next };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getImport',
    summary: 'Get an import',
    description:
      'How far an import got, and what became of its records. The counts always add up. With `Prefer: wait=60` the ' +
      'answer comes when the import is over, or after that time; without, ask again after `Retry-After` seconds.',
  })
  @ApiHeader(PREFER)
  @ApiOkResponse({ description: 'The import.', standardSchema: importSchema, headers: WAITED })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, UNAVAILABLE)
  async get(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    return this.answers.of(await this.queries.execute(new GetImportQuery(id)), reply, i18n);
  }

  @RequiresRole('importer')
  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'cancelImport',
    summary: 'Cancel an import',
    description: 'A worker stops within one chunk. What the import stored stays.',
  })
  @ApiOkResponse({ description: 'The import in its new state.', standardSchema: importSchema })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ACTION_NOT_ALLOWED, UNAVAILABLE)
  async cancel(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    return this.control(id, 'cancel', i18n);
  }

  @RequiresRole('importer')
  @Post(':id/pause')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'pauseImport',
    summary: 'Pause an import',
    description: 'A worker stops within one chunk; `resume` goes on there.',
  })
  @ApiOkResponse({ description: 'The import in its new state.', standardSchema: importSchema })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ACTION_NOT_ALLOWED, UNAVAILABLE)
  async pause(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    return this.control(id, 'pause', i18n);
  }

  @RequiresRole('importer')
  @Post(':id/resume')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'resumeImport',
    summary: 'Resume an import',
    description: 'A paused import goes on at its checkpoint.',
  })
  @ApiOkResponse({ description: 'The import in its new state.', standardSchema: importSchema })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ACTION_NOT_ALLOWED, FILE_REMOVED, UNAVAILABLE)
  async resume(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    return this.control(id, 'resume', i18n);
  }

  @RequiresRole('importer')
  @Post(':id/retry')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'retryImport',
    summary: 'Retry an import',
    description: 'A failed import goes on at its checkpoint.',
  })
  @ApiOkResponse({ description: 'The import in its new state.', standardSchema: importSchema })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ACTION_NOT_ALLOWED, FILE_REMOVED, UNAVAILABLE)
  async retry(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    return this.control(id, 'retry', i18n);
  }

  @RequiresRole('importer')
  @Post(':id/start')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'startDryRun',
    summary: 'Import the file of a dry run for real',
    description: 'A completed dry run becomes a real import of the same file, which begins anew.',
  })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ description: 'The import in its new state.', standardSchema: importSchema, headers: WAITED })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ACTION_NOT_ALLOWED, NOT_A_DRY_RUN, FILE_REMOVED, UNAVAILABLE)
  async startForReal(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    await this.commands.execute(new StartDryRunCommand(id));
    return this.answers.of(await this.queries.execute(new GetImportQuery(id)), reply, i18n);
  }

  @RequiresRole('admin')
  @Delete(':id/orders')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'undoImport',
    summary: 'Undo an import',
    description:
      'Removes the orders that this import stored, in the background; `undo` of the import says how far it is. The ' +
      'import is cancelled by it. Orders that it replaced do not come back. Allowed when the import is over.',
  })
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({ description: 'The import in its new state.', standardSchema: importSchema, headers: WAITED })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ACTION_NOT_ALLOWED, UNAVAILABLE)
  async undo(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    await this.commands.execute(new UndoImportCommand(id));
    return this.answers.of(await this.queries.execute(new GetImportQuery(id)), reply, i18n);
  }

  private async control(id: string, action: ControlAction, i18n: I18nContext): Promise<Import> {
    await this.commands.execute(new ControlImportCommand(id, action));
    return toImport(await this.queries.execute(new GetImportQuery(id)), i18n);
  }
}
