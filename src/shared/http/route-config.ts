import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';

/** Adds to what Fastify knows of the route of a method; RouteConfig itself replaces what another decorator has said. */
export const addRouteConfig =
  (config: object): MethodDecorator =>
  (target, name, descriptor) => {
    const known = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, descriptor.value as object) as object | undefined;
    RouteConfig({ ...known, ...config })(target, name, descriptor);
  };
