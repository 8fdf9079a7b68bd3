/** Which of the gate's rules a call met. */
export type OutboundRule = 'url' | 'scheme' | 'credentials' | 'port' | 'metadata' | 'address';

/** An outbound call that the gate did not let out. The message says why, and what to set to allow it. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
  readonly problem = 'outbound-refused';
  /** What undici looks at: unlike its own codes, this one fails the request instead of trying again. */
  readonly code = 'OUTBOUND_REFUSED';
  readonly rule: OutboundRule;
  /** What to put into OUTBOUND_ALLOW; undefined when nothing allows it. */
  readonly allowWith: string | undefined;

  constructor({
    rule,
    reason,
    allowWith,
  }: {
    readonly rule: OutboundRule;
    readonly reason: string;
    readonly allowWith?: string;
  }) {
    super(allowWith === undefined ? reason : `${reason} To allow it, add ${allowWith} to OUTBOUND_ALLOW.`);
    this.rule = rule;
    this.allowWith = allowWith;
  }
}
