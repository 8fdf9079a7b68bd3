import { spawn, type ChildProcess } from 'node:child_process';
import { type Readable, type Writable } from 'node:stream';
import { eventually } from './eventually';
import { makeScratch, type Scratch } from './scratch';

const flags = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A real Chromium without a window, driven by its DevTools protocol. `node test/support/prepare.mjs chromium` provides it. */
export class Chromium {
  private readonly answers = new Map<number, (answer: Message) => void>();
  private readonly listeners = new Set<(message: Message) => void>();
  private lastId = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly scratch: Scratch,
  ) {
    let text = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = `${text}${chunk}`.split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.take(JSON.parse(message) as Message);
    });
  }

  static async start(): Promise<Chromium> {
    const scratch = await makeScratch();
    const child = spawn('chromium', [...flags, `--user-data-dir=${scratch.folder}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    child.on('error', error => console.error(`Chromium does not start: ${error.message}`));
    return new Chromium(child, scratch);
  }

  /** An empty page of a browser that was never here: no cookies of the others. */
  async open(): Promise<Page> {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page((method, params) => this.send(method, params, sessionId as string));
    this.listeners.add(message => void (message.sessionId === sessionId && page.hear(message)));
    for (const domain of ['Page', 'Runtime', 'Log']) await page.send(`${domain}.enable`);
    return page;
  }

  async close(): Promise<void> {
    const gone = new Promise(resolve => this.child.once('exit', resolve));
    await this.send('Browser.close');
    await gone;
    await this.scratch.remove();
  }

  private send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.lastId;
    (this.child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      this.answers.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
    });
  }

  private take(message: Message): void {
    if (message.id === undefined) return this.listeners.forEach(listener => listener(message));
    this.answers.get(message.id)?.(message);
    this.answers.delete(message.id);
  }
}

/** One page, used as a person does: it looks at what is shown, types and clicks. */
export class Page {
  /** Exceptions of its scripts, and what its security policy refused. */
  readonly complaints: string[] = [];

  constructor(readonly send: (method: string, params?: object) => Promise<Record<string, unknown>>) {}

  hear({ method, params }: Message): void {
    const entry = params?.['entry'] as { source: string; text: string } | undefined;
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params));
    if (method === 'Log.entryAdded' && entry?.source === 'security') this.complaints.push(entry.text);
  }

  /** Goes to an address as one that is pasted: the page is loaded even if it is there already. */
  async goto(url: string): Promise<void> {
    await this.send('Page.navigate', { url: 'about:blank' });
    await this.send('Page.navigate', { url });
  }

  async reload(): Promise<void> {
    await this.send('Page.reload');
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value: T }).value;
  }

  /** The text that a person sees there; undefined while it is not shown. */
  text(selector: string): Promise<string | undefined> {
    const found = `document.querySelector(${JSON.stringify(selector)})`;
    return this.evaluate(`${found}?.checkVisibility() ? ${found}.innerText.trim() : undefined`);
  }

  /** Resolves when that is shown, with a text that fits. */
  async sees(selector: string, text: RegExp = /(?:)/): Promise<string> {
    let seen: string | undefined;
    await eventually(async () => {
      seen = await this.text(selector).catch(() => undefined); // it may be loading
      return seen !== undefined && text.test(seen);
    }).catch(() => {
      throw new Error(`${selector} does not show ${String(text)} but ${seen === undefined ? 'nothing' : `'${seen}'`}`);
    });
    return seen!;
  }

  /** Types into a field, in place of what is there. */
  async type(selector: string, text: string): Promise<void> {
    await this.sees(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
    await this.send('Input.insertText', { text });
  }

  async click(selector: string): Promise<void> {
    await this.sees(selector);
    const [x, y] = await this.evaluate<[number, number]>(`(() => {
      const found = document.querySelector(${JSON.stringify(selector)});
      found.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = found.getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    })()`);
    for (const type of ['mousePressed', 'mouseReleased'])
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
  }
}
