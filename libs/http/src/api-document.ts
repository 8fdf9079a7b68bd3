import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

/** Holds the OpenAPI document; built when it is first asked for, for it takes longer than the rest of the start. */
@Injectable()
export class ApiDocument {
  private build: (() => OpenAPIObject) | undefined;
  private built: OpenAPIObject | undefined;

  useBuilder(build: () => OpenAPIObject): void {
    this.build = build;
    this.built = undefined;
  }

  read(): OpenAPIObject {
    if (!this.build) throw new Error('setUpSwagger(app) was not called');
    return (this.built ??= this.build());
  }
}
