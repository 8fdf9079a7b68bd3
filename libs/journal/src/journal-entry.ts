import { type LoggedExchange } from './exchange-log';

/** An exchange of the journal, with the id that the admin API knows it by. */
export interface JournalEntry extends LoggedExchange {
  readonly id: string;
}
