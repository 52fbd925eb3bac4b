import { Module } from '@nestjs/common';
import { PageController } from './page.controller.js';

/** The page on which an operator uploads an order file and watches its import. Needs a global I18nModule. */
@Module({ controllers: [PageController] })
export class PageModule {}
