import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from '../../app.module.js';
import { readConfig } from '../../config.js';
import { openApiDocument } from '../../openapi.js';

/** The OpenAPI document, made from the code alone: no provider is made, so neither PostgreSQL nor Redis is needed. */
export async function describeApi(): Promise<OpenAPIObject> {
  const app = await NestFactory.create(AppModule.forConfig(readConfig({})), new FastifyAdapter() as never, {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return openApiDocument(app);
}

/** The document as it is kept in docs/openapi.json. */
export const openApiText = async (): Promise<string> => `${JSON.stringify(await describeApi(), null, 2)}\n`;
