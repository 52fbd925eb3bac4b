import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { I18nContext, I18nService } from 'nestjs-i18n';
import { UnknownRoute } from '../shared/errors.js';
import { varyOn } from '../shared/http/vary.js';
import { pageFile, readAssets, readTemplate, type PageFile } from './page.files.js';
import { renderPage, type PageTexts } from './page.html.js';

/** Serves the upload page and its files. Everything is read and rendered once, when the process starts. */
@ApiExcludeController()
@Controller('acme_orders')
export class PageController {
  private readonly assets = readAssets();
  private readonly pages: ReadonlyMap<string, PageFile>;

  constructor(i18n: I18nService) {
    this.pages = renderPages(i18n);
  }

  @Get()
  page(@Res() reply: FastifyReply): void {
    const lang = I18nContext.current()?.lang ?? 'en';
    varyOn(reply, 'Accept-Language');
    send(this.pages.get(lang)!, reply.header('Content-Language', lang));
  }

  @Get('assets/:file')
  asset(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const file = this.assets.get(name);
    if (!file) throw new UnknownRoute(request.method, request.url);
    send(file, reply);
  }
}

function renderPages(i18n: I18nService): Map<string, PageFile> {
  const catalogs = i18n.getTranslations() as unknown as Record<string, { page: PageTexts }>;
  const languages = new Map(i18n.getSupportedLanguages().map((lang) => [lang, catalogs[lang]!.page.language]));
  const template = readTemplate();
  const pages = [...languages.keys()].map((lang): [string, PageFile] => {
    const html = renderPage(template, lang, catalogs[lang]!.page, languages);
    return [lang, pageFile(Buffer.from(html), 'text/html; charset=utf-8')];
  });
  return new Map(pages);
}

// A copy is asked about every time, so that a page never runs with the scripts of another version.
function send(file: PageFile, reply: FastifyReply): void {
  void reply.header('ETag', file.etag).header('Cache-Control', 'no-cache').type(file.contentType).send(file.body);
}
