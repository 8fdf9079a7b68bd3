import { Generator } from '@mock-server/ai';
import { Injectable } from '@nestjs/common';
import { type Part } from './server-parts';

/** How the AI is, as far as generations have seen: it is not asked for this, for each answer costs. */
@Injectable()
export class AiPart {
  constructor(private readonly generator: Generator) {}

  look(): Part {
    const { isConfigured, trouble } = this.generator;
    if (!isConfigured)
      return { name: 'ai', state: 'up', sentence: 'Not configured: nothing is generated (CLAUDE_API_KEY).' };
    return trouble === undefined
      ? { name: 'ai', state: 'up', sentence: 'Configured, and nothing wrong with it was seen lately.' }
      : { name: 'ai', state: 'degraded', sentence: `${trouble} Mocks are answered; misses may not be.` };
  }
}
