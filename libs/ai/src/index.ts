export { type AiFailure } from './ai-failure';
export { AiModule, type AiOptions } from './ai.module';
export { Generator } from './generator';
export { LiveAnswers, type LiveAnswer } from './live-answers';
export { type Outbound } from './outbound';
