import { Controller, Delete, HttpCode, Param, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { API_PATH } from '../shared/http/api-path.js';
import { ApiProblems, INVALID_PARAMETERS, UNAVAILABLE } from '../shared/http/problem.js';
import { NoTexts } from '../shared/http/texts-of-routes.js';
import { noQuery } from '../shared/http/query.js';
import { DeleteFileCommand } from './commands/delete-file.command.js';
import { importPath } from './import.dto.js';
import { ACTION_NOT_ALLOWED, UNKNOWN_IMPORT } from './imports.openapi.js';

/** The file that an import came from. */
@ApiTags('imports')
@Controller(`${API_PATH}/imports/:id/file`)
export class FileController {
  constructor(private readonly commands: CommandBus) {}

  @Delete()
  @NoTexts()
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteFile',
    summary: "Delete an import's file",
    description:
      'Removes the stored file now instead of when its time is over, and every value that the service quotes of it: its ' +
      'name, its columns, what made records malformed. Counts, rejects and orders stay; `DELETE …/orders` removes the ' +
      'orders. Afterwards nothing can be done that needs the file. Allowed when the import is over; may be repeated.',
  })
  @ApiNoContentResponse({ description: 'The file is gone.' })
  @ApiProblems(INVALID_PARAMETERS, UNKNOWN_IMPORT, ACTION_NOT_ALLOWED, UNAVAILABLE)
  async delete(
    @Param({ schema: importPath }) { id }: z.output<typeof importPath>,
    @Query({ schema: noQuery }) _query: unknown,
  ): Promise<void> {
    await this.commands.execute(new DeleteFileCommand(id));
  }
}
