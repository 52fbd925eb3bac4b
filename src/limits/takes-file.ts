import { addRouteConfig } from '../shared/http/route-config.js';

/** Says on a method of a controller that its route takes a file: uploads at once are limited, and its body may be long. */
export const TakesFile = (): MethodDecorator => addRouteConfig({ takesFile: true });

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body is a file. */
    takesFile?: boolean;
  }
}
