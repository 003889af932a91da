import { type ErrorCode, errorRegistry } from '../errors.ts';

/** What only a client can see: nobody answered, or the answer was none of ours. */
type ClientCode = 'UNREACHABLE' | 'ANSWER_UNEXPECTED';

/** A fault of an input, by its dotted path. */
interface ProblemFault {
  readonly path: string;
  readonly message: string;
}

/** Why a call failed, as far as it is known. A newer server may name a code that this client does not know. */
export interface ProblemFacts {
  readonly code: ErrorCode | ClientCode | (string & {});
  /** HTTP status; 0 when nothing answered. */
  readonly status: number;
  readonly detail: string;
  /** What to do next; empty when nobody knows. */
  readonly next: string;
  readonly faults: readonly ProblemFault[];
  readonly requestId: string | null;
  /** When the server asks to come back, in seconds. */
  readonly retryAfterSeconds: number | null;
}

/** A call that failed, with a stable code and what to do next. The only error that the client throws, aborts aside. */
export class ApiProblem extends Error {
  readonly facts: ProblemFacts;

  constructor(facts: ProblemFacts, options?: ErrorOptions) {
    super(facts.detail, options);
    this.name = 'ApiProblem';
    this.facts = facts;
  }

  get code(): ProblemFacts['code'] {
    return this.facts.code;
  }
}

/** Nobody answered: no network, wrong address, server down. */
export function unreachable(url: string, cause: unknown): ApiProblem {
  return new ApiProblem(
    {
      code: 'UNREACHABLE',
      status: 0,
      detail: `Nothing answered at ${url}.`,
      next: 'Check the address and the network, then try again.',
      faults: [],
      requestId: null,
      retryAfterSeconds: null,
    },
    { cause },
  );
}

/** Something answered, but not in the shape that was agreed: a proxy's page, or a server of another release. */
export function unexpectedAnswer(
  about: { readonly status: number; readonly why: string },
  cause?: unknown,
): ApiProblem {
  return new ApiProblem(
    {
      code: 'ANSWER_UNEXPECTED',
      status: about.status,
      detail: `The answer is not understood: ${about.why}`,
      next: 'Check that the address is that of a Tocsin server of this release.',
      faults: [],
      requestId: null,
      retryAfterSeconds: null,
    },
    { cause },
  );
}

/** The problem that an error answer tells. A body that is no problem becomes ANSWER_UNEXPECTED. */
export function problemFrom(status: number, body: unknown, headers: Headers): ApiProblem {
  if (typeof body !== 'object' || body === null || typeof (body as { code?: unknown }).code !== 'string')
    return unexpectedAnswer({ status, why: `status ${status} without a problem that we know.` });
  const { code, detail, next, faults, requestId } = body as Record<string, unknown>;
  const wait = Number(headers.get('retry-after') ?? Number.NaN);
  return new ApiProblem({
    code: String(code),
    status,
    detail: typeof detail === 'string' ? detail : String(code),
    next: typeof next === 'string' ? next : '',
    faults: Array.isArray(faults) ? faults.filter(isFault) : [],
    requestId: typeof requestId === 'string' ? requestId : null,
    retryAfterSeconds: Number.isFinite(wait) ? wait : null,
  });
}

function isFault(value: unknown): value is ProblemFault {
  const { path, message } = (value ?? {}) as Partial<ProblemFault>;
  return typeof path === 'string' && typeof message === 'string';
}

/** The exit code of a command that failed for this reason; 75 (try again later) when nobody answered, else 1. */
export function exitCodeOf(code: string): number {
  if (code === 'UNREACHABLE') return 75;
  return Object.hasOwn(errorRegistry, code) ? errorRegistry[code as ErrorCode].exit : 1;
}
