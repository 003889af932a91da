import fc from 'fast-check';
import type { TestServer } from '#harness/run';
import type { VendorDoor } from '#platform/http/door';
import { type Answer, type FuzzRequest, send } from './client.ts';
import { hostileBody, hostileHeaders, hostileItems, hostileParam, hostileQuery, sweptBodies } from './hostile.ts';
import { type Protocol, protocols, type Signing } from './protocols.ts';
import { openTown, type Sender, type Town } from './town.ts';

/** What to try. */
export interface FuzzOptions {
  readonly server: TestServer;
  /** Names of protocols; all of them when empty. */
  readonly names: readonly string[];
  readonly seed: number;
  /** Drawn requests for each door. */
  readonly requests: number;
  /** Golden bodies are cut at every so many bytes; 1: at every byte. */
  readonly step: number;
  /** Bodies of megabytes go to one door of each protocol only, and doors that differ by a last slash count once. */
  readonly quick: boolean;
  readonly say: (line: string) => void;
  /** Asked between doors: no more of them when it is true. */
  readonly enough?: () => boolean;
}

/** A request that was answered in a way that it must not be. */
export interface Finding {
  readonly protocol: string;
  readonly door: string;
  readonly what: string;
  readonly seed: number;
  /** As it was sent; the body in base64. */
  readonly request: { readonly method: string; readonly path: string; readonly headers: object; readonly body: string };
}

/** What came of it: `findings`, `errors`, `violations` and `untried` must be empty. */
export interface FuzzReport {
  readonly seed: number;
  readonly requests: number;
  /** Answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  /** What the server logged at level error. */
  readonly errors: readonly string[];
  /** Broken invariants at the end. */
  readonly violations: readonly unknown[];
  /** Registered doors that no protocol of the fuzz owns. */
  readonly untried: readonly string[];
}

/** A request with how it was signed; a path that was bent need not lead to the door. */
interface Try {
  readonly request: FuzzRequest;
  readonly signing: Signing;
  readonly bent: boolean;
}

/** Every so many tries a good sender follows, whose alert must open. */
const GOOD_EVERY = 10;
const SLOW_MS = 2_000;
/** What answers a request whose signature is wrong, or that never came as far as that. */
const UNREAD = new Set([401, 403, 404, 413, 415]);
/** Signatures that must be refused, over a body that is good. */
const WRONG: readonly Signing[] = ['wrong', 'old', 'future', 'none'];
/** Findings listed at most: a door that is broken is broken for thousands. */
const MOST_ERRORS = 20;

/** Tries every door with bad requests, in one new Tocsin; the same seed tries the same. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const town = await openTown(options.server);
  const crashes: string[] = [];
  const onCrash = (error: unknown) =>
    crashes.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
  try {
    const run = new Run(town, options);
    for (const protocol of protocols.filter(({ name }) => options.names.length === 0 || options.names.includes(name))) {
      if (options.enough?.()) break;
      const doors = town.app.doors.filter(({ url }) => protocol.owns(url) && !(options.quick && url.endsWith('/')));
      for (const door of doors) await run.tryDoor(protocol, door);
      await run.tryBeside(protocol);
      options.say(
        `${protocol.name}: ${run.count} requests so far, ${run.findings.length} findings, ${town.errors.length} errors logged`,
      );
    }
    const violations = await town.verify();
    if (Object.hasOwn(Object.prototype, 'polluted')) crashes.push('the prototype of all objects was changed');
    return {
      seed: options.seed,
      requests: run.count,
      answers: Object.fromEntries([...run.answers].toSorted(([a], [b]) => a - b)),
      findings: run.findings,
      errors: [...crashes, ...town.errors].slice(0, MOST_ERRORS),
      violations,
      untried: town.app.doors
        .filter(({ url }) => !protocols.some(({ owns }) => owns(url)))
        .map(({ method, url }) => `${method} ${url}`),
    };
  } finally {
    process.off('uncaughtException', onCrash).off('unhandledRejection', onCrash);
    await town.close();
  }
}

class Run {
  readonly findings: Finding[] = [];
  readonly answers = new Map<number, number>();
  count = 0;
  private marks = 0;
  private readonly swept = new Set<string>();
  private readonly town: Town;
  private readonly options: FuzzOptions;

  constructor(town: Town, options: FuzzOptions) {
    this.town = town;
    this.options = options;
  }

  /** Sweeps one door, then draws requests; its first finding ends it. */
  async tryDoor(protocol: Protocol, door: VendorDoor): Promise<void> {
    const goods = protocol.bodies(door.method, door.url);
    for (const good of goods) {
      const isFirst = !this.swept.has(protocol.name);
      this.swept.add(protocol.name);
      const odd = isFirst || !this.options.quick;
      for (const body of sweptBodies(good, { limit: door.bodyLimit, step: this.options.step, odd })) {
        const request = this.build(protocol, door, { body });
        const what = await this.fault(protocol, { request, signing: 'right', bent: false });
        if (what !== null) return this.found(protocol, door, request, what);
      }
    }
    for (const signing of protocol.sign ? WRONG : []) {
      const request = this.build(protocol, door, { body: Buffer.from(goods[0] ?? ''), signing });
      const what = await this.judge(protocol, { request, signing, bent: false });
      if (what !== null) return this.found(protocol, door, request, what);
    }
    const property = fc.asyncProperty(this.tries(protocol, door), async (one) => {
      const what = await this.fault(protocol, one);
      if (what !== null) throw new Error(what);
    });
    const { seed, requests: numRuns } = this.options;
    const outcome = await fc.check(property, { seed, numRuns });
    if (outcome.failed) {
      const [one] = outcome.counterexample as [Try];
      const { errorInstance } = outcome as { errorInstance: unknown };
      this.found(protocol, door, one.request, errorInstance instanceof Error ? errorInstance.message : 'failed');
    }
  }

  /** Sends a good alert beside each hostile item: none of them may take it down. */
  async tryBeside(protocol: Protocol): Promise<void> {
    const { beside } = protocol;
    if (!beside) return;
    for (const other of hostileItems) {
      const mark = this.mark();
      const { url, body, headers } = beside(mark, other);
      const door = { method: 'POST', url } as const;
      const wish = { body: Buffer.from(JSON.stringify(body)), headers: headers ?? null };
      const request = this.build({ ...protocol, query: '' }, door, wish);
      const wrong = await this.judge(protocol, { request, signing: 'right', bent: false });
      const what =
        wrong ?? ((await this.opened(protocol, url, mark)) ? null : 'a good alert beside a bad item did not open');
      if (what !== null) return this.found(protocol, door, request, what);
    }
  }

  private tries(protocol: Protocol, door: VendorDoor): fc.Arbitrary<Try> {
    const goods = protocol.bodies(door.method, door.url);
    const body = goods.length === 0 ? fc.constant(Buffer.alloc(0)) : fc.oneof(...goods.map(hostileBody));
    const signing: fc.Arbitrary<Signing> = protocol.sign
      ? fc.oneof(
          { weight: 3, arbitrary: fc.constant<Signing>('right') },
          { weight: 1, arbitrary: fc.constantFrom(...WRONG) },
        )
      : fc.constant('right');
    const sometimes = <T>(arbitrary: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
    // A door that takes no body can only be bent.
    const query = goods.length === 0 ? fc.option(hostileQuery) : sometimes(hostileQuery);
    return fc
      .record({ body, signing, query, param: sometimes(hostileParam), headers: sometimes(hostileHeaders) })
      .map(({ body, signing, query, param, headers }) => ({
        signing,
        bent: query !== null || param !== null,
        request: this.build(protocol, door, { body, signing, query, param, headers }),
      }));
  }

  private build(
    protocol: Protocol,
    door: Pick<VendorDoor, 'method' | 'url'>,
    wish: {
      readonly body: Buffer;
      readonly signing?: Signing;
      readonly query?: string | null;
      readonly param?: string | null;
      readonly headers?: Readonly<Record<string, string>> | null;
    },
  ): FuzzRequest {
    const { key } = this.town.senders.get(protocol.sender(door.method, door.url)) as Sender;
    const names = [...door.url.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
    // The last part of a path is bent where there are several: the first is the key, without which all is 401.
    const bent = wish.param ? names.at(-1) : undefined;
    const path = door.url.replaceAll(/:(\w+)/g, (_all, name: string) => {
      if (name === bent) return wish.param as string;
      const given = protocol.params?.[name];
      return given === undefined ? (name === 'token' ? this.town.replyToken : key) : encodeURIComponent(given);
    });
    const query = wish.query ?? protocol.query;
    const body = Buffer.from(
      wish.body.toString('latin1').replaceAll('0123456789abcdef0123456789abcdef', key),
      'latin1',
    );
    const plain: FuzzRequest = {
      method: door.method,
      path: query ? `${path}?${query}` : path,
      headers: protocol.headers?.(key) ?? {},
      body,
    };
    const signed = protocol.sign?.(plain, wish.signing ?? 'right', this.town) ?? {};
    return { ...plain, headers: { ...plain.headers, ...signed, ...wish.headers } };
  }

  /** Sends one request, and now and then a good one after it; what is wrong with the answers, or null. */
  private async fault(protocol: Protocol, one: Try): Promise<string | null> {
    const wrong = await this.judge(protocol, one);
    if (wrong !== null) return wrong;
    return this.count % GOOD_EVERY === 0 ? this.afterwards(protocol) : null;
  }

  private async judge(protocol: Protocol, one: Try): Promise<string | null> {
    const answer = await this.answerTo(one.request).catch((error: Error) => error);
    if (answer instanceof Error) return `no answer: ${answer.message}`;
    const { status, ms } = answer;
    const of = `${status} ${answer.body.toString('utf8').slice(0, 300)}`;
    if (status === 503) return answer.headers['retry-after'] ? null : `503 without Retry-After: ${of}`;
    if (status < 200 || (status >= 300 && status < 400) || status >= 500) return `status ${of}`;
    if (one.signing !== 'right' && !UNREAD.has(status)) return `read though its signature was ${one.signing}: ${of}`;
    if (status >= 400 && !isInForm(protocol, one, answer)) return `not in the protocol's form: ${of}`;
    // Two busy cores may stop anybody once; what is slow again is slow of itself.
    if (ms > SLOW_MS && (await this.answerTo(one.request)).ms > SLOW_MS) return `took ${Math.round(ms)} ms: ${of}`;
    return null;
  }

  private async answerTo(request: FuzzRequest): Promise<Answer> {
    this.count += 1;
    const answer = await send(this.town, request);
    this.answers.set(answer.status, (this.answers.get(answer.status) ?? 0) + 1);
    return answer;
  }

  private async afterwards(protocol: Protocol): Promise<string | null> {
    if (protocol.good === null) return null;
    const mark = this.mark();
    const { url, body } = protocol.good(mark);
    const request = this.build(protocol, { method: 'POST', url }, { body: Buffer.from(JSON.stringify(body)) });
    const answer = await this.answerTo({ ...request, path: request.path.split('?')[0] as string });
    if (answer.status >= 300)
      return `a good request after it was answered ${answer.status} ${answer.body.toString('utf8')}`;
    return (await this.opened(protocol, url, mark))
      ? null
      : 'a good alert after it was answered with success and did not open';
  }

  private mark(): string {
    this.marks += 1;
    return `good-${this.marks}`;
  }

  private async opened(protocol: Protocol, url: string, mark: string): Promise<boolean> {
    const { id } = this.town.senders.get(protocol.sender('POST', url)) as Sender;
    const found = await this.town.query(
      `SELECT 1 FROM alerts WHERE integration_id = $1 AND current AND status = 'firing'
        AND opened_at > clock_timestamp() - interval '1 minute'
        AND concat_ws(' ', title, labels, annotations) ~ ('\\m' || $2 || '\\M')`,
      [id, mark],
    );
    return found.length > 0;
  }

  private found(
    protocol: Protocol,
    door: Pick<VendorDoor, 'method' | 'url'>,
    request: FuzzRequest,
    what: string,
  ): void {
    const { method, path, headers, body } = request;
    const finding = {
      ...{ protocol: protocol.name, door: `${door.method} ${door.url}`, what, seed: this.options.seed },
      request: { method, path, headers, body: body.toString('base64') },
    };
    this.findings.push(finding);
    this.options.say(`${finding.door}: ${what}`);
  }
}

/** A path that was bent may miss the door: then the server's own form of an error answers. */
function isInForm(protocol: Protocol, { bent }: Try, answer: Answer): boolean {
  if (bent && (answer.headers['content-type'] ?? '').startsWith('application/problem+json')) return true;
  try {
    return protocol.isError(answer);
  } catch {
    return false;
  }
}
