import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import type { IncomingMessage } from 'node:http';
import { AccessHook } from './access/index.js';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { DOCS_PATH, setUpDocs } from './openapi.js';
import { answerConditionally } from './shared/http/conditional.js';
import { measureRequests, Metrics } from './metrics/index.js';
import { QUEUES_PATH } from './shared/http/api-path.js';
import { allowOrigins } from './shared/http/cors.js';
import { endInOrder, Ending } from './shared/http/ending.js';
import { answerNotHttp } from './shared/http/not-http.js';
import { resolveLanguages } from './shared/http/language.js';
import { requestId } from './shared/http/request-id.js';
import { hasTexts } from './shared/http/texts-of-routes.js';
import { logRequests } from './shared/http/request-log.js';
import { startTracing } from './shared/tracing/tracing.js';
import { noteRoutes } from './shared/http/routes.js';
import { secureAnswers } from './shared/http/security-headers.js';
import { varyOn } from './shared/http/vary.js';

/** Pages that others wrote, by where their addresses begin, and what each may name as the base of what it loads. */
const FOREIGN_PAGES = { [`/${DOCS_PATH}`]: "'none'", [`/${QUEUES_PATH}`]: "'self'" } as const;

/** Most bytes of the head of a request: its address and headers. */
const MOST_HEADER_BYTES = 16 * 1024;

/** Makes the application of a process, ready to listen. An API gets the documentation; a worker only has its probes. */
export async function createApp(config: Config): Promise<NestFastifyApplication> {
  await startTracing(config);
  const adapter = new FastifyAdapter({
    clientErrorHandler: answerNotHttp,
    genReqId: (request) => ((request as IncomingMessage & { id?: string }).id = requestId(request as IncomingMessage)),
    // An upload takes as long as it takes; the headers do not.
    requestTimeout: 0,
    http: {
      headersTimeout: config.limits.headersMs,
      connectionsCheckingInterval: Math.min(Math.ceil(config.limits.headersMs / 4), 5_000),
      maxHeaderSize: MOST_HEADER_BYTES,
    },
    keepAliveTimeout: config.limits.idleMs,
    // Who has sent a request before the connection ended gets its answer.
    return503OnClosing: false,
    trustProxy: config.trustProxy.length > 0 ? config.trustProxy : false,
    rewriteUrl: (request) => readableUrl(request.url ?? '/'),
    // A value that is too long is told so by its schema, as every other.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 16_384 },
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const server = adapter.getInstance() as unknown as FastifyInstance;
  noteRoutes(server);
  logRequests(server);
  const ending = new Ending();
  // No balancer sends requests to a worker.
  endInOrder(adapter, server, ending, config.role === 'worker' ? 0 : config.shutdownDelayMs);
  await prepare(server, config);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forConfig(config, ending), adapter as never, {
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false,
  });
  app.useLogger(app.get(Logger));
  resolveLanguages(server, app);
  measureRequests(server, app.get(Metrics));
  if (config.role !== 'worker') {
    app.get(AccessHook).guard(server);
    setUpDocs(app);
  }
  app.enableShutdownHooks(undefined, { useProcessExit: true });
  return app;
}

/** An address that no decoder takes stands for itself, and finds no route, instead of an answer that is none of ours. */
function readableUrl(url: string): string {
  if (!url.includes('%')) return url;
  try {
    decodeURI(url);
    return url;
  } catch {
    return url.replaceAll('%', '%25');
  }
}

async function prepare(server: FastifyInstance, { corsOrigins }: Config): Promise<void> {
  await server.register(multipart as never, {
    limits: { fileSize: Number.MAX_SAFE_INTEGER, fields: 10, fieldSize: 1024, parts: 20, headerPairs: 50 },
    throwFileSizeLimit: false,
  });
  // The body is a stream of ours to read: nothing of a file is held.
  server.removeContentTypeParser(['application/json', 'text/plain']);
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  await secureAnswers(server, FOREIGN_PAGES);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  // Answers preflights, which carry no password, and so goes before what asks for one.
  await allowOrigins(server, corsOrigins);
  server.addHook('onSend', (request, reply, payload, done) => {
    const { i18nLang } = request.raw as IncomingMessage & { i18nLang?: string };
    if (i18nLang && hasTexts(request)) {
      if (!reply.hasHeader('content-language')) void reply.header('content-language', i18nLang);
      varyOn(reply, 'Accept-Language');
    }
    done(null, payload);
  });
  await answerConditionally(server);
}
