import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import { networkOf } from '../access/index.js';
import { CONFIG, type Config, type LimitsConfig } from '../config.js';
import { AddressTooLong, BodyTooLarge } from '../shared/errors.js';
import { openRedis } from '../shared/lean-redis.js';
import { isProbe, MOST_ADDRESS_CHARACTERS, MOST_BODY_BYTES, PASS_OVER_MS } from './bounds.js';
import { TooManyRequests } from './errors.js';
import { RequestCounts, secondsLeft } from './request-counts.js';
import { UploadPlaces } from './upload-places.js';

/** Refuses what is too long or too much, when it is known who asks, and before a byte of a body is read. */
@Injectable()
export class LimitsHook implements OnModuleInit, OnApplicationShutdown {
  private readonly limits: LimitsConfig;
  private readonly places: UploadPlaces;
  private readonly redis: Redis | undefined;
  private readonly counts: RequestCounts | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(CONFIG) { limits, redisUrl }: Config,
  ) {
    this.limits = limits;
    this.places = new UploadPlaces(limits.uploadsPerUser, limits.uploadsAtOnce);
    if (limits.requestsPerMinute === 0) return;
    this.redis = openRedis(redisUrl);
    this.counts = new RequestCounts(this.redis);
  }

  /** Behind all that is done with the headers of a request, whoever added it when. */
  async onModuleInit(): Promise<void> {
    const server = this.adapterHost.httpAdapter?.getInstance<FastifyInstance>();
    server?.addHook('preParsing', (request, reply, _body, done) => done(this.refusal(request, reply)));
    await this.redis?.connect().catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.counts?.end();
    this.redis?.disconnect();
  }

  private refusal(request: FastifyRequest, reply: FastifyReply): Error | null {
    try {
      this.check(request, reply);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  private check(request: FastifyRequest, reply: FastifyReply): void {
    const isLong = !request.is404 && request.url.length > MOST_ADDRESS_CHARACTERS;
    if (isLong) throw new AddressTooLong(MOST_ADDRESS_CHARACTERS);
    if (this.counts && !isProbe(request.routeOptions.url ?? '')) this.count(request, reply, this.counts);
    if (request.routeOptions.config.takesFile) this.takePlace(request, reply);
    else if (hasBody(request)) checkBody(request, reply);
  }

  private count(request: FastifyRequest, reply: FastifyReply, counts: RequestCounts): void {
    const now = Date.now();
    const limit = this.limits.requestsPerMinute;
    const remaining = limit - counts.add(whoOf(request), now);
    const seconds = secondsLeft(now);
    void reply.header('ratelimit', `"minute";r=${Math.max(remaining, 0)};t=${seconds}`);
    if (remaining >= 0) return;
    void reply.header('ratelimit-policy', `"minute";q=${limit};w=60`);
    throw new TooManyRequests(limit, seconds);
  }

  private takePlace(request: FastifyRequest, reply: FastifyReply): void {
    const giveBack = this.places.take(whoOf(request));
    // By the body, not by the answer, which may wait for the end of the import.
    request.raw.once('end', giveBack).once('close', giveBack);
    reply.raw.once('close', giveBack);
  }
}

/** Who is counted: the user, or where nobody signed in the address, which one that has gone by now has no more. */
const whoOf = (request: FastifyRequest): string =>
  request.user ? `user ${request.user.name}` : networkOf((request.ip as string | undefined) ?? '');

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/** Programs send an empty object with what needs no body; nobody reads it. */
function checkBody({ headers, raw }: FastifyRequest, reply: FastifyReply): void {
  const bytes = headers['transfer-encoding'] === undefined ? Number(headers['content-length']) : Infinity;
  if (bytes > MOST_BODY_BYTES) throw new BodyTooLarge(MOST_BODY_BYTES);
  reply.raw.once('finish', () => {
    if (!raw.complete) setTimeout(() => raw.complete || raw.socket.destroy(), PASS_OVER_MS).unref();
  });
}
