export { clientGone } from './client-gone';
export { type Exchange, type SentReply, type Source, type SubEvent } from './exchange';
export { viewExchange, viewFullExchange, viewReply, viewRequest } from './exchange-view';
export { Journal } from './journal';
export { type JournalEntry } from './journal-entry';
export { JournalModule } from './journal.module';
export { SharedJournal } from './shared-journal';
export { requestPatternOf } from './journal-query';
export { loggedRequestSchema } from './journal-schema';
