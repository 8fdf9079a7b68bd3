import { type Mapping } from './mapping-schema';
import { type RecordedFile } from './recorded-response';

export interface RecordedMapping {
  readonly id: string;
  readonly mapping: Mapping;
  readonly file: RecordedFile | undefined;
  /** Of the calls that it stands for, the newest first. */
  readonly tookMs: readonly number[];
}
