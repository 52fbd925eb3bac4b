import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONFIG, type Config } from '../config.js';
import { securityHeaders } from '../shared/http/security-headers.js';
import { Metrics } from './metrics.js';

/** Answers `/metrics`, and nothing else, on METRICS_PORT: a port that no ingress leads to. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly server: Server = createServer((request, reply) => {
    this.answer(request, reply).catch(() => reply.destroy());
  });
  private security: Readonly<Record<string, string>> = {};

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: Metrics,
    @InjectPinoLogger(MetricsServer.name) private readonly log: PinoLogger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { metricsPort, host } = this.config;
    if (metricsPort === null) return;
    this.security = await securityHeaders();
    await once(this.server.listen(metricsPort, host), 'listening');
    const { port } = this.server.address() as AddressInfo;
    this.log.info({ 'server.port': port }, 'metrics are served on a port of their own');
  }

  beforeApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const headers = { ...this.security, 'cache-control': 'no-store' };
    if (request.url?.split('?')[0] !== '/metrics') return void reply.writeHead(404, headers).end();
    if (request.method !== 'GET') return void reply.writeHead(405, { ...headers, allow: 'GET' }).end();
    const text = await this.metrics.text();
    reply.writeHead(200, { ...headers, 'content-type': this.metrics.contentType }).end(text);
  }
}
