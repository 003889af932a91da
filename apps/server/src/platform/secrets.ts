import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Db, json } from './db.ts';

/** Seals what must be kept but not be read in the database or a backup: AES-256-GCM, bound to the place it stands. */
export interface Secrets {
  /** `about` names the place (table, id, column): a sealed value moved elsewhere does not open. */
  seal(plain: string, about: string): Buffer;
  /** Throws SecretUnreadable when it was sealed by another key, for another place, or was changed. */
  open(sealed: Buffer, about: string): string;
  /** True for a value that the previous key sealed: seal it again and the previous key can go. */
  isOld(sealed: Buffer): boolean;
}

/** A sealed value that does not open. */
export class SecretUnreadable extends Error {}

/** The key does not fit this database: nothing sealed could be read, so the server must not start. */
export class SecretKeyWrong extends Error {}

const FORM = 1;
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES;
const CANARY = 'settings/secrets.canary';
const CANARY_TEXT = 'a canary that sings';

/** Builds the sealing over a key, and the one before it while values sealed by that are still about. Keys: 32 bytes. */
export function createSecrets(keys: { readonly current: Buffer; readonly previous?: Buffer | null }): Secrets {
  const current = { id: idOf(keys.current), key: keys.current };
  const known = new Map(
    [keys.current, ...(keys.previous ? [keys.previous] : [])].map((key) => [idOf(key).toString('hex'), key]),
  );
  const keyNameOf = (sealed: Buffer) => sealed.subarray(1, HEAD_BYTES).toString('hex');
  return {
    seal(plain, about) {
      const head = Buffer.concat([Buffer.from([FORM]), current.id]);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(
        Buffer.concat([head, Buffer.from(about)]),
      );
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), text]);
    },
    open(sealed, about) {
      const key = known.get(keyNameOf(sealed));
      if (sealed.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORM || !key)
        throw new SecretUnreadable('sealed by a key that is not here');
      const nonce = sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
      const tagEnd = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.concat([sealed.subarray(0, HEAD_BYTES), Buffer.from(about)]))
        .setAuthTag(sealed.subarray(HEAD_BYTES + NONCE_BYTES, tagEnd));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]).toString('utf8');
      } catch (error) {
        throw new SecretUnreadable('changed, or sealed for another place', { cause: error });
      }
    },
    isOld: (sealed) => keyNameOf(sealed) !== current.id.toString('hex'),
  };
}

/** Tells keys apart without telling anything of them. */
function idOf(key: Buffer): Buffer {
  if (key.length !== 32) throw new SecretKeyWrong('a secret key has 32 bytes (64 hex digits)');
  return hash('sha256', Buffer.concat([Buffer.from('tocsin key id\0'), key]), 'buffer').subarray(0, ID_BYTES);
}

/** Where keys come from: configuration, else `<data-dir>/secret.key`, made at the first start. */
export interface SecretSources {
  readonly dataDir: string;
  /** 64 hex digits. */
  readonly secretKey?: string | undefined;
  readonly previousSecretKey?: string | undefined;
}

/**
 * Opens the sealing of this installation and proves by the canary row that the key is the database's. Throws
 * SecretKeyWrong otherwise: with a wrong key every stored secret would be lost one failed call at a time.
 */
export async function openSecrets(db: Db, sources: SecretSources, now: Temporal.Instant): Promise<Secrets> {
  const path = join(sources.dataDir, 'secret.key');
  const canary = await readCanary(db);
  const made = sources.secretKey === undefined && canary === null && !existsSync(path);
  const current = Buffer.from(sources.secretKey ?? (made ? makeKeyFile(path) : readKeyFile(path)), 'hex');
  const previous = sources.previousSecretKey === undefined ? null : Buffer.from(sources.previousSecretKey, 'hex');
  const secrets = createSecrets({ current, previous });
  try {
    await proveKey(db, secrets, now);
  } catch (error) {
    if (made) rmSync(path, { force: true });
    throw error;
  }
  return secrets;
}

function makeKeyFile(path: string): string {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const text = randomBytes(32).toString('hex');
  writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  return text;
}

function readKeyFile(path: string): string {
  if (!existsSync(path)) {
    throw new SecretKeyWrong(
      `this database has sealed secrets, but there is no key: set TOCSIN_SECRET_KEY or TOCSIN_SECRET_KEY_FILE, or bring ${path} from where it ran before`,
    );
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new SecretKeyWrong(`${path} can be read by others: chmod 600 ${path}`);
  return readFileSync(path, 'utf8').trim();
}

async function readCanary(db: Db): Promise<Buffer | null> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', 'secrets.canary').executeTakeFirst();
  return row ? Buffer.from((row.value as { readonly sealed: string }).sealed, 'base64') : null;
}

async function proveKey(db: Db, secrets: Secrets, now: Temporal.Instant): Promise<void> {
  const value = () => json({ sealed: secrets.seal(CANARY_TEXT, CANARY).toString('base64') });
  await db
    .insertInto('settings')
    .values({ key: 'secrets.canary', value: value(), updated_at: now })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const canary = (await readCanary(db)) as Buffer;
  try {
    secrets.open(canary, CANARY);
  } catch (error) {
    throw new SecretKeyWrong(
      'the secret key is not the one that this database was sealed with; start with that key, or give it as TOCSIN_PREVIOUS_SECRET_KEY',
      { cause: error },
    );
  }
  if (secrets.isOld(canary))
    await db
      .updateTable('settings')
      .set({ value: value(), updated_at: now })
      .where('key', '=', 'secrets.canary')
      .execute();
}
