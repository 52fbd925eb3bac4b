import { Controller, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
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
import { ImportAnswer } from './import-answer.js';
import { importPageSchema, importPath, importSchema, toImport, type Import } from './import.dto.js';
import {
  ANCESTOR_UPLOAD_BODY,
  IDEMPOTENCY_KEY,
  LOCATION,
  PREFER,
  UNKNOWN_IMPORT,
  UPLOAD_PROBLEMS,
  WAITED,
} from './imports.openapi.js';
import { listImportsQuery } from './list-imports.dto.js';
import { GetImportQuery } from './queries/get-import.query.js';
import { ListImportsQuery } from './queries/list-imports.query.js';
import { startImportQuery } from './start-import.dto.js';
import { UploadStarter } from './upload/upload-starter.js';

/** The routes of the service that this one descends from; its clients go on without a change. */
@ApiTags('imports (earlier addresses)')
@Controller(`${API_PATH}/orders/import`)
export class AncestorController {
  constructor(
    private readonly queries: QueryBus,
    private readonly uploads: UploadStarter,
    private readonly answers: ImportAnswer,
  ) {}

  @RequiresRole('importer')
  @TakesFile()
  @Put()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'putImportEarlierAddress',
    summary: 'Start an import',
    description: 'As `POST /imports`; the form field is called `csv_file`.',
    requestBody: ANCESTOR_UPLOAD_BODY,
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({
    description: 'The import was accepted.',
    standardSchema: importSchema,
    headers: { ...LOCATION, ...WAITED },
  })
  @ApiProblems(...UPLOAD_PROBLEMS, INVALID_PARAMETERS, UNAVAILABLE)
  async put(
    @Query({ schema: startImportQuery }) query: z.output<typeof startImportQuery>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    const started = await this.uploads.start(request, query);
    void reply.header('location', `/${API_PATH}/orders/import/status/${started.importId}`);
    return this.answers.of(started, reply, i18n);
  }

  @RequiresRole('importer')
  @TakesFile()
  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'postImportEarlierAddress',
    summary: 'Start an import',
    description: 'As `POST /imports`; the form field is called `csv_file`.',
    requestBody: ANCESTOR_UPLOAD_BODY,
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiHeader(PREFER)
  @ApiAcceptedResponse({
    description: 'The import was accepted.',
    standardSchema: importSchema,
    headers: { ...LOCATION, ...WAITED },
  })
  @ApiProblems(...UPLOAD_PROBLEMS, INVALID_PARAMETERS, UNAVAILABLE)
  async post(
    @Query({ schema: startImportQuery }) query: z.output<typeof startImportQuery>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Import> {
    return this.put(query, request, reply, i18n);
  }

  @Get('status')
  @ApiOperation({
    operationId: 'listImportsEarlierAddress',
    summary: 'List imports',
    description: 'As `GET /imports`.',
  })
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

  @Get('status/:id')
  @ApiOperation({
    operationId: 'getImportEarlierAddress',
    summary: 'Get an import',
    description: 'As `GET /imports/{id}`.',
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
}
