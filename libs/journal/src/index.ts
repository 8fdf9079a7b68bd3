export { type Exchange, type SentReply, type Source } from './exchange';
export { viewExchange, viewRequest } from './exchange-view';
export { Journal, type JournalEntry } from './journal';
export { JournalModule } from './journal.module';
export { requestPatternOf } from './journal-query';
export { loggedRequestSchema } from './journal-schema';
