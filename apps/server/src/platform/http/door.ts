import type { Door as DoorCredential } from '@tocsin/contracts';

/** A request at a vendor's own path, with its body as raw bytes: the adapter parses it, bounded, by its own rules. */
export interface DoorRequest {
  readonly params: Readonly<Record<string, string>>;
  /** The query as sent; doors parse repeated names their own way. */
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
  readonly address: string;
}

/** A door's answer, sent as it is. */
export interface DoorAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One door of a vendor's protocol. It checks its own credential and speaks its protocol's errors; a thrown error is
 * answered in `fail`'s form. The hot path goes through here: no schema library, no response schema.
 */
export interface VendorDoor {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly url: string;
  readonly permission: DoorCredential;
  readonly summary: string;
  /** Largest body read, in bytes; more is refused before it is read whole. */
  readonly bodyLimit: number;
  readonly handle: (request: DoorRequest) => Promise<DoorAnswer> | DoorAnswer;
  /** The protocol's form of an error that `handle` threw, or of a body over the limit (status 413). */
  readonly fail: (status: number, message: string, retryAfterSeconds?: number) => DoorAnswer;
}
