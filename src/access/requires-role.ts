import { applyDecorators } from '@nestjs/common';

import { ApiExtension } from '@nestjs/swagger';
import { addRouteConfig } from '../shared/http/route-config.js';
import type { Role } from './roles.js';

/** Under which name the OpenAPI document says what role an operation needs. */
export const ROLE_EXTENSION = 'x-required-role';

/**
 * Says on a method of a controller which role its route needs. Without it, GET needs a viewer, and every other method an
 * admin.
 */
export const RequiresRole = (role: Role): MethodDecorator => access(role);

/** Says on a method of a controller that its route is open to everybody, also where users are configured. */
export const OpenToEverybody = (): MethodDecorator => access('everybody');

const access = (who: Role | 'everybody'): MethodDecorator =>
  applyDecorators(addRouteConfig({ access: who }), ApiExtension(ROLE_EXTENSION, who));
