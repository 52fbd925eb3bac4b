import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { I18n, I18nContext } from 'nestjs-i18n';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { z } from 'zod';
import type { RuleSet } from '../../orders/index.js';
import { API_PATH } from '../../shared/http/api-path.js';
import { ACCEPT_ENCODING, CUT_OFF, DOWNLOAD_HEADERS, sendDownload } from '../../shared/http/download.js';
import { linkNext, NEXT_LINK, type Page } from '../../shared/http/paging.js';
import { ApiProblems, ENCODING_NOT_ACCEPTABLE, INVALID_PARAMETERS, UNAVAILABLE } from '../../shared/http/problem.js';
import { fileContent } from '../../shared/http/streams.js';
import { toSent } from '../csv/encodings.js';
import { recoded } from '../csv/recoder.js';
import { importPath } from '../import.dto.js';
import { FILE_REMOVED, UNKNOWN_IMPORT } from '../imports.openapi.js';
import { ExportRejectsQuery } from '../queries/export-rejects.query.js';
import { ListRejectsQuery } from '../queries/list-rejects.query.js';
import {
  exportRejectsQuery,
  listRejectsQuery,
  reasonsOf,
  rejectPageSchema,
  toReject,
  type Reject,
} from '../reject.dto.js';
import type { RejectEntity } from '../reject.entity.js';
import { rejectFile } from './reject-file.js';

@ApiTags('imports')
@Controller(`${API_PATH}/imports/:id`)
export class RejectsController {
  constructor(
    private readonly queries: QueryBus,
    @InjectPinoLogger(RejectsController.name) private readonly log: PinoLogger,
  ) {}

  @Get('rejects')
  @ApiOperation({
    operationId: 'listRejects',
    summary: "List an import's rejects",
    description: 'The records that are not valid, in file order, with the reasons in the language of the request.',
  })
  @ApiOkResponse({ description: 'A page of rejects.', standardSchema: rejectPageSchema, headers: NEXT_LINK })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, UNAVAILABLE)
  async list(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: listRejectsQuery }) { limit, cursor, ...filter }: z.output<typeof listRejectsQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<Page<Reject>> {
    const { items, next, ruleSet, holders } = await this.queries.execute(
      new ListRejectsQuery(id, filter, limit, cursor),
    );
    linkNext(reply, next);
    return { items: items.map((each) => toReject(each, ruleSet, holders, i18n)), next };
  }

  @Get('rejects.csv')
  @ApiOperation({
    operationId: 'exportRejects',
    summary: "Get an import's rejects as a file to be corrected",
    description:
      "The client's own file with the rejected records only: the same header, delimiter, encoding, line end and bytes, and the " +
      'columns `_line`, `_outcome` and `_reasons`, which an upload ignores. Correct it, and send it with ' +
      '`onDuplicate=replace-invalid`. ' +
      CUT_OFF,
  })
  @ApiProduces('text/csv')
  @ApiOkResponse({
    description: 'The file.',
    headers: DOWNLOAD_HEADERS,
    content: {
      'text/csv': {
        schema: fileContent,
        example:
          'id|name|email|state|zipcode|birthday|_line|_outcome|_reasons\n' +
          '10|Davis Walters|euismod@sit.edu|PA|67102|Mar 21, 1941|3|invalid|"No wine is shipped to PA."\n',
      },
    },
  })
  @ApiHeader(ACCEPT_ENCODING)
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ENCODING_NOT_ACCEPTABLE, FILE_REMOVED, UNAVAILABLE)
  @Header('cache-control', 'no-store')
  async file(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: exportRejectsQuery }) query: z.output<typeof exportRejectsQuery>,
    @Res() reply: FastifyReply,
    @I18n() i18n: I18nContext,
  ): Promise<void> {
    const { safe, ...filter } = query;
    const source = await this.queries.execute(new ExportRejectsQuery(id, filter));
    const { records, batches, ruleSet, header, dialect } = source;
    const rows = rejectFile(records, batches, {
      delimiter: dialect.delimiter,
      columns: dialect.header,
      header,
      isSafe: safe,
      reasons: inWords(ruleSet, i18n),
    });
    const { encoding } = dialect;
    void reply.header('content-language', i18n.lang);
    const download = {
      type: `text/csv; charset=${encoding}; header=present`,
      fileName: fileNameOf(source.fileName),
      content: encoding === 'utf-8' ? rows : recoded(rows, toSent(encoding)),
    };
    await sendDownload(reply, download, this.log);
  }
}

/** A reject's reasons as sentences. */
const inWords =
  (ruleSet: RuleSet, i18n: I18nContext) =>
  (reject: RejectEntity): string =>
    reasonsOf(reject, ruleSet, i18n)
      .map(({ message }) => message)
      .join(' ');

/** The name of the client's file with `-rejects` in it, of characters that every system takes. */
const fileNameOf = (name: string | null): string =>
  `${(name ?? 'orders').replace(/(\.csv|\.txt)?(\.gz)?$/i, '').replaceAll(/[^\w.-]+/g, '_') || 'orders'}-rejects.csv`;
