import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane; about 20 ms here. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Hashes at work at once: each takes a thread of four and 19 MiB of the 512 that a small installation has. */
const AT_ONCE = 2;
/** Beyond this many waiting, a flood of sign-ins is answered as overload. */
const MOST_WAITING = 50;

/** Thrown when too many passwords wait to be checked. */
export class PasswordsBusy extends Error {}

/** The PHC text of a password: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, {
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: LANES,
    nonce: salt,
    tagLength: HASH_BYTES,
  });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(hash)}`;
}

/** True when the password is the one of this PHC text. Null (nobody, or no password set) takes as long and is false. */
export async function verifyPassword(password: string, phc: string | null): Promise<boolean> {
  const parts = FORM.exec(phc ?? NOBODY);
  if (!parts) return false;
  const [, memory, passes, parallelism, salt, expected] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const wanted = Buffer.from(expected, 'base64');
  const nonce = Buffer.from(salt, 'base64');
  const found = await derive(password, {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce,
    tagLength: wanted.length,
  });
  return timingSafeEqual(found, wanted) && phc !== null;
}

const FORM = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
const NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(Buffer.alloc(SALT_BYTES))}$${base64(Buffer.alloc(HASH_BYTES))}`;

interface Parameters {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly nonce: Buffer;
  readonly tagLength: number;
}

let working = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, parameters: Parameters): Promise<Buffer> {
  if (working >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) throw new PasswordsBusy('too many passwords wait to be checked');
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  working += 1;
  try {
    return await new Promise((resolve, reject) => {
      argon2('argon2id', { message: password, ...parameters }, (error, hash) =>
        error ? reject(error) : resolve(Buffer.from(hash)),
      );
    });
  } finally {
    working -= 1;
    waiting.shift()?.();
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/**
 * Proves at start that this build of Node hashes as the reference implementation does: otherwise every password set
 * here would be unreadable elsewhere.
 */
export async function testPasswords(): Promise<void> {
  const good = await verifyPassword('password', KNOWN);
  const bad = await verifyPassword('passwort', KNOWN);
  if (!good || bad)
    throw new Error('argon2id of this Node build does not answer as the reference does; passwords cannot be kept');
}

/** A vector of the reference implementation's own test (phc-winner-argon2, src/test.c): password `password`, salt `somesalt`. */
const KNOWN = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';
