import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '@mock-server/http';
import { TrafficServer } from '@mock-server/traffic';
import { webUiFolder } from './installation';

/** The console's page: four files, read once. The single-page app will take its place. */
@ApiExcludeController()
@Public()
@Controller()
export class ConsoleController {
  private readonly files = new Map<string, string>();

  constructor(private readonly traffic: TrafficServer) {}

  @Get('/')
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return this.read('index.html');
  }

  @Get('/console.css')
  @Header('content-type', 'text/css; charset=utf-8')
  style(): string {
    return this.read('console.css');
  }

  @Get('/console.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script(): string {
    return this.read('console.js');
  }

  @Get('/account.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  account(): string {
    return this.read('account.js');
  }

  /** What the page cannot know: where traffic goes, as the browser reached this console. */
  @Get('/console.json')
  addresses(): { trafficPort: number } {
    return { trafficPort: this.traffic.port };
  }

  private read(name: string): string {
    let text = this.files.get(name);
    if (text === undefined) {
      text = readFileSync(join(webUiFolder, name), 'utf8');
      this.files.set(name, text);
    }
    return text;
  }
}
